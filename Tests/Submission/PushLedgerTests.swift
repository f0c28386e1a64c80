import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Storage
import Testing

@testable import SubmissionRules
@testable import SubmissionStorage

/// What the writer decides on pushes, in memory: over rows that a test holds, with no database.
@Suite("The decisions on pushes")
struct PushLedgerTests {
    private static let catalogue = Catalogue(campaigns: [Sample.campaign], organisations: Sample.organisations)

    /// A push that nothing in it blocks.
    private func push(
        _ report: Report, base: UInt64 = 0, key: String = "key-00000001", personal: [UInt8]? = nil
    ) async throws -> Push {
        try await Self.ready(report, base: base, key: key, personal: personal)
    }

    static func ready(
        _ report: Report, base: UInt64 = 0, key: String = "key-00000001", personal: [UInt8]? = nil
    ) async throws -> Push {
        let caller = Caller.organisation(code: report.reportingUnit, role: "reporter")
        let permit = try SubmissionAccess.push(for: report.reportingUnit, by: caller, Self.catalogue.line)
        var push = try Push(
            ReportName(report), formVersion: report.formVersion, baseVersion: base, idempotencyKey: key,
            cells: report.cells.count, permit, Self.catalogue)
        var report = report
        await push.check(report, malformed: [], worked: { _ in })
        _ = await push.digest(&report, salt: [7], journalSHA256, worked: { _ in })
        #expect(push.refusal == nil)
        try push.write(report, pushedBy: "spiffe://quality.example/org/x/reporter")
        push.personal = personal
        return push
    }

    @Test("what is too large for the journal, as it came or with its commitments, is refused by a sentence")
    func size() async throws {
        var push = try await push(Sample.count(events: 1), key: "key-00000001")
        try push.checkSize(asItCame: Push.maximumBytes)
        #expect(throws: Refusal.self) { try push.checkSize(asItCame: Push.maximumBytes + 1) }
        push.body = [UInt8](repeating: 0, count: Push.maximumBytes + 1)
        let refusal = #expect(throws: Refusal.self) { try push.checkSize(asItCame: 100) }
        #expect(refusal?.reason == .invalid)
        #expect(refusal?.message.contains("\(Push.maximumBytes + 1) bytes") == true)
    }

    private let notes = RefusalNotes(pushedBy: "", code: { _ in 9 }, mayJournal: { _, _, _ in true })

    private func take(_ push: Push, into rows: WorkingSet) throws -> Result<PushOutcome, Refusal> {
        try rows.make(TakingEach([.success(push)], notes))[0]
    }

    private func rows(at instant: Int64 = Sample.beforeDue, _ held: [any StoredRow] = []) -> WorkingSet {
        WorkingSet(holding: held, sealedUnixMicroseconds: instant)
    }

    /// What a later group commit would find.
    private func rows(at instant: Int64, after earlier: WorkingSet, _ pushes: [Push]) -> WorkingSet {
        let reports = Set(pushes.map(\.name)).compactMap { earlier.row(ReportRow.self, $0) }
        let keys = pushes.compactMap { push in
            earlier.row(AcceptedPushRow.self, PushKey(unit: push.name.unit, push.key.text))
        }
        return rows(at: instant, reports + keys + earlier.appended.map(LogEntryRow.init))
    }

    private func place(_ index: UInt64, in rows: WorkingSet) -> JournalPosition {
        JournalPosition(epoch: rows.epoch, index: index)
    }

    @Test("a first push is one entry, one report and one key")
    func first() async throws {
        let rows = rows()
        let push = try await push(Sample.count(events: 1), personal: [1, 2, 3])
        #expect(try take(push, into: rows) == .success(.accepted(place(0, in: rows))))
        #expect(rows.appended.map(\.kind) == ["report.accepted"])
        let statement = try #require(AcceptedReport(statement: rows.appended[0].statement))
        #expect(statement.reportVersion == 1)
        #expect(statement.digest == push.digest)
        let report = try #require(rows.row(ReportRow.self, push.name))
        #expect(report.trail == VersionTrail(firstAt: 0))
        #expect(report.firstSealedUnixMicroseconds == Sample.beforeDue)
        let key = try #require(rows.row(AcceptedPushRow.self, PushKey(unit: "henan-zhengzhou", "key-00000001")))
        #expect(key.earlier == nil)
        #expect(key.personal == [1, 2, 3])
    }

    @Test("the same key and content again is the first place, in the same commit, a later one and after the lock")
    func again() async throws {
        let first = rows()
        let push = try await push(Sample.count(events: 1))
        _ = try take(push, into: first)
        let second = try await self.push(Sample.count(events: 2), base: 1, key: "key-00000002")
        _ = try take(second, into: first)
        #expect(try take(push, into: first) == .success(.repeated(place(0, in: first))))
        #expect(first.appended.count == 2)
        let later = rows(at: Sample.lock, after: first, [push, second])
        #expect(try take(push, into: later) == .success(.repeated(place(0, in: later))))
        #expect(later.appended.isEmpty)
    }

