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

extension ReadTransaction {
    /// The unit's key; `nil` when it has none yet, or when it was destroyed.
    public func personalKey(of unit: String) throws -> PersonalKey? {
        try row(PersonalKeyRow.self, unit).map(PersonalKey.init)
    }
}

/// Gives a unit a key: the one it has, else a fresh one.
public struct KeepingPersonalKey: Decision {
    let unit: String
    let fresh: PersonalKey

    public init(of unit: String, orElse fresh: PersonalKey) {
        self.unit = unit
        self.fresh = fresh
    }

    public func load(_ rows: WorkingSet) { rows.want(PersonalKeyRow.self, unit) }

    public func decide(_ rows: WorkingSet) throws -> PersonalKey {
        if let stored = rows.row(PersonalKeyRow.self, unit) { return try PersonalKey(stored) }
        rows.put(PersonalKeyRow(unit: unit, fresh))
        return fresh
    }
}

extension PersonalKey {
    init(_ row: PersonalKeyRow) throws {
        self.init(sealingKey: try SealingKey(rawRepresentation: row.sealingKey), salt: row.salt)
    }
}
