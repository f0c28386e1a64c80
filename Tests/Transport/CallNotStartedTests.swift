import TestSupport
import Testing
import Wire

@testable import Transport

/// A call that its acceptor keeps waiting.
private final class WaitingCall: CallAcceptor, ServerCallReceiver {
    var isStarted = false
    var callerURI: String? { nil }
    var why: CallCancellation?

    func refusal(of connection: ServerConnection) -> ConnectionError? { nil }

    func accept(_ call: IncomingCall, on connection: ServerConnection) {
        connection.register(self, call.id)
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {}
    func cancelled(_ why: CallCancellation) { self.why = why }
    func responseBytesSent(_ bytes: Int) {}
}

@Suite struct CallNotStartedTests {
    @Test("a deadline that passes says whether the call was begun", arguments: [false, true])
    func deadline(_ isStarted: Bool) throws {
        let call = WaitingCall()
        call.isStarted = isStarted
        let peer = try EmbeddedPeer(peerURI: EmbeddedServer.city, isEstablished: true) { loop in
            ServerConnection(loop: loop, limits: ConnectionLimits(), acceptor: call, onEnd: { _, _ in })
        }
        try peer.exchange(.hello(ConnectionLimits()))
        try peer.exchange(.call(1, EmbeddedServer.empty, timeoutMicroseconds: 60_000_000))
        peer.end.deadlineReached(MonotonicInstant.now.advanced(byMicroseconds: 61_000_000))
        let status = try peer.frames().status(1)
        #expect(status?.code == .deadlineExceeded)
        #expect(status?.isNotStarted == !isStarted)
        #expect(call.why == .deadlineExceeded)
    }
}
