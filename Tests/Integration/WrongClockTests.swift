import Foundation
import Messages
import RPC
import TestProcesses
import TestSupport
import TestTurns
import Testing
import Transport
import Wire

/// Real processes, of which one is on a machine whose clock is wrong: a preloaded library sets it.
@Suite("While a clock is wrong", .serialized, .takesTurnsWithProcesses)
struct WrongClockTests {
    private static let day = 86_400

    /// The suite, of which submission's clock is in the test's hand.
    private struct Bench {
        let suite: RunningSuite
        let units: ManyUnits
        let environment: [String: String]

        init(units count: Int = 10) async throws {
            units = ManyUnits(count: count)
            suite = try await RunningSuite()
            environment = [
                "LD_PRELOAD": try await suite.shim("wrongclock"), "QM_WRONGCLOCK": suite.directory + "/clock",
            ]
        }

        func start() async throws {
            try await suite.start(.gateway)
            try await suite.start(.registry)
            try await suite.start(.submission, environment: environment)
        }

        /// Due in three days, locked in thirty.
        func publish() async throws {
            for role in ["publisher", "reporter", "viewer"] { try await suite.identity(organisation: "top", role) }
            let file = units.file
                .replacingOccurrences(of: "due_date: 2099-12-31", with: "due_date: \(date(after: 3))")
                .replacingOccurrences(of: "lock_date: 2099-12-31", with: "lock_date: \(date(after: 30))")
            try await suite.succeed(
                as: "top-publisher", "campaign", "publish", try suite.write(file, to: "campaign.yaml"))
        }

        private func date(after days: Int) -> String {
            Date(timeIntervalSinceNow: Double(days * WrongClockTests.day)).formatted(.iso8601.year().month().day())
        }

        func setClock(ahead seconds: Int) throws {
            // At once: what is read is the old text or the new one.
            try "\(seconds)".write(toFile: suite.directory + "/clock", atomically: true, encoding: .utf8)
        }

        func push(_ index: Int, _ client: RPCClient) async throws -> SubmissionV1.PushResponse {
            try await SubmissionV1.SubmissionServiceClient(client).push(units.request(index))
        }

        /// Pushes until it is taken: health may still say that nothing is.
        func pushPatiently(_ index: Int, _ client: RPCClient) async throws -> SubmissionV1.PushResponse {
            var response: SubmissionV1.PushResponse?
            try await suite.eventually("unit \(index)'s push is taken:\n\(suite.log(of: .submission))") {
                try await taken {
                    response = try await push(index, client)
                    return true
                }
            }
            return try #require(response)
        }

        /// Pushes until it is refused.
        func pushUntilHeld(_ index: Int, _ client: RPCClient) async throws {
            try await suite.eventually("unit \(index)'s push is held:\n\(suite.log(of: .submission))") {
                do {
                    _ = try await push(index, client)
                    return false
                } catch let error as RPCError {
                    #expect(error.code == .unavailable && error.isNotStarted, "\(error)")
                    return true
                }
            }
        }

        /// Each report is there once, on time, sealed by now; and the log verifies.
        func check(_ client: RPCClient, reports: Int) async throws {
            let page = try await SubmissionV1.SubmissionServiceClient(client)
                .listReports(SubmissionV1.ListReportsRequest(campaign: ManyUnits.campaign))
            #expect(page.reports.map(\.version) == Array(repeating: 1, count: reports))
            #expect(page.reports.allSatisfy { $0.timeliness == .onTime && !$0.correctedLate })
            let now = Int64(Date.now.timeIntervalSince1970 * 1e6)
            #expect(page.reports.allSatisfy { abs($0.sealedUnixUs - now) < 3_600_000_000 })
            try await suite.succeed(as: "top-viewer", "journal", "verify", "--journal", "submission")
        }
    }

    // With a database its server contradicts first, in other words: see the two copies below.
    @Test(
        "nothing is sealed after a jump, forward or back, and pushes are on time when the clock is right again",
        .enabled(if: RunningSuite.keepsFiles))
    func jumps() async throws {
        let bench = try await Bench()
        try await bench.start()
        try await bench.publish()
        let client = try await bench.suite.client(as: "top-reporter")
        #expect(try await bench.pushPatiently(0, client).receipt?.timeliness == .onTime)
        for (index, days) in [60, 5, -1].enumerated() {
            try bench.setClock(ahead: days * Self.day)
            let error = await #expect(throws: RPCError.self) { _ = try await bench.push(index + 1, client) }
            #expect(error?.code == .unavailable && error?.isNotStarted == true)
            try await bench.suite.logs(
                .submission, "the store takes nothing in", "jumped",
                "\(abs(days)) d 0 h \(days > 0 ? "ahead of" : "behind")")
            try bench.setClock(ahead: 0)
            #expect(try await bench.pushPatiently(index + 1, client).receipt?.timeliness == .onTime)
        }
        try await bench.check(client, reports: 4)
        await client.close()
    }