    @Test("the same key with other content is refused with both digests, and changes nothing")
    func keyReused() async throws {
        let rows = rows()
        let first = try await push(Sample.count(events: 1))
        _ = try take(first, into: rows)
        let other = try await push(Sample.count(events: 2), base: 1)
        let refusal = Refusal(
            .keyReused(first: try #require(first.digest), now: try #require(other.digest)), other.name)
        #expect(try take(other, into: rows) == .failure(refusal))
        #expect(rows.appended.count == 1)
        #expect(rows.row(ReportRow.self, first.name)?.version == 1)
    }

    @Test("a base version that is not the one in force is refused, and names that one")
    func staleBase() async throws {
        let rows = rows()
        let early = try await push(Sample.count(events: 1), base: 3)
        #expect(try take(early, into: rows) == .failure(Refusal(.staleBase(named: 3, current: 0), early.name)))
        _ = try take(try await push(Sample.count(events: 1)), into: rows)
        let stale = try await push(Sample.count(events: 2), base: 0, key: "key-00000002")
        #expect(try take(stale, into: rows) == .failure(Refusal(.staleBase(named: 0, current: 1), stale.name)))
        #expect(rows.appended.count == 1)
    }

    @Test("at the due instant a first push is late, and one microsecond before on time")
    func due() async throws {
        for (instant, timeliness) in [(Sample.due - 1, Timeliness.onTime), (Sample.due, .late)] {
            let rows = rows(at: instant)
            let push = try await push(Sample.count(events: 1))
            _ = try take(push, into: rows)
            #expect(rows.row(ReportRow.self, push.name)?.timeliness == timeliness)
        }
    }

    @Test("a correction after due keeps the first mark and instant, says so, and leads back to what it corrects")
    func correction() async throws {
        let first = rows()
        let push = try await push(Sample.count(events: 1))
        _ = try take(push, into: first)
        let later = rows(at: Sample.due, after: first, [push])
        let second = try await self.push(Sample.count(events: 2), base: 1, key: "key-00000002")
        _ = try take(second, into: later)
        let report = try #require(later.row(ReportRow.self, push.name))
        #expect(report.version == 2)
        #expect(report.timeliness == .onTime)
        #expect(report.correctedLate)
        #expect(report.firstSealedUnixMicroseconds == Sample.beforeDue)
        #expect(report.sealedUnixMicroseconds == Sample.due)
        let key = later.row(AcceptedPushRow.self, PushKey(unit: "henan-zhengzhou", "key-00000002"))
        #expect(key?.earlier == VersionTrail(firstAt: 0).bytes)
    }

    @Test("pushes that share a commit are decided one by one; a whole batch leaves nothing when one of it is refused")
    func batch() async throws {
        let pushes = [
            try await push(Sample.count(events: 1)),
            try await push(Sample.count("henan-kaifeng", events: 2), base: 7),
            try await push(Sample.count(events: 3), base: 1, key: "key-00000003"),
        ]
        let stale = Refusal(.staleBase(named: 7, current: 0), pushes[1].name)
        let each = rows()
        #expect(
            try each.make(TakingEach(pushes.map { .success($0) }, notes)) == [
                .success(.accepted(place(0, in: each))), .failure(stale), .success(.accepted(place(1, in: each))),
            ])
        let whole = rows()
        let refused = #expect(throws: TakingAll.Refused.self) { try whole.make(TakingAll(pushes)) }
        #expect(refused?.refusals == [nil, stale, nil])
        #expect(whole.appended.isEmpty)
        #expect(whole.row(ReportRow.self, pushes[0].name) == nil)
        #expect(try whole.make(TakingAll([pushes[0], pushes[2]])).count == 2)
    }

    @Test("what an item of a whole batch finds that an earlier one made is said to be that one's, not to be there")
    func batchOnOneReport() async throws {
        let before = try await push(Sample.count(events: 1), key: "key-00000000")
        let earlier = rows()
        _ = try take(before, into: earlier)
        let pushes = [
            try await push(Sample.count(events: 2), base: 1, key: "key-00000001"),
            try await push(Sample.count(events: 3), base: 2, key: "key-00000002"),
            try await push(Sample.count(events: 4), base: 1, key: "key-00000003"),
            try await push(Sample.count(events: 5), base: 3, key: "key-00000001"),
            try await push(Sample.count("henan-kaifeng", events: 1), key: "key-00000001"),
            try await push(Sample.count("henan-kaifeng", events: 2), key: "key-00000002"),
        ]
        let whole = rows(at: Sample.beforeDue, after: earlier, [before])
        let refused = #expect(throws: TakingAll.Refused.self) { try whole.make(TakingAll(pushes)) }
        let remedies = try #require(refused?.refusals.map { $0?.remedy })
        let (first, now) = (try #require(pushes[0].digest), try #require(pushes[3].digest))
        #expect(
            remedies == [
                nil, nil,
                "version 1 is in force, and items[1] would make version 3; "
                    + "give this one base_version 3, or leave one of them out",
                "items[0] has the same key and digest \(first), this has \(now); use a new key", nil,
                "there is no version yet, and items[4] would make version 1; "
                    + "give this one base_version 1, or leave one of them out",
            ])
        #expect(whole.row(ReportRow.self, before.name)?.version == 1)
    }

    @Test("a refusal is journaled once for the same content and reason, whatever the key, if there is room for it")
    func refusals() async throws {
        let rows = rows()
        let push = try await push(Sample.count(events: 1))
        let refusal = Refusal(.staleBase(named: 7, current: 0), push.name)
        for _ in 0..<2 { try rows.make(RecordingRefusals([(push, refusal)], notes)) }
        #expect(rows.appended.map(\.kind) == ["report.rejected"])
        // Under another key it is the same message in the unit's inbox; of another reason it is not.
        let another = try await self.push(Sample.count(events: 1), key: "key-00000002")
        try rows.make(RecordingRefusals([(another, refusal)], notes))
        #expect(rows.appended.count == 1)
        let reason = Refusal(.staleBase(named: 7, current: 1), push.name)
        try rows.make(RecordingRefusals([(another, reason)], notes))
        #expect(rows.appended.count == 2)
        let full = RefusalNotes(pushedBy: "", code: { _ in 10 }, mayJournal: { _, _, _ in false })
        try rows.make(RecordingRefusals([(push, refusal)], full))
        #expect(rows.appended.count == 2)
    }
}
