/// What an endpoint said of itself, by the health checking protocol (`quality.rpc.v1.HealthService`, as gRPC's).
public enum EndpointHealth: Sendable, Hashable {
    /// Nothing yet.
    case unknown
    case serving
    /// The reason is for a person.
    case notServing(reason: String)

    /// How willingly calls are sent there: only endpoints of the best rank that there is get any, and those of the last
    /// rank none. There is no panic mode: an endpoint that says it does not serve would only fail the call later.
    public var rank: Int {
        switch self {
        case .serving: 2
        case .unknown: 1
        case .notServing: 0
        }
    }
}

/// How one endpoint is watched, over one of its connections.
///
/// Watch as long as the server knows it; an endpoint that knows no health at all counts as serving (gRPC, "Client-Side
/// Health Checking"). A server with Check only is asked on a period. When an attempt ends otherwise, the last word
/// stands and the next one is made after a pause.
public struct HealthWatchMachine: Sendable {
    public enum Method: Sendable, Hashable {
        case watch, check
    }

    public enum OnEnd: Sendable, Hashable {
        /// Call again after this pause.
        case again(Method, afterMicroseconds: UInt64)
        /// The endpoint knows no health: it counts as serving, and is asked no more on this connection.
        case serving
    }

    private static let firstPauseMicroseconds: UInt64 = 1_000_000
    private static let longestPauseMicroseconds: UInt64 = 30_000_000

    private let checkIntervalMicroseconds: UInt64
    public private(set) var method = Method.watch
    private var pauseMicroseconds = firstPauseMicroseconds

    public init(checkIntervalMicroseconds: UInt64 = 5_000_000) {
        self.checkIntervalMicroseconds = checkIntervalMicroseconds
    }

    /// An answer came: what follows a failure begins with the shortest pause again.
    public mutating func answered() {
        pauseMicroseconds = Self.firstPauseMicroseconds
    }

    /// The call ended. `isUnimplemented`: the server knows no such method.
    public mutating func ended(isUnimplemented: Bool, isOK: Bool) -> OnEnd {
        if isUnimplemented {
            guard method == .watch else { return .serving }
            method = .check
            return .again(.check, afterMicroseconds: 0)
        }
        if isOK, method == .check { return .again(.check, afterMicroseconds: checkIntervalMicroseconds) }
        let pause = pauseMicroseconds
        pauseMicroseconds = min(pause * 8 / 5, Self.longestPauseMicroseconds)
        return .again(method, afterMicroseconds: pause)
    }
}
