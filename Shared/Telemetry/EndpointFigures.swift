public import Wire

/// What is thought of an endpoint. For operators: metrics and the status page.
public enum EndpointState: String, Sendable, CaseIterable {
    /// Nobody has asked for it.
    case idle
    /// It cannot be reached now.
    case connecting
    case serving
    /// It does not answer, though there is a connection: it gets no calls while others do.
    case silent
    /// It says itself that it does not serve.
    case unhealthy
    /// Its calls failed: it gets none for a while.
    case ejected
}

/// One endpoint of a service as one event loop sees it.
public struct EndpointReport: Sendable, Equatable {
    /// HOST:PORT.
    public var name: String
    public var state: EndpointState
    /// When an ejection ends; `nil` when there is none, or the next call decides.
    public var ejectedUntil: MonotonicInstant?

    public init(name: String, state: EndpointState, ejectedUntil: MonotonicInstant? = nil) {
        self.name = name
        self.state = state
        self.ejectedUntil = ejectedUntil
    }
}

/// One endpoint as all event loops see it, each of which judges for itself.
public struct EndpointSnapshot: Sendable, Equatable {
    /// How many loops say what, an endpoint of two services counted twice.
    public private(set) var states: [EndpointState: Int] = [:]
    /// The latest of all.
    public private(set) var ejectedUntil: MonotonicInstant?
    public private(set) var services: Set<String> = []

    init(_ report: EndpointReport, service: String) {
        states = [report.state: 1]
        ejectedUntil = report.ejectedUntil
        services = [service]
    }

    /// The one that an operator has to know of: an ejection on any loop, but a connection that only some loops lack is
    /// nothing, since those may not have asked for one.
    public var state: EndpointState {
        let order: [EndpointState] = [.ejected, .silent, .unhealthy, .serving, .connecting]
        return order.first { states[$0] != nil } ?? .idle
    }

    /// Some loops say otherwise.
    public var isPartly: Bool { states.count > 1 && [.ejected, .silent, .unhealthy].contains(state) }

    static func += (sum: inout Self, other: Self) {
        sum.states.merge(other.states, uniquingKeysWith: +)
        sum.ejectedUntil = [sum.ejectedUntil, other.ejectedUntil].compactMap { $0 }.max()
        sum.services.formUnion(other.services)
    }
}

extension [String: EndpointSnapshot] {
    static func += (sum: inout Self, other: Self) {
        sum.merge(other) { first, second in
            var both = first
            both += second
            return both
        }
    }
}
