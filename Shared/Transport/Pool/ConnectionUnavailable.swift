/// No connection could be had for a call: it was not started.
public struct ConnectionUnavailable: Error, Sendable, Hashable {
    public var reason: String
}
