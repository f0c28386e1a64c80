import Messages
import RPC
import TLS
import TestBench
import TestProcesses
import TestSupport
import Wire

/// One caller of the real programs, frame by frame: through the gateway with a certificate of its own, or directly at a
/// service, where the gateway's certificate speaks for it. Asks one thing after the other.
struct SuiteCaller {
    let peer: FramePeer
    /// Who the CALL frames say is calling: only the gateway says so.
    private let stated: String
    private var nextStream: UInt32 = 1

    private init(_ peer: FramePeer, stated: String) async {
        self.peer = peer
        self.stated = stated
        await peer.greet()
    }

    /// A caller by this path, as a role of an organisation of which the suite has a certificate.
    init(
        _ suite: RunningSuite, _ path: Path, _ service: RunningSuite.Service, as organisation: String, _ role: String
    ) async throws {
        switch path {
        case .direct:
            let uri = "spiffe://\(RunningSuite.domain)/org/\(organisation)/\(role)"
            await self.init(try await suite.peer(of: service, with: RunningSuite.Service.gateway.rawValue), stated: uri)
        case .throughGateway:
            await self.init(try await suite.peer(of: .gateway, with: "\(organisation)-\(role)"), stated: "")
        }
    }

    /// One that dials the service itself with this certificate of the suite, and states `stated`.
    init(
        _ suite: RunningSuite, dialling service: RunningSuite.Service, with identity: String,
        stating stated: String = ""
    ) async throws {
        await self.init(try await suite.peer(of: service, with: identity), stated: stated)
    }

    /// Begins a call with its one message; answers with the stream.
    mutating func begin(_ path: String, _ message: [UInt8]) async -> UInt32 {
        defer { nextStream += 2 }
        await peer.send(.call(nextStream, path, message, caller: stated))
        return nextStream
    }

    /// How the call ends; `nil` when the connection does.
    mutating func ask(_ path: String, _ message: [UInt8]) async -> RawFrame.Status? {
        let stream = await begin(path, message)
        return await peer.frames(ofCall: stream).status(stream)
    }

    mutating func ask(_ method: MethodDescriptor, _ message: some Message) async throws -> RawFrame.Status? {
        await ask(method.path, try message.encodedBytes())
    }
}

extension RunningSuite {
    fileprivate func peer(of service: Service, with identity: String) async throws -> FramePeer {
        let directory = identityDirectory(identity)
        return try await FramePeer.connect(
            port: port(of: service),
            tls: try TLSContext(
                client: TLSConfiguration(
                    certificatePath: directory + "/cert.pem", keyPath: directory + "/key.pem",
                    authorityPath: directory + "/ca.pem")))
    }
}