    @Test("calls, batches and streams that are under way at a jump are sealed before it or not at all")
    func underWay() async throws {
        let bench = try await Bench(units: 40)
        try await bench.start()
        try await bench.publish()
        let client = try await bench.suite.client(as: "top-reporter")
        _ = try await bench.pushPatiently(0, client)
        func told(_ words: String, times: Int) async throws {
            try await bench.suite.eventually("\(words), \(times) times:\n\(bench.suite.log(of: .submission))") {
                bench.suite.lines(of: .submission, with: [words]).count >= times
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let service = SubmissionV1.SubmissionServiceClient(client)
            // Each until all of it is there: the same keys every time.
            group.addTask {
                for index in 1..<10 { _ = try await bench.pushPatiently(index, client) }
            }
            group.addTask {
                let batch = SubmissionV1.PushBatchRequest(
                    items: (10..<25).map { bench.units.request($0) }, atomicity: .each)
                try await bench.suite.eventually("the batch is taken") {
                    try await taken { try await service.pushBatch(batch).verdicts.allSatisfy(\.isAccepted) }
                }
            }
            group.addTask {
                try await bench.suite.eventually("the stream is taken") {
                    try await taken {
                        let call = try await service.pushStream()
                        for index in 25..<40 {
                            try await call.send(SubmissionV1.PushStreamRequest(item: bench.units.request(index)))
                        }
                        return try await call.response().verdicts.allSatisfy(\.isAccepted)
                    }
                }
            }
            for (index, days) in [60, -1].enumerated() {
                try bench.setClock(ahead: days * Self.day)
                try await told("the store takes nothing in", times: index + 1)
                try bench.setClock(ahead: 0)
                try await told("the store takes everything in again", times: index + 1)
            }
            try await group.waitForAll()
        }
        try await bench.check(client, reports: 40)
        await client.close()
    }

    @Test(
        "a program that is started with a wrong clock is contradicted, and seals when it is right",
        .enabled(if: RunningSuite.keepsFiles), arguments: [60, -1])
    func restart(days: Int) async throws {
        let bench = try await Bench()
        try await bench.start()
        try await bench.publish()
        let client = try await bench.suite.client(as: "top-reporter")
        _ = try await bench.pushPatiently(0, client)
        try await bench.suite.stop(.submission)
        try bench.setClock(ahead: days * Self.day)
        try await bench.suite.start(.submission, environment: bench.environment)
        try await bench.pushUntilHeld(1, client)
        try await bench.suite.logs(
            .submission, "the store takes nothing in", "\(abs(days)) d 0 h \(days > 0 ? "ahead of" : "behind")",
            "the gateway")
        try bench.setClock(ahead: 0)
        #expect(try await bench.pushPatiently(1, client).receipt?.timeliness == .onTime)
        try await bench.check(client, reports: 2)
        await client.close()
    }

    @Test("of two copies on one database the one that is ahead seals nothing", .enabled(if: !RunningSuite.keepsFiles))
    func copies() async throws {
        let bench = try await Bench(units: 40)
        try bench.suite.addCopy(of: .submission)
        try bench.setClock(ahead: 5 * Self.day)
        try await bench.suite.start(.gateway)
        try await bench.suite.start(.registry)
        try await bench.suite.start(.submission)
        try await bench.suite.startCopies(of: .submission, environment: bench.environment)
        try await bench.publish()
        let client = try await bench.suite.client(as: "top-reporter")
        for index in 0..<40 { _ = try await bench.pushPatiently(index, client) }
        try await bench.check(client, reports: 40)
        await client.close()
    }

    // The tests' database server does not sync, and the command wants one that does.
    @Test(
        "a journal that a wrong clock took along goes back by an operator's word", .enabled(if: RunningSuite.keepsFiles)
    )
    func corrected() async throws {
        let bench = try await Bench()
        // As on a machine where nobody noticed.
        try bench.setClock(ahead: 3_000)
        try await bench.suite.start(.gateway)
        try await bench.suite.start(.registry)
        try await bench.suite.start(
            .submission, settings: ["clock.toleranceSeconds": "3600"], environment: bench.environment)
        try await bench.publish()
        let client = try await bench.suite.client(as: "top-reporter")
        _ = try await bench.pushPatiently(0, client)
        try await bench.suite.stop(.submission)
        try bench.setClock(ahead: 0)
        try await bench.suite.start(.submission, environment: bench.environment)
        try await bench.pushUntilHeld(1, client)
        try await bench.suite.logs(.submission, "the store takes nothing in", "store correct-clock")
        try await bench.suite.stop(.submission)

        let path = bench.suite.storePath(of: .submission)
        let command = try SuiteProcess(
            path: RunningSuite.executable("qm-submission"),
            arguments: [
                "store", "correct-clock", path, "--reason", "the node had no NTP", "--ahead-by", "50m",
            ], logPath: bench.suite.directory + "/correct.log")
        try #require(await command.ending() == .exited(0), "\(command.log)")
        #expect(command.log.contains("50 min 0 s ahead of"))

        try await bench.suite.start(.submission, environment: bench.environment)
        #expect(try await bench.pushPatiently(1, client).receipt?.timeliness == .onTime)
        try await bench.check(client, reports: 2)
        await client.close()
    }
}

/// Whether it was, or UNAVAILABLE; what else is thrown is a fault.
private func taken(_ push: () async throws -> Bool) async throws -> Bool {
    do {
        return try await push()
    } catch let error as RPCError where error.code == .unavailable {
        return false
    }
}

extension SubmissionV1.Verdict {
    fileprivate var isAccepted: Bool {
        if case .accepted = outcome { true } else { false }
    }
}
