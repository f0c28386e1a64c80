package import Logging
internal import NIOPosix
internal import TLS
internal import TestSupport
package import Transport

extension RunningSuite {
    /// A client of the gateway in this process, as one of the suite's identities. The caller closes it.
    package func client(as identity: String) async throws -> RPCClient {
        try await client(as: identity, of: .gateway)
    }

    /// A client that dials a service itself.
    package func client(as identity: String, of service: Service) async throws -> RPCClient {
        try await client(
            as: identity, of: service, ports: [port(of: service)],
            loops: ConnectionLoops(MultiThreadedEventLoopGroup.singleton),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A client of several copies of a service.
    package func client(
        as identity: String, of service: Service, ports: [Int], loops: ConnectionLoops, logger: Logger
    ) async throws -> RPCClient {
        let directory = identityDirectory(identity)
        let tls = try TLSContext(
            client: TLSConfiguration(
                certificatePath: directory + "/cert.pem", keyPath: directory + "/key.pem",
                authorityPath: directory + "/ca.pem"))
        return try await RPCClient.make(
            ConnectionPoolConfiguration(
                endpoints: ports.map { Endpoint(host: "127.0.0.1", port: $0) }, rules: .patient,
                connectTimeoutSeconds: Patience.seconds, helloTimeoutSeconds: Patience.seconds,
                patienceSeconds: UInt64(Patience.seconds), server: .service(named: service.rawValue)),
            tls: tls, loops: loops, logger: logger, defaultTimeout: Patience.limit)
    }
}
