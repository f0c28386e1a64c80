import ArgumentParser
import Transport
import Wire

/// Many identities call at a modest steady rate, by turns alone and while one more calls at many times that rate. What
/// the many see must not depend on the one.
struct Isolation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what steady callers see of one that floods: p99 quiet and loaded in turns, and failures.")

    @Option(help: "Directories with cert.pem, key.pem and ca.pem: the steady callers', and last the flooder's.")
    var identities: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "Calls a second of each steady caller.") var rate = 100.0
    @Option(help: "The flooder's rate is so many times that.") var factor = 50.0
    @Option(help: "Seconds of each round.") var seconds = 4.0
    @Option(help: "Pairs of a quiet and a loaded round.") var rounds = 11

    /// For so long the flooder calls before a loaded round is measured.
    private static let leadSeconds = 0.2

    func run() async throws {
        let directories = identities.split(separator: ",").map(String.init)
        guard directories.count >= 2, let endpoint = Endpoint(target) else {
            throw ValidationError("give --identities of two callers at least, and --target HOST:PORT")
        }
        // The flooder has a thread of its own: it must not hold up the others here.
        let steadyLoops = ConnectionLoops(threads: 1)
        let floodLoops = ConnectionLoops(threads: 1)
        var steady: [PacedCaller] = []
        for directory in directories.dropLast() {
            steady.append(try await PacedCaller(directory, [endpoint], steadyLoops))
        }
        let flooder = try await PacedCaller(directories[directories.count - 1], [endpoint], floodLoops)
        // Everything warm, and not measured.
        _ = await Self.measure(steady, rate: rate, seconds: 1)
        var noise = PacedRun()
        let rounds = await InterleavedRounds.measure(
            rounds: rounds,
            quiet: { await Self.measure(steady, rate: rate, seconds: seconds) },
            loaded: {
                async let flood = flooder.run(rate: rate * factor, seconds: seconds + 2 * Self.leadSeconds)
                try? await Task.sleep(for: .seconds(Self.leadSeconds))
                let run = await Self.measure(steady, rate: rate, seconds: seconds)
                noise.add(await flood)
                return run
            })
        print(
            rounds.summary(),
            "flood_calls \(noise.latencies.count) flood_refused \(noise.failures) flood_skipped \(noise.skipped)")
        for caller in steady + [flooder] { await caller.transport.close() }
    }

    private static func measure(_ callers: [PacedCaller], rate: Double, seconds: Double) async -> PacedRun {
        await withTaskGroup(of: PacedRun.self) { group in
            for (index, caller) in callers.enumerated() {
                // Spread over the interval: steady callers have no common beat.
                let phase = Double(index) / Double(callers.count)
                group.addTask { await caller.run(rate: rate, seconds: seconds, phase: phase) }
            }
            return await group.reduce(into: PacedRun()) { $0.add($1) }
        }
    }
}
