internal import NIOCore
internal import Synchronization

/// Which connections the admin port keeps. Whoever operates the process must get in, also while somebody opens
/// connections and says nothing, and must get the whole of an answer; and the port may not take the files that the process
/// needs for its callers.
///
///     opened ──▶ silent ──a request came──▶ answering ──all of the answer is out──▶ answered
///                                               ▲                                      │
///                                               └────────────a request came────────────┘
///
/// At the limit one gives way to a newcomer:
///
/// 1. of those that were answered and stand idle, the one that was so longest ago: its client connects again when it next
///    has a question;
/// 2. of those that have asked nothing yet, the oldest, whatever they have sent: a part of a head, or what is none;
/// 3. one whose answer has not moved for ``stallSeconds``: nobody reads it.
///
/// One that is being answered never gives way; while all are, a newcomer is refused.
///
/// Each is closed when nothing has gone out to it for ``silence``: a request that never ends, an answer that
/// nobody reads. Invalid, and without effect: whatever is said of a connection that is closed.
struct AdminConnections: Equatable {
    /// Browsers open six; the rest is for Prometheus, scripts and whoever looks for a fault.
    static let most = 64
    static let usualSilence = TimeAmount.seconds(30)

    /// How long nothing may go out to a connection.
    private let silence: TimeAmount
    /// Longer than it takes to gather metrics from event loops that do not answer.
    static let stallSeconds: Int64 = 5

    private enum Standing: Int {
        case answered, silent, answering
    }

    private struct Connection: Equatable {
        var standing = Standing.silent
        /// When it was opened, asked, sent something, or answered: the latest.
        var since: NIODeadline
    }

    private let limit: Int
    private var connections: [UInt64: Connection] = [:]
    private var lastID: UInt64 = 0

    init(limit: Int = most, silence: TimeAmount = usualSilence) {
        self.limit = max(1, limit)
        self.silence = silence
    }

    var count: Int { connections.count }

    enum OnOpen: Equatable {
        /// `closing`: this one is to be closed for it.
        case keep(UInt64, closing: UInt64?)
        /// Close it; it is not counted.
        case refuse
    }

    /// A connection was opened.
    mutating func opened(at now: NIODeadline) -> OnOpen {
        var closing: UInt64?
        if connections.count >= limit {
            guard let other = givesWay(at: now) else { return .refuse }
            connections[other] = nil
            closing = other
        }
        lastID += 1
        connections[lastID] = Connection(since: now)
        return .keep(lastID, closing: closing)
    }

    /// Looks at each: a few dozen, and only when there are too many.
    private func givesWay(at now: NIODeadline) -> UInt64? {
        let stalledSince = now - .seconds(Self.stallSeconds)
        return connections.filter { $0.value.standing != .answering || $0.value.since <= stalledSince }.min {
            one, other in
            (one.value.standing.rawValue, one.value.since, one.key)
                < (other.value.standing.rawValue, other.value.since, other.key)
        }?.key
    }

    /// The whole head of a request came. Less than that is nothing to be answered: see case 2.
    mutating func asked(_ id: UInt64, at now: NIODeadline) {
        guard let connection = connections[id], connection.standing != .answering else { return }
        connections[id] = Connection(standing: .answering, since: now)
    }

    /// Bytes went out to it.
    mutating func sent(_ id: UInt64, at now: NIODeadline) {
        connections[id]?.since = now
    }

    /// All of the answer is out.
    mutating func answered(_ id: UInt64, at now: NIODeadline) {
        guard connections[id] != nil else { return }
        connections[id] = Connection(standing: .answered, since: now)
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
        let end = connection.since + silence
        return end <= now ? .close : .look(end)
    }

    mutating func closed(_ id: UInt64) {
        connections[id] = nil
    }
}

/// The connections of one admin port, on whatever loops.
final class AdminConnectionTable: Sendable {
    private struct State {
        var connections: AdminConnections
        var channels: [UInt64: any Channel] = [:]
    }

    private let state: Mutex<State>

    init(limit: Int, silence: TimeAmount) {
        state = Mutex(State(connections: AdminConnections(limit: limit, silence: silence)))
    }

    /// Returns the connection's id, after it has closed another if there were too many; `nil` when it is to be closed.
    func opened(_ channel: any Channel) -> UInt64? {
        let (id, closing) = state.withLock { state -> (UInt64?, (any Channel)?) in
            switch state.connections.opened(at: .now()) {
            case .keep(let id, let closing):
                state.channels[id] = channel
                return (id, closing.flatMap { state.channels.removeValue(forKey: $0) })
            case .refuse: return (nil, nil)
            }
        }
        closing?.close(promise: nil)
        return id
    }

    func asked(_ id: UInt64) {
        state.withLock { $0.connections.asked(id, at: .now()) }
    }

    func sent(_ id: UInt64) {
        state.withLock { $0.connections.sent(id, at: .now()) }
    }

    func answered(_ id: UInt64) {
        state.withLock { $0.connections.answered(id, at: .now()) }
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

/// Told to ``AdminConnectionHandler`` as a user outbound event.
enum AdminAnswer: Sendable {
    /// A request is about to be answered: another one, perhaps, that had come while the one before was.
    case begun
    /// An answer has been written: behind its bytes.
    case written
}

/// Tells the table of one connection: of its requests, of its bytes that have left, and of its end.
final class AdminConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = Never
    typealias OutboundIn = Never

    private let table: AdminConnectionTable
    private var id: UInt64?
    /// Writes that have not left.
    private var unsent = 0
    /// All of the answer has been written.
    private var isWritten = false

    init(_ table: AdminConnectionTable) {
        self.table = table
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard let id = table.opened(context.channel) else { return context.close(promise: nil) }
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

    /// Nothing comes before the whole head.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        begin()
        context.fireChannelRead(data)
    }

    private func begin() {
        isWritten = false
        if let id { table.asked(id) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Also what nobody asked for: that a head cannot be read.
        guard let id else { return context.write(data, promise: promise) }
        unsent += 1
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { [self] result in
            unsent -= 1
            if case .success = result { table.sent(id) }
            lookWhetherAnswered()
        }
        context.write(data, promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? AdminAnswer else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch event {
        case .begun: begin()
        case .written:
            isWritten = true
            lookWhetherAnswered()
        }
        promise?.succeed()
    }

    private func lookWhetherAnswered() {
        if let id, isWritten, unsent == 0 { table.answered(id) }
    }
}
