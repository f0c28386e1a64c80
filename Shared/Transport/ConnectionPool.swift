public import Logging
internal import NIOCore
internal import NIOPosix
internal import RPC
public import TLS
public import Wire

/// How to reach the endpoints of one service.
public struct ConnectionPoolConfiguration: Sendable {
    /// Taken in turn.
    public var endpoints: [Endpoint]
    public var connectionsPerEndpoint: Int
    public var limits: ConnectionLimits
    /// What the servers are held to, see ``ConnectionRules/asClient``.
    public var rules: ConnectionRules
    public var connectTimeoutSeconds: Int64
    /// Calls that may wait for a connection or a slot.
    public var maximumWaitingCalls: Int
    /// Whom to accept as the server; the name of a host says nothing here.
    public var server: PeerRule

    public init(
        endpoints: [Endpoint], connectionsPerEndpoint: Int = 1, limits: ConnectionLimits = ConnectionLimits(),
        rules: ConnectionRules = ConnectionRules(),
        connectTimeoutSeconds: Int64 = 5, maximumWaitingCalls: Int = 10_000, server: PeerRule
    ) {
        self.endpoints = endpoints
        self.connectionsPerEndpoint = connectionsPerEndpoint
        self.limits = limits
        self.rules = rules
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.maximumWaitingCalls = maximumWaitingCalls
        self.server = server
    }
}

/// The connections of one loop to the endpoints of one service: taken in turn, dead ones skipped, reconnected with
/// backoff. Confined to the loop.
public final class ConnectionPool {
    /// What a call that waits is told.
    public typealias Waiter = (Result<ClientConnection, ConnectionUnavailable>) -> Void

    /// The longest that a call waits for the next attempt to reach an endpoint that is down.
    static let patienceMicroseconds: UInt64 = 2_000_000

    private let configuration: ConnectionPoolConfiguration
    private let tls: any TLSContextProvider
    private let loop: ConnectionLoop
    private let logger: Logger
    private var slots: [Slot]
    private var nextSlot = 0
    private var waiters = CircularBuffer<(id: UInt64, waiter: Waiter)>()
    private var nextWaiterID: UInt64 = 0
    private var isClosed = false

    private struct Slot {
        enum State {
            case idle
            case connecting
            case ready(ClientConnection)
            case backingOff(until: MonotonicInstant)
        }
        var endpoint: Endpoint
        var state = State.idle
        var backoff = Backoff()
        var lastFailure = ""
    }

    public init(
        _ configuration: ConnectionPoolConfiguration, tls: any TLSContextProvider, loop: ConnectionLoop, logger: Logger
    ) {
        self.configuration = configuration
        self.tls = tls
        self.loop = loop
        self.logger = logger
        slots = (0..<max(1, configuration.connectionsPerEndpoint)).flatMap { _ in
            configuration.endpoints.map { Slot(endpoint: $0) }
        }
    }

    /// The next connection in turn that has a free slot. Starts connecting what is not connected.
    public func readyConnection() -> ClientConnection? {
        for step in 0..<slots.count {
            let index = (nextSlot + step) % slots.count
            switch slots[index].state {
            case .ready(let connection) where connection.hasFreeSlot:
                nextSlot = (index + 1) % slots.count
                return connection
            case .idle:
                connect(index)
            case .backingOff(let until) where until <= .now:
                connect(index)
            case .ready, .connecting, .backingOff:
                break
            }
        }
        return nil
    }

    /// Hands over a connection with a free slot: at once if there is one, else when there is. Fails when every endpoint
    /// is down and none is tried again within ``patienceMicroseconds``, when the attempt that was waited for fails, or
    /// when too many calls wait. Returns an id for ``stopWaiting(_:)``.
    @discardableResult
    public func connection(_ waiter: @escaping Waiter) -> UInt64? {
        if let ready = readyConnection() {
            waiter(.success(ready))
            return nil
        }
        guard !isClosed, mayBecomeReady || retrySoon() else {
            waiter(.failure(ConnectionUnavailable(reason: unavailableReason)))
            return nil
        }
        guard waiters.count < configuration.maximumWaitingCalls else {
            waiter(.failure(ConnectionUnavailable(reason: "\(waiters.count) calls wait for a connection already")))
            return nil
        }
        nextWaiterID += 1
        waiters.append((nextWaiterID, waiter))
        return nextWaiterID
    }

    /// The call is no longer wanted.
    public func stopWaiting(_ id: UInt64) {
        waiters.removeAll { $0.id == id }
    }

