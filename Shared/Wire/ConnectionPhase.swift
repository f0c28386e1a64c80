/// How far a connection has come, for either end.
enum ConnectionPhase: Sendable {
    case awaitingHello
    case open(peer: ConnectionLimits)
    /// At the client: no more calls; those up to `lastStreamID` go on.
    case draining(peer: ConnectionLimits, lastStreamID: UInt32)
    case closed

    /// What the peer's HELLO allowed; `nil` before it and after the end.
    var peer: ConnectionLimits? {
        switch self {
        case .open(let peer), .draining(let peer, _): peer
        case .awaitingHello, .closed: nil
        }
    }

    /// What any frame but HELLO and GOAWAY means before HELLO; `nil` once it has come.
    var errorBeforeHello: ConnectionError? {
        switch self {
        case .awaitingHello: ConnectionError(.hello, "the first frame is not HELLO")
        case .open, .draining, .closed: nil
        }
    }

    mutating func helloReceived(_ hello: Hello, limits: ConnectionLimits) -> OnHello {
        switch self {
        case .awaitingHello:
            do throws(ConnectionError) {
                let version = try Hello(limits: limits).negotiatedVersion(with: hello)
                self = .open(peer: hello.limits)
                return .open(version: version)
            } catch {
                return .connectionError(error)
            }
        case .open, .draining:
            return .connectionError(ConnectionError(.hello, "a second HELLO"))
        case .closed:
            return .connectionError(ConnectionError(.hello, "HELLO on a connection that is over"))
        }
    }

    func pingReceived(flags: FrameFlags) -> OnPing {
        if let error = errorBeforeHello { return .connectionError(error) }
        return flags.contains(.acknowledgement) ? .acknowledged : .answer
    }
}

/// What a HELLO frame brings about.
public enum OnHello: Sendable, Hashable {
    case open(version: UInt16)
    case connectionError(ConnectionError)
}

/// What a PING frame brings about.
public enum OnPing: Sendable, Hashable {
    /// Send the same eight bytes back with the flag ACKNOWLEDGEMENT.
    case answer
    case acknowledged
    case connectionError(ConnectionError)
}

/// What a CREDIT frame brings about.
public enum OnCredit: Sendable, Hashable {
    /// More may be sent on this stream.
    case streamWritable
    /// More may be sent on every stream.
    case connectionWritable
    /// The call is over.
    case ignore
    /// End the call with RESET of this code.
    case resetStream(ResetCode)
    case connectionError(ConnectionError)
}

extension ConnectionError {
    static func neverOpened(_ type: FrameType, _ id: UInt32) -> ConnectionError {
        ConnectionError(.protocolViolation, "\(type) on stream \(id), which was never opened")
    }
}
