public import Wire

/// A call as it came in.
public struct IncomingCall {
    public var id: UInt32
    /// Its first frame.
    public var frame: CallFrame
    /// The frame's timeout, counted from ``receivedAt``; `nil` for none.
    public var deadline: MonotonicInstant?
    public var receivedAt: MonotonicInstant

    public init(id: UInt32, frame: CallFrame, deadline: MonotonicInstant?, receivedAt: MonotonicInstant) {
        self.id = id
        self.frame = frame
        self.deadline = deadline
        self.receivedAt = receivedAt
    }
}

/// Decides what becomes of the calls of a connection: the RPC router, or a gateway.
public protocol CallAcceptor: AnyObject {
    /// The handshake is done. Return an error to refuse the peer.
    func refusal(of connection: ServerConnection) -> ConnectionError?
    /// Either registers a receiver for the call or ends it, both on `connection`.
    func accept(_ call: IncomingCall, on connection: ServerConnection)
}

/// Why a call ended from outside its handler.
public enum CallCancellation: Sendable, Hashable {
    case cancelledByCaller
    case deadlineExceeded
    case connectionLost
}

/// Hears what happens to one call after its first frame. All on the loop.
public protocol ServerCallReceiver: AnyObject {
    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool)
    /// The call is over for the caller; the slot stays taken until ``ServerConnection/release(_:)``.
    func cancelled(_ why: CallCancellation)
    /// Response bytes that had waited for credit went out.
    func responseBytesSent(_ bytes: Int)
    /// False while nobody has begun to serve the call: a deadline that passes then says so.
    var isStarted: Bool { get }
    /// On whose account bytes of the call are kept; `nil`: the connection's peer.
    var callerURI: String? { get }
}

extension ServerConnection {
    /// Puts another in the place of a call's receiver, which hears of all that comes and is let go of with the call. `false`
    /// when there is none: the call was refused, or is over.
    public func replaceReceiver(
        of id: UInt32, _ replacement: (any ServerCallReceiver) -> any ServerCallReceiver
    ) -> Bool {
        receivers.withElement(id) { $0 = replacement($0) } != nil
    }
}
