import Journal
import RPC
import Reporting
import Storage
import TestStores
import Testing

@testable import SubmissionRules
@testable import SubmissionStorage

/// Rows of submission that somebody changed behind its back.
@Suite("Submission's rows follow from its log")
struct PushProjectionTests {
    private let directory = TemporaryDirectory()
    private let notes = RefusalNotes(pushedBy: "", code: { _ in 9 }, mayJournal: { _, _, _ in true })

    /// Nine versions of one report, the last one late; one of another; a refused push.
    private func filled() async throws -> Store {
        let store = try open()
        for version in 0..<9 {
            let push = try await PushLedgerTests.ready(
                Sample.count(events: Int64(version)), base: UInt64(version), key: "key-0000000\(version)")
            _ = try await store.commit(TakingEach([.success(push)], notes))
        }
        let other = try await PushLedgerTests.ready(Sample.count("henan-kaifeng", events: 7), key: "key-0000000x")
        let refused = try await PushLedgerTests.ready(Sample.count(events: 1), base: 3, key: "key-0000000r")
        _ = try await store.commit(TakingEach([.success(other)], notes))
        try await store.commit(
            RecordingRefusals([(refused, Refusal(.staleBase(named: 3, current: 9), refused.name))], notes))
        return store
    }

    private func open() throws -> Store {
        try Store(
            opening: StoreOptions(
                testing: "submission", at: directory.file("store.db"), migrations: SubmissionSchema.migrations,
                wallClock: { Sample.beforeDue }))
    }

    private func faults(_ store: Store) async throws -> [String] {
        try #require(try await store.verify(PushProjection()) { _ in }).faults.told
    }

    @Test("those that its decisions wrote have no fault")
    func whole() async throws {
        let store = try await filled()
        #expect(try await faults(store) == [])
        #expect(store.trouble == nil)
    }

    @Test(
        "each that is changed, missing or too many is named, with what it should be",
        arguments: [
            (
                "UPDATE report SET timeliness = 3 WHERE reporting_unit = 'henan-kaifeng'",
                "timeliness is late and should be onTime"
            ),
            ("UPDATE report SET corrected_late = 1 WHERE reporting_unit = 'henan-zhengzhou'", "corrected_late is true"),
            (
                "UPDATE report SET first_sealed_unix_us = 7 WHERE reporting_unit = 'henan-zhengzhou'",
                "first_sealed_unix_us"
            ),
            ("UPDATE report SET digest = ? WHERE reporting_unit = 'henan-zhengzhou'", "digest is"),
            ("DELETE FROM report WHERE reporting_unit = 'henan-kaifeng'", "is missing; entry 9 is its version 1"),
            (
                "INSERT INTO report SELECT campaign, form, 'nobody', version, trail, digest, first_sealed_unix_us, "
                    + "sealed_unix_us, timeliness, corrected_late FROM report WHERE reporting_unit = 'henan-kaifeng'",
                "unit 'nobody': no entry of the log brings it about"
            ),
            (
                "UPDATE accepted_push SET log_index = 3 WHERE idempotency_key = 'key-00000005'",
                "leads to entry 3 and 16 bytes of earlier versions; it should lead to entry 5 and version 5"
            ),
            (
                "UPDATE accepted_push SET earlier = (SELECT trail FROM report WHERE version = 1) "
                    + "WHERE idempotency_key = 'key-00000004'", "(henan-zhengzhou, key-00000004): leads to"
            ),
            ("DELETE FROM accepted_push WHERE idempotency_key = 'key-00000002'", "entry 2 was accepted under it"),
            (
                "INSERT INTO accepted_push SELECT reporting_unit, 'key-00000xxx', log_index, earlier, personal "
                    + "FROM accepted_push WHERE idempotency_key = 'key-00000000'",
                "key-00000xxx): no entry of the log brings it about"
            ),
            ("UPDATE refused_push SET code = 3 WHERE idempotency_key = 'key-0000000r'", "code is 3 and should be 9"),
            ("DELETE FROM refused_push WHERE idempotency_key = 'key-0000000r'", "refused_push ('henan-zhengzhou', "),
        ])
    func changed(sql: String, words: String) async throws {
        let store = try await filled()
        tamper(withStoreAt: directory.file("store.db"), sql, Array(repeating: 1, count: 32))
        let faults = try await faults(store)
        #expect(faults.contains { $0.contains(words) }, "\(faults)")
        #expect(store.trouble?.code == .held)
    }

    @Test("a row that a correction goes on from is held against its entry, and nothing is sealed upon one that differs")
    func corrections() async throws {
        let store = try await filled()
        tamper(
            withStoreAt: directory.file("store.db"),
            "UPDATE report SET timeliness = 3, sealed_unix_us = length(?) WHERE reporting_unit = 'henan-kaifeng'", [1])
        // Of other reports nothing is known.
        let fine = try await PushLedgerTests.ready(Sample.count(events: 10), base: 9, key: "key-00000010")
        _ = try await store.commit(TakingEach([.success(fine)], notes))
        let push = try await PushLedgerTests.ready(
            Sample.count("henan-kaifeng", events: 8), base: 1, key: "key-00000011")
        let error = await #expect(throws: StorageError.self) {
            try await store.commit(TakingEach([.success(push)], notes))
        }
        #expect(error?.code == .journalBroken)
        #expect(error?.message.contains("is not what entry 9 of the log says of its version 1") == true)
        #expect(store.trouble?.code == .held)
        #expect(store.journalHead.size == 12)
    }

    @Test("neither a list nor a version is made of a row that is not what its entry says")
    func reads() async throws {
        let store = try await filled()
        let name = ReportName(Sample.count("henan-kaifeng", events: 7))
        let epoch = store.epoch
        tamper(
            withStoreAt: directory.file("store.db"),
            "UPDATE report SET timeliness = 3 WHERE reporting_unit = 'henan-kaifeng'")
        for _ in 0..<2 {
            let list = await #expect(throws: StorageError.self) {
                try await store.read { try $0.reports(campaign: "henan-2019", after: "", "", limit: 10) }
            }
            #expect(list?.code == .journalBroken)
            let version = await #expect(throws: StorageError.self) {
                try await store.read { try $0.version(1, of: name, epoch: epoch) }
            }
            #expect(version?.code == .journalBroken)
        }
        #expect(store.trouble?.code == .held)
    }
}
