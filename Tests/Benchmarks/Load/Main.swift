import ArgumentParser

/// The benchmark's processes: a service without storage, and clients that load it, directly or through the gateway.
@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-benchmark", abstract: "Loads a service and says how fast it answered.",
        subcommands: [
            Serve.self, Load.self, Stream.self, Allocations.self, Idle.self, Push.self, Codec.self, Isolation.self,
            Fairness.self, Rolling.self, Conformance.self, MakeJournal.self, Follow.self, Visible.self,
            PublishCampaign.self, PushStreams.self,
        ])
}
