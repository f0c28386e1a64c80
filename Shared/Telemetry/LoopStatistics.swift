internal import Wire

/// Which end of its connections a figure is about.
public enum ConnectionSide: String, Sendable, CaseIterable {
    case server, client
}

/// All that is counted on one event loop. Confined to that loop; ``snapshot`` is taken there too.
public final class LoopStatistics {
    private static let maximumMethods = 1024
    private static let maximumBackends = 256

    /// Calls that came in, by method.
    public var methods = FiguresTable(limit: LoopStatistics.maximumMethods)
    /// Calls that were sent out, by the endpoint they went to.
    public var backends = FiguresTable(limit: LoopStatistics.maximumBackends)
    private var server = ConnectionSnapshot()
    private var client = ConnectionSnapshot()
    private var backendConnections: [String: Int] = [:]
    private var endpoints: [ObjectIdentifier: (service: String, reports: [EndpointReport])] = [:]
    private var lag = LatencyHistogram()
    private var polledNanoseconds: UInt64 = 0

    public init() {}

    /// Gives a method of this process figures of its own from the start.
    public func register(method path: String) {
        methods.register(path)
    }

    /// Has the calls of a service counted together as long as their methods are not known; a prefix of services, which
    /// ends in a dot, is none.
    public func register(service: String) {
        if service.last != "." { methods.register("\(service)/\(FiguresTable.other)") }
    }

    /// The figures of a call's method; `isKnown` is false for those that stand for all without figures of their own.
    public func method(_ path: UnsafeRawBufferPointer) -> (figures: CallFigures, isKnown: Bool) {
        if let figures = methods[path] { return (figures, true) }
        return (methods.remainder(of: path), false)
    }

    public func connectionOpened(_ side: ConnectionSide) {
        with(side) { $0.opened &+= 1 }
    }

    public func connectionClosed(_ side: ConnectionSide) {
        with(side) { $0.closed &+= 1 }
    }

    /// A connection to this endpoint can take calls, or no longer can (-1).
    public func backendConnections(_ backend: CallFigures, change: Int) {
        backendConnections[backend.name, default: 0] += change
    }

    /// These are the endpoints of a service now, says whoever connects to them; none when it does no longer. There are
    /// two for a service while its route changes.
    public func endpoints(of service: String, by owner: ObjectIdentifier, are reports: [EndpointReport]) {
        endpoints[owner] = reports.isEmpty ? nil : (service, reports)
    }

    public func handshakeSucceeded(_ side: ConnectionSide, nanoseconds: UInt64) {
        with(side) { $0.handshakes.record(nanoseconds: nanoseconds) }
    }

    /// - Parameter reason: one of a few words of this program, never of the peer.
    public func handshakeFailed(_ side: ConnectionSide, reason: String) {
        with(side) { $0.failedHandshakes[reason, default: 0] += 1 }
    }

    public func received(_ side: ConnectionSide, bytes: Int) {
        switch side {
        case .server: server.bytesReceived &+= UInt64(bytes)
        case .client: client.bytesReceived &+= UInt64(bytes)
        }
    }

    public func sent(_ side: ConnectionSide, bytes: Int) {
        switch side {
        case .server: server.bytesSent &+= UInt64(bytes)
        case .client: client.bytesSent &+= UInt64(bytes)
        }
    }

    /// The loop came to a timer so much later than the timer said.
    public func lagged(nanoseconds: UInt64) {
        lag.record(nanoseconds: nanoseconds)
    }

    /// The loop looked for frames for so long instead of sleeping.
    public func polled(nanoseconds: UInt64) {
        polledNanoseconds &+= nanoseconds
    }

    private func with(_ side: ConnectionSide, _ body: (inout ConnectionSnapshot) -> Void) {
        switch side {
        case .server: body(&server)
        case .client: body(&client)
        }
    }

    public var snapshot: LoopSnapshot {
        LoopSnapshot(
            methods: methods.snapshots, backends: backends.snapshots, server: server, client: client,
            backendConnections: backendConnections, endpoints: endpointSnapshots, lag: lag,
            polledNanoseconds: polledNanoseconds)
    }

    private var endpointSnapshots: [String: EndpointSnapshot] {
        var all: [String: EndpointSnapshot] = [:]
        for (service, reports) in endpoints.values {
            for report in reports { all += [report.name: EndpointSnapshot(report, service: service)] }
        }
        return all
    }
}

/// What is counted of the connections of one side.
public struct ConnectionSnapshot: Sendable, Equatable {
    public var opened: UInt64 = 0
    public var closed: UInt64 = 0
    /// Bytes of frames, within TLS.
    public var bytesReceived: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// The durations of those that succeeded.
    public var handshakes = LatencyHistogram()
    public var failedHandshakes: [String: UInt64] = [:]

    public init() {}

    public var open: UInt64 { opened >= closed ? opened - closed : 0 }

    static func += (sum: inout Self, other: Self) {
        sum.opened &+= other.opened
        sum.closed &+= other.closed
        sum.bytesReceived &+= other.bytesReceived
        sum.bytesSent &+= other.bytesSent
        sum.handshakes += other.handshakes
        sum.failedHandshakes.merge(other.failedHandshakes, uniquingKeysWith: &+)
    }
}

/// What a loop had counted at one moment, or the sum of several loops.
public struct LoopSnapshot: Sendable, Equatable {
    public var methods: [String: CallSnapshot] = [:]
    public var backends: [String: CallSnapshot] = [:]
    public var server = ConnectionSnapshot()
    public var client = ConnectionSnapshot()
    /// Connections that take calls, by endpoint.
    public var backendConnections: [String: Int] = [:]
    /// What is thought of each endpoint.
    public var endpoints: [String: EndpointSnapshot] = [:]
    public var lag = LatencyHistogram()
    /// What was spent on looking for frames instead of sleeping.
    public var polledNanoseconds: UInt64 = 0
    public var suppressedAccessLines: UInt64 = 0

    public init() {}

    init(
        methods: [String: CallSnapshot], backends: [String: CallSnapshot], server: ConnectionSnapshot,
        client: ConnectionSnapshot, backendConnections: [String: Int], endpoints: [String: EndpointSnapshot],
        lag: LatencyHistogram, polledNanoseconds: UInt64
    ) {
        self.methods = methods
        self.backends = backends
        self.server = server
        self.client = client
        self.backendConnections = backendConnections
        self.endpoints = endpoints
        self.lag = lag
        self.polledNanoseconds = polledNanoseconds
    }

    /// All methods together.
    public var calls: CallSnapshot {
        methods.values.reduce(into: CallSnapshot()) { $0 += $1 }
    }

    public static func += (sum: inout Self, other: Self) {
        sum.methods.merge(other.methods) { $0.adding($1) }
        sum.backends.merge(other.backends) { $0.adding($1) }
        sum.server += other.server
        sum.client += other.client
        sum.backendConnections.merge(other.backendConnections, uniquingKeysWith: +)
        sum.endpoints += other.endpoints
        sum.lag += other.lag
        sum.polledNanoseconds &+= other.polledNanoseconds
        sum.suppressedAccessLines &+= other.suppressedAccessLines
    }
}

extension CallSnapshot {
    fileprivate func adding(_ other: Self) -> Self {
        var sum = self
        sum += other
        return sum
    }
}
