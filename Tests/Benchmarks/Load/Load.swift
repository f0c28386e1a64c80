import ArgumentParser
import RPC
import Synchronization
import TestingMessages
import Transport
import Wire

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Calls BenchmarkService.Submit with 816-byte reports, so many in flight on so many connections.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "HOST:PORT.") var target: String
    @Option(help: "The target's service name in its certificate.") var service = "gateway"
    @Option var connections = 4
    @Option(help: "Calls in flight on each connection.") var inflight = 32
    @Option var seconds = 4.0

    func run() async throws {
        let load = try await LoadClient(identity, target: target, service: service, connections: connections)
        let client = TestingV1.BenchmarkServiceClient(load.client)
        let request = Self.report
        _ = try await client.submit(request)
        let run = await LoadRun.measure(
            callers: connections * inflight, seconds: seconds, executor: load.loops.all[0]
        ) { () async throws(RPCError) in
            _ = try await client.submit(request)
        }
        print(run.summary)
        await load.client.close()
    }

    /// The peers' message, to the byte: 30 values, 816 bytes.
    static var report: TestingV1.SubmitRequest {
        TestingV1.SubmitRequest(
            campaign: "quality-month-2019", org: "410100", form: "open-day-summary", revision: 1,
            idempotencyKey: "0190f1b2-7e1c-7a55-9d7e-0123456789ab",
            values: (0..<30).map {
                TestingV1.Value(indicator: "visitors_total_\($0)", kind: .integer(Int64($0 * 997)))
            })
    }
}

/// Callers that each make one call after the other, and what they saw.
struct LoadRun {
    var seconds: Double
    /// Nanoseconds, sorted.
    var latencies: [UInt64]
    var failures: Int
    /// One of them.
    var failure: RPCError?
    /// CPU of this process, microseconds a call.
    var cpuMicroseconds: Double

    /// Runs `callers` tasks on `executor` for `seconds`.
    static func measure(
        callers: Int, seconds: Double, executor: ConnectionLoop,
        _ call: @escaping @Sendable () async throws(RPCError) -> Void
    ) async -> LoadRun {
        let begin = MonotonicInstant.now
        let end = begin.advanced(byMicroseconds: UInt64(seconds * 1_000_000))
        let cpuBefore = ProcessTime.microseconds
        let results = await withTaskGroup(of: (latencies: [UInt64], failures: Int, failure: RPCError?).self) { group in
            for _ in 0..<callers {
                group.addTask(executorPreference: executor) {
                    var latencies: [UInt64] = []
                    var failures = 0
                    var failure: RPCError?
                    var now = MonotonicInstant.now
                    while now < end {
                        let start = now
                        do throws(RPCError) {
                            try await call()
                        } catch {
                            failures += 1
                            failure = error
                        }
                        now = .now
                        latencies.append(now.nanoseconds - start.nanoseconds)
                    }
                    return (latencies, failures, failure)
                }
            }
            return await group.reduce(into: (latencies: [UInt64](), failures: 0, failure: RPCError?.none)) {
                $0.latencies += $1.latencies
                $0.failures += $1.failures
                $0.failure = $0.failure ?? $1.failure
            }
        }
        let cpu = Double(ProcessTime.microseconds - cpuBefore)
        let elapsed = Double(MonotonicInstant.now.microseconds(since: begin)) / 1_000_000
        return LoadRun(
            seconds: elapsed, latencies: results.latencies.sorted(), failures: results.failures,
            failure: results.failure, cpuMicroseconds: cpu / Double(max(1, results.latencies.count)))
    }

    func percentileMicroseconds(_ fraction: Double) -> Double {
        latencies.isEmpty ? 0 : Double(latencies[Int(Double(latencies.count - 1) * fraction)]) / 1000
    }

    /// One line of `name value` pairs, for the script that runs the processes.
    var summary: String {
        "calls \(latencies.count) rate \(Int(Double(latencies.count) / seconds)) "
            + "p50_us \(percentileMicroseconds(0.5)) p99_us \(percentileMicroseconds(0.99)) "
            + "client_cpu_us \(cpuMicroseconds) failures \(failures)"
    }
}
