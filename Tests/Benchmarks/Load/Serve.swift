import ArgumentParser
import Glibc
import Logging
import NIOCore
import RPC
import TLS
import TestingMessages
import TestingService
import Transport
import UnixSignals
import Wire

/// The service that peers are measured and tested against; no storage, no gateway of its own.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves the benchmark and test services, and prints HOST:PORT when it listens.",
        discussion: "SIGTERM drains: no new calls, and open ones have --grace-seconds to end.")

    @OptionGroup var identity: IdentityOptions
    @OptionGroup var limits: LimitOptions
    @Option(help: "Port on 127.0.0.1; 0: any.") var port = 0
    @Option(
        help:
            "Also serve quality.testing.v1.RelayService: its calls go on to the test service through the gateway there."
    )
    var relayTo: String?
    @Option(help: "How long open calls may go on after SIGTERM.") var graceSeconds: Int64 = 10

    func run() async throws {
        var router = Router()
        BenchmarkService().register(on: &router)
        TestService().register(on: &router)
        let loops = ConnectionLoops(threads: 1)
        if let relayTo {
            let relay = RelayService()
            let next = try await LoadClient(identity, target: relayTo, service: "gateway", connections: 1)
            relay.connect(next.client)
            relay.register(on: &router)
        }
        let server = try await RPCServer.make(
            ListenerConfiguration(host: "127.0.0.1", port: port, limits: limits.connectionLimits), router: router,
            callers: CallerPolicy(acceptsDirectCallers: true),
            tls: try TLSContext(server: try identity.tlsConfiguration()), loops: loops,
            logger: .benchmark)
        let termination = await UnixSignalsSequence(trapping: .sigterm)
        print(try await server.start())
        fflush(nil)
        for await _ in termination { break }
        await server.drain(grace: .seconds(graceSeconds))
    }
}

/// What this side tells its peers in HELLO.
struct LimitOptions: ParsableArguments {
    @Option(help: "Calls open at once on a connection.") var openCalls = ConnectionLimits().concurrentStreams
    @Option(help: "Credit of a new stream.") var streamCreditBytes = ConnectionLimits().streamCreditBytes
    @Option(help: "Credit of a new connection.") var connectionCreditBytes = ConnectionLimits().connectionCreditBytes
    @Option(help: "The longest message.") var messageBytes = ConnectionLimits().messageBytes

    var connectionLimits: ConnectionLimits {
        ConnectionLimits(
            concurrentStreams: openCalls, streamCreditBytes: streamCreditBytes,
            connectionCreditBytes: connectionCreditBytes, messageBytes: messageBytes)
    }
}
