import Logging
import NIOCore
import RPC
import Synchronization
import TLS
import TestingMessages
import Transport
import Wire

/// What paced callers saw.
struct PacedRun: Sendable {
    /// Different reasons of failures that are kept.
    private static let maximumReasons = 10

    /// Nanoseconds from the instant at which each call was meant to begin. Calls that failed are here too.
    var latencies: [UInt64] = []
    var failures = 0
    /// Not begun, since too many were open.
    var skipped = 0
    /// Why calls failed, the first few reasons.
    var reasons: Set<String> = []

    mutating func add(_ other: PacedRun) {
        latencies += other.latencies
        failures += other.failures
        skipped += other.skipped
        for reason in other.reasons { add(reason: reason) }
    }

    fileprivate mutating func add(reason: String) {
        if reasons.count < Self.maximumReasons { reasons.insert(reason) }
    }

    var p99Microseconds: Double { percentileMicroseconds(0.99) }

    func percentileMicroseconds(_ fraction: Double) -> Double {
        latencies.isEmpty ? 0 : Double(latencies.sorted()[Int(Double(latencies.count - 1) * fraction)]) / 1000
    }
}

/// One identity that begins calls at a rate, whether or not those before have ended.
///
/// Each call has an instant at which it is meant to begin, and its latency counts from there: a client that is held up
/// cannot hide what it would have seen (coordinated omission).
struct PacedCaller: Sendable {
    /// Beyond so many open calls no more are begun.
    fileprivate static let maximumOpenCalls = 5_000

    typealias Call = @Sendable (RPCClient) async throws(RPCError) -> Void

    /// The call of most measurements: a report to a service that stores nothing.
    static let submit: Call = { client throws(RPCError) in
        _ = try await TestingV1.BenchmarkServiceClient(client).submit(Load.report)
    }

    let transport: RPCClient
    private let call: Call
    private let loop: ConnectionLoop

    /// A client of the gateways at `endpoints`, which has made a call.
    init(
        _ directory: String, _ endpoints: [Endpoint], _ loops: ConnectionLoops, call: @escaping Call = Self.submit
    ) async throws {
        let tls = try TLSConfiguration(
            certificatePath: "\(directory)/cert.pem", keyPath: "\(directory)/key.pem",
            authorityPath: "\(directory)/ca.pem")
        transport = try await RPCClient.make(
            ConnectionPoolConfiguration(endpoints: endpoints, server: .service(named: "gateway")),
            tls: try TLSContext(client: tls), loops: loops, logger: .benchmark)
        self.call = call
        loop = loops.all[0]
        try await call(transport)
    }

    /// Begins calls for `seconds`, `phase` of an interval late, and returns when all have ended.
    func run(rate: Double, seconds: Double, phase: Double = 0) async -> PacedRun {
        let count = Int(rate * seconds)
        return await run(rate: rate, phase: phase) { $0 < count }
    }

    /// Begins calls as long as `goesOn` says so of the number of those before, and returns when all have ended.
    func run(rate: Double, phase: Double = 0, while goesOn: (Int) -> Bool) async -> PacedRun {
        let interval = 1_000_000_000 / rate
        let begin = Double(MonotonicInstant.now.nanoseconds) + 1_000_000 + phase * interval
        let tally = Tally()
        let call = call
        let transport = transport
        await withDiscardingTaskGroup { group in
            var number = 0
            while goesOn(number) {
                let meant = UInt64(begin + Double(number) * interval)
                number += 1
                await sleep(until: meant)
                guard tally.begin() else { continue }
                group.addTask(executorPreference: loop) {
                    var failure: RPCError?
                    do throws(RPCError) {
                        try await call(transport)
                    } catch {
                        failure = error
                    }
                    tally.end(nanoseconds: MonotonicInstant.now.nanoseconds - meant, failure)
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

        func end(nanoseconds: UInt64, _ failure: RPCError?) {
            state.withLock {
                $0.open -= 1
                $0.run.latencies.append(nanoseconds)
                guard let failure else { return }
                $0.run.failures += 1
                $0.run.add(reason: "\(failure)")
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
