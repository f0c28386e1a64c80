internal import Balancing
internal import Logging
internal import RPC
internal import Synchronization
internal import TLS
internal import Transport

/// The command line's way to the gateway.
final class GatewayConnection: Sendable {
    private let clients = Mutex<[RPCClient]>([])

    /// Makes a client of the gateway that the options name. Connects when the first call needs it.
    func open(_ options: GatewayOptions) async throws(CommandFailure) -> any ClientTransport {
        let gateways = try options.gateways()
        let directory = try options.identityDirectory()
        do {
            let tls = try TLSContext(
                client: TLSConfiguration(
                    certificatePath: "\(directory)/cert.pem", keyPath: "\(directory)/key.pem",
                    authorityPath: "\(directory)/ca.pem"))
            let client = try await RPCClient.make(
                ConnectionPoolConfiguration(
                    // As long as an attempt lasts: who has only this one call would come again at once.
                    service: "gateway", sources: gateways, patienceSeconds: 10, server: .service(named: "gateway")),
                tls: tls,
                loops: ConnectionLoops(threads: 1),
                logger: Logger(label: "qmctl") { _ in SwiftLogNoOpLogHandler() },
                // A person waits, and may run the command again.
                retries: RetrySettings(maximumAttempts: 2))
            clients.withLock { $0.append(client) }
            return client
        } catch let error as TLSError {
            throw CommandFailure(.input, error.message)
        } catch {
            throw CommandFailure(
                .input,
                "\(gateways.map(\.description).joined(separator: ", ")): cannot be called: \(ErrorWords.of(error))")
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
