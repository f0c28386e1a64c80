internal import Logging
internal import NIOPosix
internal import RPC
internal import TLS
internal import Transport

/// The command line's way to the gateway.
enum GatewayConnection {
    /// Makes a client of the gateway that the options name. Connects when the first call needs it.
    static func open(_ options: GatewayOptions) async throws(CommandFailure) -> RPCClient {
        let endpoint = try options.endpoint()
        let directory = try options.identityDirectory()
        do {
            let tls = try TLSContext(
                client: TLSConfiguration(
                    certificatePath: "\(directory)/cert.pem", keyPath: "\(directory)/key.pem",
                    authorityPath: "\(directory)/ca.pem"))
            let loops = ConnectionLoops(MultiThreadedEventLoopGroup.singleton)
            return try await RPCClient.make(
                ConnectionPoolConfiguration(endpoints: [endpoint], server: .service(named: "gateway")), tls: tls,
                loops: loops, logger: Logger(label: "qmctl") { _ in SwiftLogNoOpLogHandler() })
        } catch let error as TLSError {
            throw CommandFailure(.input, error.message)
        } catch {
            throw CommandFailure(.input, "\(endpoint): cannot be called: \(error)")
        }
    }
}
