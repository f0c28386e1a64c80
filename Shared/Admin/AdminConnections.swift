internal import NIOCore
internal import Synchronization

/// Which connections the admin port keeps. Whoever operates the process must get in, also while somebody opens
/// connections and says nothing: so nobody is refused, and one of the others goes.
///
///     opened ──▶ silent ──an answer went out──▶ answered ──▶ closed
///                  │                               │
///                  └── gives way first             └── gives way when all were answered, the one longest ago
///
/// Either is closed when nothing has gone out to it for ``silenceSeconds``: a request that never ends, an answer that
/// nobody reads. Invalid, and without effect: whatever is said of a connection that is closed.
struct AdminConnections: Equatable {
    /// Browsers open six; the rest is for Prometheus, scripts and whoever looks for a fault.
    static let most = 64
    static let silenceSeconds: Int64 = 30

    private struct Connection: Equatable {
        var isAnswered = false
        /// When it was opened or, if it was, answered.
        var since: NIODeadline
    }

    private var connections: [UInt64: Connection] = [:]
    private var lastID: UInt64 = 0

    var count: Int { connections.count }

    /// A connection was opened; `closing` is one to be closed for it.
    mutating func opened(at now: NIODeadline) -> (id: UInt64, closing: UInt64?) {
        var closing: UInt64?
        if connections.count >= Self.most {
            // A few dozen are looked at, and only when there are too many.
            closing =
                connections.min { one, other in
                    (one.value.isAnswered ? 1 : 0, one.value.since, one.key)
                        < (other.value.isAnswered ? 1 : 0, other.value.since, other.key)
                }?.key
        }
        if let closing { connections[closing] = nil }
        lastID += 1
        connections[lastID] = Connection(since: now)
        return (lastID, closing)
    }

    /// Bytes went out to it.
    mutating func sent(_ id: UInt64, at now: NIODeadline) {
        guard connections[id] != nil else { return }
        connections[id] = Connection(isAnswered: true, since: now)
    }

    enum OnReview: Equatable {
        case close
        case look(NIODeadline)
        /// It is closed already.
        case nothing
    }

    /// Whether it has been silent for too long.
    func review(_ id: UInt64, at now: NIODeadline) -> OnReview {
        guard let connection = connections[id] else { return .nothing }
        let end = connection.since + .seconds(Self.silenceSeconds)
        return end <= now ? .close : .look(end)
    }

    mutating func closed(_ id: UInt64) {
        connections[id] = nil
    }
}

/// The connections of one admin port, on whatever loops.
final class AdminConnectionTable: Sendable {
    private struct State {
        var connections = AdminConnections()
        var channels: [UInt64: any Channel] = [:]
    }

    private let state = Mutex(State())

    /// Returns the connection's id, after it has closed another if there were too many.
    func opened(_ channel: any Channel) -> UInt64 {
        let (id, closing) = state.withLock { state -> (UInt64, (any Channel)?) in
            let (id, closing) = state.connections.opened(at: .now())
            state.channels[id] = channel
            return (id, closing.flatMap { state.channels.removeValue(forKey: $0) })
        }
        closing?.close(promise: nil)
        return id
    }

    func sent(_ id: UInt64) {
        state.withLock { $0.connections.sent(id, at: .now()) }
    }

    func review(_ id: UInt64) -> AdminConnections.OnReview {
        state.withLock { $0.connections.review(id, at: .now()) }
    }

    func closed(_ id: UInt64) {
        state.withLock { state in
            state.connections.closed(id)
            state.channels[id] = nil
        }
    }
}

/// Tells the table of one connection: of its bytes that have left, and of its end.
final class AdminConnectionHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = Never

    private let table: AdminConnectionTable
    private var id: UInt64?

    init(_ table: AdminConnectionTable) {
        self.table = table
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let id = table.opened(context.channel)
        self.id = id
        context.channel.closeFuture.whenComplete { [table] _ in table.closed(id) }
        review(context.channel, id)
    }

    private func review(_ channel: any Channel, _ id: UInt64) {
        switch table.review(id) {
        case .close: channel.close(promise: nil)
        case .look(let instant):
            channel.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: instant) {
                self.review(channel, id)
            }
        case .nothing: break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        if let id { promise.futureResult.whenSuccess { [table] in table.sent(id) } }
        context.write(data, promise: promise)
    }
}
