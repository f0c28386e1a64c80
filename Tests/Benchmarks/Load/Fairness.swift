import ArgumentParser
import Messages
import RPC
import Synchronization
import Transport
import Wire

/// Durable pushes at a modest steady rate, by turns alone and while another identity sends one costly message after the
/// other. A service works on both with the same threads: what a message costs must not be what its neighbours wait.
struct Fairness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what steady pushes see of an identity with costly messages: p99 quiet and loaded in turns.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "Directory of the identity that publishes the campaign, as --identity.") var publisher: String
    @Option(help: "Directory of a reporter of the organisation \"costly\", as --identity.") var costly: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "Pushes a second of the steady caller.") var rate = 100.0
    @Option(help: "Seconds of each round.") var seconds = 4.0
    @Option(help: "Pairs of a quiet and a loaded round, for each kind of costly message.") var rounds = 7

    /// Enough of them that a push of each is under way only after five seconds without an answer.
    private static let units = (0..<500).map(BenchmarkCampaign.unit)
    private static let batchUnits = (0..<1_000).map { "costly-\($0)" }
    private static let costlyUnit = "costly"
    private static let equalCells = 170_000

    /// What the other identity sends.
    private enum Cost: String, CaseIterable {
        /// One push of 3.6 MB: the same personal cell over and over.
        case cells
        /// A thousand right reports of 30 figures.
        case batch
    }

    func run() async throws {
        guard let endpoint = Endpoint(target) else { throw ValidationError("--target \(target): not HOST:PORT") }
        let campaign = BenchmarkCampaign(
            units: (Self.units + [Self.costlyUnit]).map { BenchmarkCampaign.Unit(code: $0) }
                + Self.batchUnits.map { BenchmarkCampaign.Unit(code: $0, reportsTo: Self.costlyUnit) },
            hasPersonalField: true)
        try await campaign.publish(by: publisher, target: target)
        let turns = PushTurns(campaign, units: Self.units)
        let steady = try await PacedCaller(identity.identity, [endpoint], ConnectionLoops(threads: 1)) {
            client throws(RPCError) in
            try await turns.push(SubmissionV1.SubmissionServiceClient(client))
        }
        var other = IdentityOptions()
        other.identity = costly
        let load = try await LoadClient(other, target: target, service: "gateway", connections: 1)
        let sender = try CostlySender(
            campaign, load.client, cells: campaign.repetitive(Self.costlyUnit, cells: Self.equalCells),
            units: Self.batchUnits)
        _ = await steady.run(rate: rate, seconds: 1)
        for cost in Cost.allCases {
            let rounds = await InterleavedRounds.measure(
                rounds: rounds,
                quiet: { await steady.run(rate: rate, seconds: seconds) },
                loaded: { await beside(cost, sender, load.loops.all[0], steady) })
            let sent = sender.takeCounts()
            print(
                rounds.summary("\(cost)_"), "\(cost)_messages \(sent.messages) \(cost)_unexpected \(sent.unexpected)",
                terminator: cost == Cost.allCases.last ? "\n" : " ")
        }
        await steady.transport.close()
        await load.client.close()
    }

    /// A round while costly messages are sent, one after the other.
    private func beside(
        _ cost: Cost, _ sender: CostlySender, _ loop: ConnectionLoop, _ steady: PacedCaller
    ) async -> PacedRun {
        // Its last message is waited for: to give it up would be another measurement.
        let isOver = Flag()
        let sending = Task(executorPreference: loop) {
            while !isOver.isSet.load(ordering: .relaxed) {
                switch cost {
                case .cells: await sender.sendCells()
                case .batch: await sender.sendBatch()
                }
            }
        }
        let run = await steady.run(rate: rate, seconds: seconds)
        isOver.isSet.store(true, ordering: .relaxed)
        await sending.value
        return run
    }
}

private final class Flag: Sendable {
    let isSet = Atomic(false)
}

/// Sends messages that cost the service much, and counts what became of them.
private final class CostlySender: Sendable {
    typealias Counts = (messages: Int, unexpected: Int)

    private let client: RPCClient
    private let campaign: BenchmarkCampaign
    private let units: [String]
    /// Encoded once: what this process works is taken from the others.
    private let cells: [UInt8]
    private let state = Mutex((version: UInt64(0), counts: (messages: 0, unexpected: 0)))

    /// `cells` is what ``sendCells()`` sends; batches hold a report of each of `units`.
    init(
        _ campaign: BenchmarkCampaign, _ client: RPCClient, cells: SubmissionV1.PushRequest, units: [String]
    ) throws(RPCError) {
        self.campaign = campaign
        self.client = client
        self.cells = try cells.encodedBytes()
        self.units = units
    }

    /// Refused, as it should be: a field stands in a report once.
    func sendCells() async {
        do throws(RPCError) {
            _ = try await client.unary(SubmissionV1.SubmissionService.Methods.push, cells, options: CallOptions())
            note(isExpected: false)
        } catch {
            note(isExpected: error.code == .invalidArgument || error.code == .resourceExhausted)
        }
    }

    func sendBatch() async {
        let version = state.withLock { $0.version }
        let batch = SubmissionV1.PushBatchRequest(
            items: units.map { campaign.push($0, on: version) }, atomicity: .each)
        do throws(RPCError) {
            let response = try await SubmissionV1.SubmissionServiceClient(client).pushBatch(batch)
            let accepted = response.verdicts.count { if case .accepted = $0.outcome { true } else { false } }
            state.withLock { $0.version += 1 }
            note(isExpected: accepted == units.count)
        } catch {
            note(isExpected: error.code == .resourceExhausted)
        }
    }

    private func note(isExpected: Bool) {
        state.withLock {
            $0.counts.messages += 1
            if !isExpected { $0.counts.unexpected += 1 }
        }
    }

    func takeCounts() -> Counts {
        state.withLock { state in
            defer { state.counts = (0, 0) }
            return state.counts
        }
    }
}
