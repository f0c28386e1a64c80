import ArgumentParser
import Balancing
import Logging
import NIOCore
import TLS
import Transport
import Wire

/// What every subcommand that opens connections is told.
struct IdentityOptions: ParsableArguments {
    @Option(help: "Directory with cert.pem, key.pem and ca.pem.")
    var identity: String

    func tlsConfiguration() throws -> TLSConfiguration {
        try TLSConfiguration(
            certificatePath: "\(identity)/cert.pem", keyPath: "\(identity)/key.pem",
            authorityPath: "\(identity)/ca.pem")
    }
}

/// Loops, and a client on them.
struct LoadClient {
    let loops: ConnectionLoops
    let client: RPCClient

    init(_ identity: IdentityOptions, target: String, service: String, connections: Int) async throws {
        guard let endpoint = Endpoint(target) else {
            throw ValidationError("--target \(target): not HOST:PORT")
        }
        loops = ConnectionLoops(threads: 1)
        client = try await RPCClient.make(
            ConnectionPoolConfiguration(
                endpoints: [endpoint], connectionsPerEndpoint: connections, patienceSeconds: 10,
                server: .service(named: service)),
            tls: try TLSContext(client: try identity.tlsConfiguration()), loops: loops,
            logger: .benchmark,
            // What is measured is what was called.
            retries: RetrySettings(maximumAttempts: 1))
    }
}

extension Logger {
    /// What goes wrong, and nothing else: standard error is for whoever reads the figures.
    static let benchmark: Logger = {
        var logger = Logger(label: "benchmark")
        logger.logLevel = .warning
        return logger
    }()
}
