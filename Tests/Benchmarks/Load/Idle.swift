import ArgumentParser
import Glibc
import NIOCore
import NIOPosix
import TLS
import Transport
import Wire

struct Idle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Opens connections that do nothing, prints how many there are, and keeps them until standard input ends.")

    /// Handshakes at a time: a server refuses more than it can do.
    private static let batchSize = 50

    @OptionGroup var identity: IdentityOptions
    @Option(help: "HOST:PORT.") var target: String
    @Option var connections = 5_000

    func run() async throws {
        guard let endpoint = Endpoint(target) else { throw ValidationError("--target \(target): not HOST:PORT") }
        let tls = try TLSContext(client: try identity.tlsConfiguration())
        let loops = ConnectionLoops(threads: 1)
        var opened = 0
        while opened < connections {
            let batch = min(Self.batchSize, connections - opened)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<batch { group.addTask { try await Self.open(endpoint, tls, loops) } }
                try await group.waitForAll()
            }
            opened += batch
        }
        print("connections \(opened)")
        fflush(nil)
        while readLine() != nil {}
    }

    /// Returns when the server's HELLO has come.
    private static func open(_ endpoint: Endpoint, _ tls: TLSContext, _ loops: ConnectionLoops) async throws {
        let loop = loops.all[0]
        let ready = loop.eventLoop.makePromise(of: Void.self)
        ClientBootstrap(group: loop.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = ClientConnection(
                        loop: loop, limits: ConnectionLimits(), onReady: { _ in ready.succeed() }, onSlot: { _ in },
                        onEnd: { _, end in ready.fail(ValidationError("the connection ended: \(end.reason)")) })
                    try channel.pipeline.syncOperations.addHandlers([
                        try TLSHandler(context: tls, peerRule: .service(named: "gateway")), connection,
                    ])
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .whenFailure { ready.fail($0) }
        try await ready.futureResult.get()
    }
}
