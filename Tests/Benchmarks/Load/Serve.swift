import ArgumentParser
import Glibc
import Logging
import NIOPosix
import RPC
import TLS
import TestingMessages
import TestingService
import Transport

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves the benchmark and test services until killed.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "Port on 127.0.0.1; 0: any.") var port = 0

    func run() async throws {
        var router = Router()
        BenchmarkService().register(on: &router)
        TestService().register(on: &router)
        let loops = ConnectionLoops(MultiThreadedEventLoopGroup(numberOfThreads: 1))
        let server = try await RPCServer.make(
            ListenerConfiguration(host: "127.0.0.1", port: port), router: router,
            callers: CallerPolicy(acceptsDirectCallers: true),
            tls: try TLSContext(server: try identity.tlsConfiguration()), loops: loops,
            logger: Logger(label: "benchmark"))
        print(try await server.start())
        fflush(nil)
        // Until killed: there is nothing to save.
        try await Task.sleep(for: .seconds(1_000_000))
    }
}
