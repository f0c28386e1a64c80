import ArgumentParser
import CoreMetrics
import Glibc
import NIOPosix
import Synchronization
import Telemetry
import Transport
import Wire

/// Calls go on at a steady rate through the client library, with its own retries and no others, while whoever started
/// this stops and starts gateways and services behind it.
struct Rolling: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Calls at a steady rate until standard input ends, and says what became of the calls.",
        discussion: "Prints \"calling\" when the first call was answered. Why calls failed is on standard error.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "The gateways: HOST:PORT, with commas.") var targets: String
    @Option(help: "Calls a second.") var rate = 5_000.0

    func run() async throws {
        let endpoints = targets.split(separator: ",").compactMap { Endpoint(String($0)) }
        guard !endpoints.isEmpty, endpoints.count == targets.split(separator: ",").count else {
            throw ValidationError("--targets \(targets): not HOST:PORT, with commas")
        }
        // The client library counts its retries there.
        let registry = MetricRegistry()
        MetricsSystem.bootstrap(registry)
        let loops = ConnectionLoops(threads: 1)
        let caller = try await PacedCaller(identity.identity, endpoints, loops)
        print("calling")
        fflush(nil)
        let input = InputEnd()
        Task.detached {
            try? await NIOThreadPool.singleton.runIfActive { while readLine() != nil {} }
            input.isReached.store(true, ordering: .relaxed)
        }
        let run = await caller.run(rate: rate) { _ in !input.isReached.load(ordering: .relaxed) }
        for reason in run.reasons.sorted() {
            var line = "\(reason)\n"
            _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
        let free = Self.retries("free", registry)
        let budgeted = Self.retries("budgeted", registry)
        print(
            "calls \(run.latencies.count) rate \(Int(rate)) failures \(run.failures) skipped \(run.skipped) "
                + "sent_again_freely \(free) sent_again_budgeted \(budgeted) "
                + "p50_us \(run.percentileMicroseconds(0.5)) p99_us \(run.p99Microseconds) "
                + "max_us \(run.percentileMicroseconds(1))")
        await caller.transport.close()
    }

    private final class InputEnd: Sendable {
        let isReached = Atomic(false)
    }

    /// Attempts after the first one: `free`, since the call was not started, or `budgeted`.
    private static func retries(_ kind: String, _ registry: MetricRegistry) -> Int {
        let family = registry.families.first { $0.name == "rpc_client_retries_total" }
        let series = family?.series.first { $0.labels.contains { $0.value == kind } }
        guard case .number(let count)? = series?.value else { return 0 }
        return Int(count)
    }
}
