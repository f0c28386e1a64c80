import Cryptography
import Storage
import SubmissionServer
import TestStores
import Testing

@testable import SubmissionStorage

@Suite("Keys of personal data are wrapped by one that is not in the store")
struct PersonalKeysTests {
    let directory = TemporaryDirectory()

    private func open() throws -> Store {
        try Store(
            opening: StoreOptions(
                testing: "submission", at: directory.file("submission.db"), migrations: SubmissionSchema.migrations))
    }

    private func rows(_ store: Store) async throws -> [PersonalKeyRow] {
        try await store.read { transaction in
            try transaction.all("SELECT reporting_unit FROM personal_key ORDER BY reporting_unit", []) {
                try $0.text(0)
            }
            .compactMap { try transaction.row(PersonalKeyRow.self, $0) }
        }
    }

    /// Gives so many units a key each.
    private func fill(_ store: Store, _ count: Int, _ key: WrappingKey) async throws -> [String: PersonalKey] {
        var keys: [String: PersonalKey] = [:]
        for number in 0..<count {
            let fresh = try PersonalKey.generate()
            keys["unit-\(number)"] = fresh
            #expect(try await store.commit(KeepingPersonalKey(of: "unit-\(number)", orElse: fresh, key)).value == fresh)
        }
        return keys
    }

    @Test("neither a report's values nor the keys to them can be had from the store alone")
    func alone() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.report())
        let row = try #require(try await rows(bench.store).first)
        let key = try PersonalKey(row, wrappedBy: SubmissionBench.wrappingKey)
        #expect(row.wrappedBy == SubmissionBench.wrappingKey.identifier)
        let secret = key.sealingKey.rawRepresentation + key.salt
        #expect(row.wrappedKey.count == secret.count + SealingKey.overheadBytes)
        for part in [key.sealingKey.rawRepresentation, key.salt] {
            #expect(row.wrappedKey.firstRange(of: part) == nil)
        }
        // As another unit's it does not open, nor by another key, and nor when it was changed.
        let moved = PersonalKeyRow(unit: "henan", wrappedBy: row.wrappedBy, wrappedKey: row.wrappedKey)
        let error = #expect(throws: StorageError.self) {
            try PersonalKey(moved, wrappedBy: SubmissionBench.wrappingKey)
        }
        #expect(error?.code == .malformedData)
        let other = try WrappingKey.generate()
        #expect(throws: StorageError.wrappedByAnother) { try PersonalKey(row, wrappedBy: other) }
    }

    @Test("a store whose keys are wrapped by another key is refused with the setting to change")
    func foreign() async throws {
        let store = try open()
        let (key, other) = (try WrappingKey.generate(), try WrappingKey.generate())
        try await store.establishWrapping(by: key)
        try await store.establishWrapping(by: key)
        let error = await #expect(throws: StorageError.self) { try await store.establishWrapping(by: other) }
        #expect(error?.message.contains("store.wrappingKey") == true)
    }

    @Test("wrapped anew they are the same keys; what was stopped in between goes on, and is done once")
    func rewrapped() async throws {
        let store = try open()
        let (from, to) = (try WrappingKey.generate(), try WrappingKey.generate())
        try await store.establishWrapping(by: from)
        let count = 2 * PersonalRewrapping.pageRows + 3
        let keys = try await fill(store, count, from)
        let rewrapping = PersonalRewrapping(of: store, from: from, to: to)

        // Stopped after the first of three pages.
        #expect(try await rewrapping.begin())
        var last = ""
        #expect(try await rewrapping.rewrap(after: &last) == PersonalRewrapping.pageRows)
        for key in [from, to] {
            let error = await #expect(throws: StorageError.self) { try await store.establishWrapping(by: key) }
            #expect(error?.message.contains("not finished") == true)
        }
        // A copy that goes on all the same keeps nothing under the key that is to be destroyed.
        let late = try KeepingPersonalKey(of: "late", orElse: .generate(), from)
        await #expect(throws: StorageError.wrappedByAnother) { try await store.commit(late) }
        let third = try WrappingKey.generate()
        await #expect(throws: StorageError.self) {
            try await PersonalRewrapping(of: store, from: from, to: third).run()
        }

        #expect(try await rewrapping.run() == count - PersonalRewrapping.pageRows)
        #expect(try await rewrapping.run() == 0)
        try await store.establishWrapping(by: to)
        let rows = try await rows(store)
        #expect(rows.count == count && rows.allSatisfy { $0.wrappedBy == to.identifier })
        for row in rows { #expect(try PersonalKey(row, wrappedBy: to) == keys[row.key]) }
        await #expect(throws: StorageError.wrappedByAnother) {
            try await store.read { try $0.personalKey(of: "unit-0", from) }
        }
        #expect(try await store.read { try $0.personalKey(of: "unit-0", to) } == keys["unit-0"])
    }
}
