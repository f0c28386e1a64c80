public import Cryptography
public import Storage

// Which key the keys of personal data are wrapped by, and how it is changed:
//
//     wrapped by A ──begin──▶ by B, some by A still ──every row──▶ by B ──end──▶ wrapped by B
//
// From the first step on nothing is wrapped by A any more, whoever has the store open. A store in between is opened by no
// service; the change goes on where it stopped.

extension Store {
    /// Has a new store's personal keys wrapped by `key`, and refuses a store whose keys are under another one.
    public func establishWrapping(by key: WrappingKey) async throws {
        let known = try await read { try $0.row(WrappingRow.self, WrappingRow.name) }
        if let known { return try known.check(key) }
        try await commit(EstablishingWrapping(key: key))
    }
}

extension ReadTransaction {
    /// Which key the keys of personal data are wrapped by; `nil` in a store that was never opened by its service. Throws in
    /// the midst of a change.
    public func wrappingKeyIdentifier() throws -> [UInt8]? {
        guard let known = try row(WrappingRow.self, WrappingRow.name) else { return nil }
        try known.checkWhole()
        return known.wrappedBy
    }
}

/// The first process that opens the store says which key it is.
private struct EstablishingWrapping: Decision {
    let key: WrappingKey

    func load(_ rows: WorkingSet) { rows.want(WrappingRow.self, WrappingRow.name) }

    func decide(_ rows: WorkingSet) throws {
        if let known = rows.row(WrappingRow.self, WrappingRow.name) { return try known.check(key) }
        rows.put(WrappingRow(wrappedBy: key.identifier))
    }
}

extension WrappingRow {
    fileprivate func checkWhole() throws(StorageError) {
        guard earlier == nil else {
            throw StorageError(
                .mismatch,
                "a change of its wrapping key was not finished: run `qm-submission store rewrap` again, with the same file "
                    + "after --to, and store.wrappingKey as it was before")
        }
    }

    fileprivate func check(_ key: WrappingKey) throws(StorageError) {
        try checkWhole()
        guard wrappedBy == key.identifier else {
            throw StorageError(
                .mismatch,
                "store.wrappingKey: not the key that its keys of personal data are wrapped by; put that one back, or name it "
                    + "(after `store rewrap` it is the file that was given with --to)")
        }
    }
}

/// Wraps all keys of personal data by another key, so that the earlier one can be destroyed. The service does not run
/// meanwhile; where a copy does all the same, it keeps no more keys, and says so.
public struct PersonalRewrapping: Sendable {
    /// Rows that share a transaction.
    static let pageRows = 200

    private let store: Store
    private let from: WrappingKey
    private let to: WrappingKey

    public init(of store: Store, from: WrappingKey, to: WrappingKey) {
        self.store = store
        self.from = from
        self.to = to
    }

    /// Does what is left to be done. Returns how many keys it wrapped anew.
    public func run() async throws -> Int {
        guard from.identifier != to.identifier else {
            throw StorageError(.mismatch, "its keys are wrapped by that very key: name another file with --to")
        }
        guard try await begin() else { return 0 }
        var count = 0
        var last = ""
        while let end = try await rewrap(after: &last) { count += end }
        try await end()
        return count
    }

    /// False when all is done already.
    func begin() async throws -> Bool {
        try await store.commit(BeginningRewrap(from: from.identifier, to: to.identifier)).value
    }

    /// Wraps the keys of the next units and returns how many were not yet; `nil` when there are no more units.
    func rewrap(after last: inout String) async throws -> Int? {
        let units = try await store.read { [last] transaction in
            try transaction.all(
                "SELECT reporting_unit FROM personal_key WHERE reporting_unit > ? ORDER BY reporting_unit LIMIT ?",
                [.text(last), .integer(Int64(Self.pageRows))]
            ) { try $0.text(0) }
        }
        guard let end = units.last else { return nil }
        last = end
        return try await store.commit(RewrappingKeys(units: units, from: from, to: to)).value
    }

    private func end() async throws {
        try await store.commit(EndingRewrap(to: to.identifier))
    }
}

private struct BeginningRewrap: Decision {
    let from: [UInt8]
    let to: [UInt8]

    func load(_ rows: WorkingSet) { rows.want(WrappingRow.self, WrappingRow.name) }

    func decide(_ rows: WorkingSet) throws -> Bool {
        let known = rows.row(WrappingRow.self, WrappingRow.name)
        if known == WrappingRow(wrappedBy: to) { return false }
        let begun = WrappingRow(wrappedBy: to, earlier: from)
        if known == begun { return true }
        guard known == nil || known == WrappingRow(wrappedBy: from) else {
            throw StorageError(
                .mismatch,
                known?.earlier == nil
                    ? "store.wrappingKey: not the key that its keys of personal data are wrapped by; name that one"
                    : "a change of its wrapping key was not finished, and it was another one: name the same files again"
            )
        }
        rows.put(begun)
        return true
    }
}

private struct RewrappingKeys: Decision {
    let units: [String]
    let from: WrappingKey
    let to: WrappingKey

    func load(_ rows: WorkingSet) {
        for unit in units { rows.want(PersonalKeyRow.self, unit) }
    }

    func decide(_ rows: WorkingSet) throws -> Int {
        var count = 0
        for unit in units {
            // One that was destroyed meanwhile stays so.
            guard let row = rows.row(PersonalKeyRow.self, unit), row.wrappedBy != to.identifier else { continue }
            rows.put(try PersonalKey(row, wrappedBy: from).row(of: unit, wrappedBy: to))
            count += 1
        }
        return count
    }
}

private struct EndingRewrap: Decision {
    let to: [UInt8]

    func load(_ rows: WorkingSet) { rows.want(WrappingRow.self, WrappingRow.name) }

    func decide(_ rows: WorkingSet) throws { rows.put(WrappingRow(wrappedBy: to)) }
}
