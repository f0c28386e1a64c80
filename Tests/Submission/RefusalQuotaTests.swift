import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import SubmissionRules
import TestStores
import Testing
import Wire

@Suite("How many refusals are journaled")
struct RefusalQuotaTests {
    private static let hour: Int64 = 3_600_000_000

    /// Refuses `count` pushes, and gives back how many were journaled.
    private func refuse(
        _ quota: inout RefusalQuota, _ count: Int, unit: String = "a", bytes: Int = 1_000, at instant: Int64
    ) -> [RefusalQuota.OnRefusal] {
        _ = quota.timeIs(unixMicroseconds: instant)
        return (0..<count).map { _ in quota.refused(unit: unit, bodyBytes: bytes, atUnixMicroseconds: instant) }
    }

    @Test("a hundred of a unit in an hour, then the beginning is told once and the rest are counted")
    func count() {
        var quota = RefusalQuota()
        let first = refuse(&quota, RefusalQuota.refusals, at: Self.hour)
        #expect(first.allSatisfy { $0 == .journal })
        #expect(refuse(&quota, 3, at: 2 * Self.hour - 1) == [.beginCounting, .count, .count])
        // Others have their own.
        #expect(refuse(&quota, 1, unit: "b", at: 2 * Self.hour - 1) == [.journal])
        #expect(quota.timeIs(unixMicroseconds: 2 * Self.hour) == [.init(unit: "a", counted: 3)])
        #expect(quota.timeIs(unixMicroseconds: 2 * Self.hour) == [])
        #expect(refuse(&quota, 1, at: 2 * Self.hour) == [.journal])
    }

    @Test("long ones count by their bytes, and one that is too long stops the hour's journal for its unit")
    func bytes() {
        var quota = RefusalQuota()
        let quarter = RefusalQuota.bodyBytes / 4
        #expect(refuse(&quota, 4, bytes: quarter, at: 0).allSatisfy { $0 == .journal })
        #expect(refuse(&quota, 2, bytes: 1, at: 0) == [.beginCounting, .count])
        #expect(refuse(&quota, 1, unit: "b", bytes: RefusalQuota.bodyBytes + 1, at: 0) == [.beginCounting])
        #expect(refuse(&quota, 1, unit: "b", bytes: 1, at: 0) == [.count])
    }

    @Test("an instant that goes back counts for the hour that has begun")
    func backwards() {
        var quota = RefusalQuota()
        _ = refuse(&quota, RefusalQuota.refusals, at: 5 * Self.hour)
        #expect(refuse(&quota, 1, at: 5 * Self.hour - 1) == [.beginCounting])
    }

    @Test("more units than are kept account of are only counted")
    func units() {
        var quota = RefusalQuota()
        for unit in 0..<RefusalQuota.units { _ = quota.refused(unit: "\(unit)", bodyBytes: 1, atUnixMicroseconds: 0) }
        #expect(quota.refused(unit: "one more", bodyBytes: 1, atUnixMicroseconds: 0) == .count)
        #expect(quota.refused(unit: "0", bodyBytes: 1, atUnixMicroseconds: 0) == .journal)
    }

    // MARK: In the service

    @Test("refused without end, a unit's journal ends growing; the answers stay, and the log says when and how many")
    func service() async throws {
        let bench = try await SubmissionBench.published()
        func report(_ index: Int) -> Report {
            var report = Sample.count(events: Int64(index))
            report.cells[0].unit = "人"
            return report
        }
        let extra = 20
        for index in 0..<(RefusalQuota.refusals + extra) {
            let refusal = try #require(await bench.refusal(report(index), key: "key-\(10_000 + index)"))
            #expect(refusal.code == .invalidArgument)
            #expect(refusal.detail?.findings.map(\.rule) == ["unit"])
        }
        #expect(try await bench.journal().count == RefusalQuota.refusals)
        func said(_ words: String) -> [[String]] {
            bench.lines.all.filter { $0.message.contains(words) }.map(\.metadata)
        }
        #expect(said("only counted from now on").count == 1)
        #expect(said("journaled again").isEmpty)
        // What was journaled before is known still, and costs no place.
        _ = await bench.refusal(report(0), key: "key-10000")
        // What is right is taken in as ever.
        _ = try await bench.push(Sample.count(events: 1), key: "key-00000001")
        bench.setClock(Sample.beforeDue + Self.hour)
        _ = await bench.refusal(report(1_000), key: "key-20000")
        #expect(said("journaled again") == [["only_counted=\(extra)", "unit=henan-zhengzhou"]])
        #expect(try await bench.journal().count == RefusalQuota.refusals + 2)
    }

    @Test("one content refused under a hundred keys is journaled once, and the next content is told too")
    func folded() async throws {
        let bench = try await SubmissionBench.published()
        var report = Sample.count(events: 1)
        report.cells[0].unit = "人"
        let items = (0..<RefusalQuota.refusals).map {
            SubmissionV1.PushRequest(report: .init(report), idempotencyKey: "key-\(10_000 + $0)")
        }
        let batch = try await bench.client(Sample.reporter("henan-zhengzhou")).pushBatch(
            .init(items: items, atomicity: .each))
        #expect(batch.verdicts.count == items.count)
        _ = await bench.refusal(report, key: "key-20000")
        #expect(try await bench.journal().count == 1)
        report.cells[0].value = .integer(2)
        _ = await bench.refusal(report, key: "key-20001")
        // Nor is what the decision refuses journaled for each key.
        for number in 0..<3 { _ = await bench.refusal(Sample.count(events: 1), base: 7, key: "key-\(30_000 + number)") }
        let journal = try await bench.journal()
        #expect(journal.map(\.kind) == Array(repeating: "report.rejected", count: 3))
    }
}
