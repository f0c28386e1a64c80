import ArgumentParser
import Messages
import RPC
import Transport
import Wire

struct Push: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pushes 30-value reports through the gateway: checked, journaled, synced to disk, receipted.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "Directory of the identity that publishes the campaign, as --identity.") var publisher: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option var connections = 4
    @Option(help: "Pushes in flight on each connection.") var inflight = 32
    @Option var seconds = 4.0

    func run() async throws {
        let load = try await LoadClient(identity, target: target, service: "gateway", connections: connections)
        let callers = connections * inflight
        let units = (0..<callers).map(BenchmarkCampaign.unit)
        let campaign = BenchmarkCampaign(units: units.map { BenchmarkCampaign.Unit(code: $0) })
        try await campaign.publish(by: publisher, target: target)
        let client = SubmissionV1.SubmissionServiceClient(load.client)
        let turns = PushTurns(campaign, units: units)
        let run = await LoadRun.measure(
            callers: callers, seconds: seconds, executor: load.loops.all[0]
        ) { () async throws(RPCError) in
            try await turns.push(client)
        }
        print(run.summary)
        await load.client.close()
    }
}

extension BenchmarkCampaign {
    /// Publishes through the gateway at `target`, as the identity in the directory `publisher`.
    func publish(by publisher: String, target: String) async throws {
        var identity = IdentityOptions()
        identity.identity = publisher
        let publishing = try await LoadClient(identity, target: target, service: "gateway", connections: 1)
        try await publish(RegistryV1.RegistryServiceClient(publishing.client))
        await publishing.client.close()
    }
}
