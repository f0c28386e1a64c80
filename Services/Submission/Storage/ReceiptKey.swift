public import Cryptography
public import Storage

extension WriteTransaction {
    /// Notes the key that signs this store's receipts, or refuses one that is not the store's.
    ///
    /// The private half lies in a file beside the store, which is part of the store and belongs into its backups:
    /// receipts that were given out verify against no other key.
    public func establishReceiptKey(_ key: VerifyingKey) throws {
        let stored = try first("SELECT public_key FROM receipt_key", []) { try $0.bytes(0) }
        guard let stored else {
            try execute(
                "INSERT INTO receipt_key (key_id, public_key) VALUES (?, ?)",
                [.bytes(key.id), .bytes(key.rawRepresentation)])
            return
        }
        guard stored == key.rawRepresentation else {
            throw StorageError(
                .mismatch,
                "store.signingKey: not the key that this store's receipts were signed with; put that one back")
        }
    }
}
