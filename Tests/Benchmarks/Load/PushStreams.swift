import ArgumentParser
import Messages
import RPC
import Transport
import Wire

struct PublishCampaign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign", abstract: "Publishes a campaign of so many units, for `streams`, and prints its code.")

    @Option(help: "Directory of the identity that publishes, with cert.pem, key.pem and ca.pem.") var publisher: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "How many report; the same ones in every campaign.") var units = 100_000

    func run() async throws {
        let campaign = BenchmarkCampaign(
            units: (0..<units).map { BenchmarkCampaign.Unit(code: BenchmarkCampaign.unit($0)) })
        try await campaign.publish(by: publisher, target: target)
        print(campaign.code)
    }
}

/// A campaign's reports have numbers: each unit's first, then each unit's second, and so on. So one run can go on where
/// another ended, and no unit comes again before all others had their turn.
struct PushStreams: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Pushes 30-value reports by PushStreams, each on a connection of its own.",
        discussion: "Durably, as `push` does, to a campaign of those that `campaign` publishes.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "The campaign's code.") var campaign: String
    @Option(help: "How many units it has: a multiple of --streams.") var units = 100_000
    @Option(help: "Streams open at once.") var streams = 4
    @Option(help: "The number of the first report: a multiple of --streams.") var first = 0
    @Option(help: "Reports to push; without it as many as --seconds allow.") var reports: Int?
    @Option var seconds = 4.0

    /// As many as submission takes in one stream: then comes the next.
    private static let itemsPerStream = 2_500

    func run() async throws {
        // Each unit's reports go one after the other, by the same stream.
        guard units % streams == 0, first % streams == 0 else {
            throw ValidationError("--units \(units), --first \(first): not multiples of --streams \(streams)")
        }
        let load = try await LoadClient(identity, target: target, service: "gateway", connections: streams)
        let client = SubmissionV1.SubmissionServiceClient(load.client)
        let begin = MonotonicInstant.now
        let cpuBefore = ProcessTime.microseconds
        let pushed = try await withThrowingTaskGroup(of: Pushed.self) { group in
            for stream in 0..<streams {
                group.addTask(executorPreference: load.loops.all[0]) {
                    try await push(stream, client, until: begin.advanced(byMicroseconds: UInt64(seconds * 1_000_000)))
                }
            }
            return try await group.reduce(into: Pushed()) {
                $0.accepted += $1.accepted
                $0.refused += $1.refused
            }
        }
        let elapsed = Double(MonotonicInstant.now.microseconds(since: begin)) / 1_000_000
        let cpu = Double(ProcessTime.microseconds - cpuBefore) / Double(max(1, pushed.accepted))
        print(
            "calls \(pushed.accepted) rate \(Int(Double(pushed.accepted) / elapsed)) client_cpu_us \(cpu) "
                + "failures \(pushed.refused)")
        await load.client.close()
    }

    private struct Pushed {
        var accepted = 0
        var refused = 0
    }

    /// One stream after the other, with the reports whose numbers are `stream` more than a multiple of ``streams``.
    private func push(
        _ stream: Int, _ client: SubmissionV1.SubmissionServiceClient, until end: MonotonicInstant
    ) async throws -> Pushed {
        let campaign = BenchmarkCampaign(code: campaign, units: [])
        let last = reports.map { first + $0 }
        var number = first + stream
        var pushed = Pushed()
        func isOver() -> Bool { last.map { number >= $0 } ?? (MonotonicInstant.now >= end) }
        while !isOver() {
            let call = try await client.pushStream()
            var items = 0
            while items < Self.itemsPerStream, !isOver() {
                let report = campaign.push(BenchmarkCampaign.unit(number % units), on: UInt64(number / units))
                try await call.send(SubmissionV1.PushStreamRequest(item: report))
                number += streams
                items += 1
            }
            let accepted = try await call.response().verdicts.count {
                if case .accepted = $0.outcome { true } else { false }
            }
            pushed.accepted += accepted
            pushed.refused += items - accepted
        }
        return pushed
    }
}
