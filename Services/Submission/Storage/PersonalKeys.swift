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
    public func personalKey(of unit: String, _ wrappingKey: WrappingKey) throws -> PersonalKey? {
        try row(PersonalKeyRow.self, unit).map { try PersonalKey($0, wrappedBy: wrappingKey) }
    }
}

/// Gives a unit a key: the one it has, else a fresh one.
public struct KeepingPersonalKey: Decision {
    let unit: String
    let fresh: PersonalKey
    let wrappingKey: WrappingKey
    private let freshRow: PersonalKeyRow

    public init(
        of unit: String, orElse fresh: PersonalKey, _ wrappingKey: WrappingKey
    ) throws(CryptographyError) {
        self.unit = unit
        self.fresh = fresh
        self.wrappingKey = wrappingKey
        freshRow = try fresh.row(of: unit, wrappedBy: wrappingKey)
    }

    public func load(_ rows: WorkingSet) {
        rows.want(PersonalKeyRow.self, unit)
        rows.want(WrappingRow.self, WrappingRow.name)
    }

    public func decide(_ rows: WorkingSet) throws -> PersonalKey {
        if let stored = rows.row(PersonalKeyRow.self, unit) { return try PersonalKey(stored, wrappedBy: wrappingKey) }
        // Under a key that was changed since, and may be destroyed, nothing is kept any more.
        guard rows.row(WrappingRow.self, WrappingRow.name)?.wrappedBy == wrappingKey.identifier else {
            throw StorageError.wrappedByAnother
        }
        rows.put(freshRow)
        return fresh
    }
}

extension PersonalKey {
    func row(of unit: String, wrappedBy wrappingKey: WrappingKey) throws(CryptographyError) -> PersonalKeyRow {
        PersonalKeyRow(
            unit: unit, wrappedBy: wrappingKey.identifier,
            wrappedKey: try wrappingKey.wrap(sealingKey.rawRepresentation + salt, of: unit))
    }

    init(_ row: PersonalKeyRow, wrappedBy wrappingKey: WrappingKey) throws {
        guard row.wrappedBy == wrappingKey.identifier else { throw StorageError.wrappedByAnother }
        do throws(CryptographyError) {
            let bytes = try wrappingKey.unwrap(row.wrappedKey, of: row.key)
            self.init(
                sealingKey: try SealingKey(rawRepresentation: Array(bytes.prefix(SealingKey.keyBytes))),
                salt: Array(bytes.dropFirst(SealingKey.keyBytes)))
        } catch {
            throw StorageError(
                .malformedData, "the key of a unit's personal values was changed: put it back from a backup",
                detail: "\(error)")
        }
    }
}

extension StorageError {
    /// Of a service that was started before the wrapping key was changed.
    static var wrappedByAnother: StorageError {
        StorageError(
            .held,
            "the keys of personal data are wrapped by another key than this program has: start it again with that one")
    }
}
