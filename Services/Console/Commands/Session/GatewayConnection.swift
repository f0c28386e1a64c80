internal import Logging
internal import NIOPosix
internal import RPC
internal import Synchronization
internal import TLS
internal import Transport

/// The command line's way to the gateway.
final class GatewayConnection: Sendable {
    private let clients = Mutex<[RPCClient]>([])

    /// Makes a client of the gateway that the options name. Connects when the first call needs it.
    func open(_ options: GatewayOptions) async throws(CommandFailure) -> any ClientTransport {
        let endpoint = try options.endpoint()
        let directory = try options.identityDirectory()
        do {
            let tls = try TLSContext(
                client: TLSConfiguration(
                    certificatePath: "\(directory)/cert.pem", keyPath: "\(directory)/key.pem",
                    authorityPath: "\(directory)/ca.pem"))
            let client = try await RPCClient.make(
                ConnectionPoolConfiguration(endpoints: [endpoint], server: .service(named: "gateway")), tls: tls,
                loops: ConnectionLoops(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
                logger: Logger(label: "qmctl") { _ in SwiftLogNoOpLogHandler() })
            clients.withLock { $0.append(client) }
            return client
        } catch let error as TLSError {
            throw CommandFailure(.input, error.message)
        } catch {
            throw CommandFailure(.input, "\(endpoint): cannot be called: \(error)")
        }
    }

    /// Takes leave of the gateway, which would otherwise have to take the end of the connection for a failure.
    func close() async {
        let open = clients.withLock { clients in
            defer { clients = [] }
            return clients
        }
        for client in open { await client.close() }
    }
}