    /// Waits for the next attempt if it comes soon: so that a call does not fail because another one found the endpoint
    /// down a moment ago, and so that calls to what is down for long fail at once.
    private func retrySoon() -> Bool {
        let now = MonotonicInstant.now
        let next = slots.indices.compactMap { index -> (index: Int, until: MonotonicInstant)? in
            if case .backingOff(let until) = slots[index].state { (index, until) } else { nil }
        }.min { $0.until < $1.until }
        guard let next, next.until <= now.advanced(byMicroseconds: Self.patienceMicroseconds) else { return false }
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            deadline: .uptimeNanoseconds(next.until.nanoseconds)
        ) { [self] in
            if case .backingOff(let until) = slots[next.index].state, until == next.until { connect(next.index) }
        }
        return true
    }

    private var mayBecomeReady: Bool {
        slots.contains { slot in
            switch slot.state {
            case .connecting, .ready: true
            case .idle, .backingOff: false
            }
        }
    }

    private var unavailableReason: String {
        if isClosed { return "this client is closed" }
        let failures = slots.map { "\($0.endpoint): \($0.lastFailure)" }
        return failures.isEmpty
            ? "no endpoint is configured" : "no endpoint answers (\(failures.joined(separator: "; ")))"
    }

    // MARK: Connecting

    /// Connections refer to the pool and the pool to them until they end. Weak references here would make every retain
    /// of the pool slow, and it is asked at every call.
    private func connect(_ index: Int) {
        guard !isClosed else { return }
        slots[index].state = .connecting
        let endpoint = slots[index].endpoint
        let loop = loop
        let connection = NIOLoopBound(
            ClientConnection(
                loop: loop, limits: configuration.limits, rules: configuration.rules.asClient,
                backend: "\(endpoint)",
                onReady: { self.ready(index, $0) }, onSlot: { _ in self.serveWaiters() },
                onGoAway: { self.goingAway(index, $0) }, onEnd: { self.ended(index, $0, $1) }),
            eventLoop: loop.eventLoop)
        ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(.seconds(configuration.connectTimeoutSeconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 1 << 18, high: 1 << 20))
            .channelInitializer { [tls, configuration] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try TLSHandler(context: tls, peerRule: configuration.server)
                    try channel.pipeline.syncOperations.addHandlers([handler, connection.value])
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .assumeIsolatedUnsafeUnchecked()
            .whenFailure { error in
                self.failed(index, "cannot connect: \(Self.words(error))")
            }
    }

    /// Why there is no connection, in the system's own words: "Connection refused".
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map { words($0.error) }
            let lookups = [error.dnsAError, error.dnsAAAAError].compactMap { $0 }.map { "\($0)" }
            return (causes.isEmpty ? lookups : causes).joined(separator: ", ")
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        default: return "\(error)"
        }
    }

    private func ready(_ index: Int, _ connection: ClientConnection) {
        guard !isClosed else {
            connection.closeGracefully()
            return
        }
        slots[index].state = .ready(connection)
        slots[index].backoff.reset()
        logger.debug("connected", metadata: ["endpoint": "\(slots[index].endpoint)"])
        serveWaiters()
    }

    /// The connection takes no more calls: its place is another's, while its own calls go on to their end.
    private func goingAway(_ index: Int, _ connection: ClientConnection) {
        guard case .ready(let current) = slots[index].state, current === connection else { return }
        slots[index].state = .idle
        logger.debug("connection takes no more calls", metadata: ["endpoint": "\(slots[index].endpoint)"])
        // One that nobody used is made again when somebody does.
        if connection.openCalls > 0 || !waiters.isEmpty { connect(index) }
    }

    private func ended(_ index: Int, _ connection: ClientConnection, _ end: ConnectionEnd) {
        // Its place was given to another when it went away.
        guard !connection.hasToldGoAway || !connection.wasReady else { return }
        switch slots[index].state {
        case .ready:
            // It had worked: one attempt at once, backoff only if that fails.
            slots[index].state = .idle
            slots[index].lastFailure = end.reason
            logger.log(
                level: isClosed ? .debug : .info, "connection ended",
                metadata: ["endpoint": "\(slots[index].endpoint)", "reason": "\(end.reason)"])
            if !waiters.isEmpty { connect(index) }
        case .connecting:
            failed(index, end.reason)
        case .idle, .backingOff: break
        }
    }

    private func failed(_ index: Int, _ reason: String) {
        guard case .connecting = slots[index].state else { return }
        slots[index].lastFailure = reason
        let wait = slots[index].backoff.next(random: .random(in: 0...1))
        slots[index].state = .backingOff(until: MonotonicInstant.now.advanced(byMicroseconds: wait.wholeMicroseconds))
        logger.warning(
            "endpoint unavailable",
            metadata: [
                "endpoint": "\(slots[index].endpoint)", "reason": "\(reason)", "retry_after": "\(wait)",
            ])
        guard !mayBecomeReady else { return }
        let failure = ConnectionUnavailable(reason: unavailableReason)
        let waiting = waiters
        waiters.removeAll()
        for (_, waiter) in waiting { waiter(.failure(failure)) }
    }

    private func serveWaiters() {
        while !waiters.isEmpty, let connection = readyConnection() {
            waiters.removeFirst().waiter(.success(connection))
        }
    }

    /// Ends every connection. Calls that wait fail.
    public func close() {
        isClosed = true
        for slot in slots {
            if case .ready(let connection) = slot.state { connection.closeGracefully() }
        }
        let failure = ConnectionUnavailable(reason: unavailableReason)
        for (_, waiter) in waiters { waiter(.failure(failure)) }
        waiters.removeAll()
    }
}

/// No connection could be had for a call: it was not started.
public struct ConnectionUnavailable: Error, Sendable, Hashable {
    public var reason: String
}
