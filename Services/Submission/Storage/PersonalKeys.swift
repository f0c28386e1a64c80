public import Cryptography
public import Storage

/// What personal values of one reporting unit are sealed with and committed to.
public struct PersonalKey: Sendable, Hashable {
    public let sealingKey: SealingKey
    /// 32 bytes.
    public let salt: [UInt8]

    init(sealingKey: SealingKey, salt: [UInt8]) {
        self.sealingKey = sealingKey
        self.salt = salt
    }

    /// A fresh one.
    public static func generate() throws(CryptographyError) -> PersonalKey {
        PersonalKey(sealingKey: try .generate(), salt: try RandomBytes.make(count: 32))
    }
}

extension SQLReading {
    /// The unit's key; `nil` when it has none yet, or when it was destroyed.
    public func personalKey(of unit: String) throws -> PersonalKey? {
        try first("SELECT sealing_key, salt FROM personal_key WHERE reporting_unit = ?", [.text(unit)]) { row in
            PersonalKey(sealingKey: try SealingKey(rawRepresentation: try row.bytes(0)), salt: try row.bytes(1))
        }
    }
}

extension WriteTransaction {
    /// The unit's key: the one it has, else `fresh`.
    public func personalKey(of unit: String, orElse fresh: PersonalKey) throws -> PersonalKey {
        try execute(
            """
            INSERT INTO personal_key (reporting_unit, sealing_key, salt) VALUES (?, ?, ?)
            ON CONFLICT (reporting_unit) DO NOTHING
            """, [.text(unit), .bytes(fresh.sealingKey.rawRepresentation), .bytes(fresh.salt)])
        return try personalKey(of: unit) ?? fresh
    }
}
