import ArgumentParser
import Messages
import RPC
import Synchronization
import Transport
import Wire

/// Durable pushes at a steady rate. After some of them statistics are asked who has reported, as of what was acknowledged, and
/// answer when they hold it: the time from the acknowledgement to that answer is how long a report is not to be seen.
struct Visible: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says how long it takes from the acknowledgement of a push to an answer of statistics that shows it.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "Directory of the identity that publishes the campaign, as --identity.") var publisher: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "Pushes a second.") var rate = 1_000.0
    @Option var seconds = 4.0

    /// Enough of them that a push of each is under way only after half a second without an answer.
    private static let units = (0..<500).map(BenchmarkCampaign.unit)
    /// So many pushes to one that is looked for: the questions are not to be the load.
    private static let pushesPerQuestion = 20

    func run() async throws {
        guard let endpoint = Endpoint(target) else { throw ValidationError("--target \(target): not HOST:PORT") }
        let campaign = BenchmarkCampaign(units: Self.units.map { BenchmarkCampaign.Unit(code: $0) })
        try await campaign.publish(by: publisher, target: target)
        let turns = PushTurns(campaign, units: Self.units)
        let seen = Seen()
        let caller = try await PacedCaller(identity.identity, [endpoint], ConnectionLoops(threads: 1)) {
            client throws(RPCError) in
            let response = try await turns.push(SubmissionV1.SubmissionServiceClient(client))
            let acknowledged = MonotonicInstant.now
            guard seen.isAsked(every: Self.pushesPerQuestion), let position = response.receipt?.position else { return }
            let holding = TypeV1.Cursor(epoch: position.epoch, size: position.index + 1)
            _ = try await StatisticsV1.StatisticsServiceClient(client).getCompleteness(
                StatisticsV1.GetCompletenessRequest(
                    campaign: campaign.code, form: BenchmarkCampaign.form,
                    atLeast: StatisticsV1.Watermark(submission: holding)))
            seen.add(nanoseconds: MonotonicInstant.now.nanoseconds - acknowledged.nanoseconds)
        }
        _ = await caller.run(rate: rate, seconds: 1)
        seen.reset()
        let run = await caller.run(rate: rate, seconds: seconds)
        for reason in run.reasons.sorted() { print("# \(reason)") }
        var visible = PacedRun()
        visible.latencies = seen.all
        print(
            "calls \(run.latencies.count) failures \(run.failures) skipped \(run.skipped) seen \(visible.latencies.count) "
                + "p50_us \(visible.percentileMicroseconds(0.5)) p99_us \(visible.p99Microseconds) "
                + "max_us \(visible.percentileMicroseconds(1))")
        await caller.transport.close()
    }

    /// What was asked for, and how long it took.
    private final class Seen: Sendable {
        private let state = Mutex((pushes: 0, nanoseconds: [UInt64]()))

        var all: [UInt64] { state.withLock { $0.nanoseconds } }

        func isAsked(every count: Int) -> Bool {
            state.withLock {
                $0.pushes += 1
                return $0.pushes % count == 0
            }
        }

        func add(nanoseconds: UInt64) { state.withLock { $0.nanoseconds.append(nanoseconds) } }

        func reset() { state.withLock { $0.nanoseconds = [] } }
    }
}
