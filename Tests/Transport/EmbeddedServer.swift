import RPC
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// A server's end under test, with the router and the test service behind it.
struct EmbeddedServer {
    private static let service = "quality.testing.v1.TestService"
    static let empty = "\(service)/EmptyCall"
    static let unary = "\(service)/UnaryCall"
    static let input = "\(service)/StreamingInputCall"
    static let output = "\(service)/StreamingOutputCall"
    static let duplex = "\(service)/FullDuplexCall"
    static let city = "spiffe://quality.example/org/410100/reporter"
    static let gateway = "spiffe://quality.example/service/gateway"

    var peer: EmbeddedPeer<ServerConnection>
    var service: ScriptedService
    /// What operators are told, in order.
    var notices: [String] { log.notices }
    private let log = Notices()

    private final class Notices {
        var notices: [String] = []

        func noticed(_ notice: ConnectionNotice) {
            switch notice {
            case .callRefused(let fault, _, _): notices.append("refused: \(fault.rawValue)")
            case .callCut(let fault, _): notices.append("cut: \(fault.rawValue)")
            case .draining(let cause, _): notices.append("drains: \(cause.rawValue)")
            }
        }
    }

    /// `greets`: HELLO has been exchanged. `beside`: on the loop of that one.
    init(
        limits: ConnectionLimits = ConnectionLimits(), rules: ConnectionRules = ConnectionRules(),
        clientLimits: ConnectionLimits = ConnectionLimits(), bytesInFlight: BytesInFlightLimits = .unlimited,
        peerURI: String? = Self.city, acceptsDirectCallers: Bool = true, greets: Bool = true,
        isEstablished: Bool = true, beside other: EmbeddedServer? = nil
    ) throws {
        let service = ScriptedService()
        var router = Router()
        service.register(on: &router)
        let policy = CallerPolicy(acceptsDirectCallers: acceptsDirectCallers)
        self.service = service
        let log = log
        peer = try EmbeddedPeer(
            peerURI: peerURI, isEstablished: isEstablished, bytesInFlight: bytesInFlight, on: other?.peer.loop
        ) { loop in
            ServerConnection(
                loop: loop, limits: limits, rules: rules, acceptor: RouterAcceptor(router: router, policy: policy),
                onNotice: { log.noticed($1) }, onEnd: { _, _ in })
        }
        guard greets else { return }
        #expect(try peer.exchange(.hello(clientLimits)).first?.type == FrameType.hello.rawValue)
    }
}
