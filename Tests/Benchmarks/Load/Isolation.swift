import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import RPC
import Synchronization
import TLS
import TestingMessages
import Transport
import Wire

/// Many identities call at a modest steady rate, first alone and then while one more calls at many times that rate. What
/// the many see must not depend on the one.
///
/// Each call has an instant at which it is meant to begin, and its latency counts from there: a client that is held up
/// cannot hide what it would have seen (coordinated omission).
struct Isolation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what steady callers see of one that floods: p99 quiet and loaded, and failures.")

    @Option(help: "Directories with cert.pem, key.pem and ca.pem: the steady callers', and last the flooder's.")
    var identities: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "Calls a second of each steady caller.") var rate = 100.0
    @Option(help: "The flooder's rate is so many times that.") var factor = 50.0
    @Option(help: "Seconds of each of the two measurements.") var seconds = 4.0

    func run() async throws {
        let directories = identities.split(separator: ",").map(String.init)
        guard directories.count >= 2, let endpoint = Endpoint(target) else {
            throw ValidationError("give --identities of two callers at least, and --target HOST:PORT")
        }
        // The flooder has a thread of its own: it must not hold up the others here.
        let steadyLoops = ConnectionLoops(MultiThreadedEventLoopGroup(numberOfThreads: 1))
        let floodLoops = ConnectionLoops(MultiThreadedEventLoopGroup(numberOfThreads: 1))
        var steady: [PacedCaller] = []
        for directory in directories.dropLast() {
            steady.append(try await PacedCaller(directory, endpoint, steadyLoops))
        }
        let flooder = try await PacedCaller(directories[directories.count - 1], endpoint, floodLoops)
        // Everything warm, and not measured.
        _ = await Self.measure(steady, rate: rate, seconds: 1)
        let quiet = await Self.measure(steady, rate: rate, seconds: seconds)
        async let flood = flooder.run(rate: rate * factor, seconds: seconds + 1)
        let loaded = await Self.measure(steady, rate: rate, seconds: seconds)
        let noise = await flood
        let ratio = loaded.p99Microseconds / max(1, quiet.p99Microseconds)
        print(
            "quiet_p99_us \(quiet.p99Microseconds) loaded_p99_us \(loaded.p99Microseconds) p99_ratio \(ratio) "
                + "calls \(quiet.latencies.count + loaded.latencies.count) failures \(quiet.failures + loaded.failures) "
                + "flood_calls \(noise.latencies.count) flood_refused \(noise.failures) flood_skipped \(noise.skipped)")
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

/// What paced callers saw.
struct PacedRun: Sendable {
    /// Nanoseconds from the instant at which each call was meant to begin. Calls that failed are here too.
    var latencies: [UInt64] = []
    var failures = 0
    /// Not begun, since too many were open.
    var skipped = 0

    mutating func add(_ other: PacedRun) {
        latencies += other.latencies
        failures += other.failures
        skipped += other.skipped
    }

    var p99Microseconds: Double {
        latencies.isEmpty ? 0 : Double(latencies.sorted()[Int(Double(latencies.count - 1) * 0.99)]) / 1000
    }
}

/// One identity that begins calls at a rate, whether or not those before have ended.
struct PacedCaller: Sendable {
    /// Beyond so many open calls no more are begun.
    fileprivate static let maximumOpenCalls = 5_000

    let transport: RPCClient
    private let client: TestingV1.BenchmarkServiceClient
    private let loop: ConnectionLoop

    init(_ directory: String, _ endpoint: Endpoint, _ loops: ConnectionLoops) async throws {
        let tls = try TLSConfiguration(
            certificatePath: "\(directory)/cert.pem", keyPath: "\(directory)/key.pem",
            authorityPath: "\(directory)/ca.pem")
        transport = try await RPCClient.make(
            ConnectionPoolConfiguration(endpoints: [endpoint], server: .service(named: "gateway")),
            tls: try TLSContext(client: tls), loops: loops, logger: .benchmark)
        client = TestingV1.BenchmarkServiceClient(transport)
        loop = loops.all[0]
        _ = try await client.submit(Load.report)
    }

    /// Begins calls for `seconds`, `phase` of an interval late, and returns when all have ended.
    func run(rate: Double, seconds: Double, phase: Double = 0) async -> PacedRun {
        let interval = 1_000_000_000 / rate
        let begin = Double(MonotonicInstant.now.nanoseconds) + 1_000_000 + phase * interval
        let tally = Tally()
        let client = client
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<Int(rate * seconds) {
                let meant = UInt64(begin + Double(number) * interval)
                await sleep(until: meant)
                guard tally.begin() else { continue }
                group.addTask(executorPreference: loop) {
                    var isFailed = false
                    do throws(RPCError) {
                        _ = try await client.submit(Load.report)
                    } catch {
                        isFailed = true
                    }
                    tally.end(nanoseconds: MonotonicInstant.now.nanoseconds - meant, isFailed: isFailed)
                }
            }
        }
        return tally.run
    }

    /// What has been seen so far.
    private final class Tally: Sendable {
        private let state = Mutex((run: PacedRun(), open: 0))

        var run: PacedRun { state.withLock { $0.run } }

        func begin() -> Bool {
            state.withLock {
                guard $0.open < PacedCaller.maximumOpenCalls else {
                    $0.run.skipped += 1
                    return false
                }
                $0.open += 1
                return true
            }
        }

        func end(nanoseconds: UInt64, isFailed: Bool) {
            state.withLock {
                $0.open -= 1
                $0.run.latencies.append(nanoseconds)
                if isFailed { $0.run.failures += 1 }
            }
        }
    }

    /// By the event loop's timer, which is finer than a task's.
    private func sleep(until nanoseconds: UInt64) async {
        guard MonotonicInstant.now.nanoseconds < nanoseconds else { return }
        await withCheckedContinuation { continuation in
            loop.eventLoop.scheduleTask(deadline: .uptimeNanoseconds(nanoseconds)) { continuation.resume() }
        }
    }
}
