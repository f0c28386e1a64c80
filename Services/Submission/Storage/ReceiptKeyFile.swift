public import Cryptography
public import Storage

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The key that signs receipts: made together with the store, in a file beside it that only its owner may read.
///
/// The file is part of the store and belongs into its backups. A store without it could give no receipt that verifies
/// against the key it has published, so it does not open.
public enum ReceiptKeyFile {
    public static func path(ofStore storePath: String) -> String { storePath + ".receipt-key.pem" }

    /// The store's key; makes one when there is no store yet.
    public static func loadOrMake(storePath: String) throws -> SigningKey {
        let path = path(ofStore: storePath)
        if access(path, F_OK) == 0 { return try SigningKey.load(path: path) }
        guard access(storePath, F_OK) != 0 else {
            throw StorageError(
                .cannotOpen,
                "store \(storePath): its receipt key \(path) is missing; put it back from the backup: "
                    + "receipts that were given out verify against no other")
        }
        let key = try SigningKey.generate()
        try key.save(path: path)
        return key
    }
}

extension WriteTransaction {
    /// Notes the key as this store's, or refuses one that is not.
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
                .mismatch, "the receipt key beside the store is not the one it was made with; put that back")
        }
    }
}
