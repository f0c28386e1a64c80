public import Cryptography
public import Storage

/// Notes the key that signs this store's receipts, or refuses one that is not the store's (`.mismatch`).
///
/// The private half lies in a file beside the store, which is part of the store and belongs into its backups: receipts
/// that were given out verify against no other key.
public struct EstablishingReceiptKey: Decision {
    let key: VerifyingKey

    public init(_ key: VerifyingKey) { self.key = key }

    public func load(_ rows: WorkingSet) { rows.want(ReceiptKeyRow.self, ReceiptKeyRow.receipts) }

    public func decide(_ rows: WorkingSet) throws {
        guard let stored = rows.row(ReceiptKeyRow.self, ReceiptKeyRow.receipts) else {
            return rows.put(ReceiptKeyRow(key))
        }
        guard stored.publicKey == key.rawRepresentation else {
            throw StorageError(
                .mismatch,
                "store.signingKey: not the key that this store's receipts were signed with; put that one back")
        }
    }
}
