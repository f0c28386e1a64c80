public import Logging
public import NIOCore
internal import NIOPosix
internal import RPC
internal import Synchronization
public import TLS
internal import Wire

/// Accepts TLS connections and gives their calls to an acceptor, one on each loop.
public final class Listener: Sendable {
    private let configuration: ListenerConfiguration
    private let tls: any TLSContextProvider
    private let loops: ConnectionLoops
    private let log: ConnectionLog
    private let lanes: [ObjectIdentifier: NIOLoopBoundBox<Lane>]
    private let channel = Mutex<(any Channel)?>(nil)
    private let census = Mutex(ConnectionCensus())

    /// The connections of one loop.
    private struct Lane {
        let acceptor: any CallAcceptor
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var isDraining = false
        var whenEmpty: EventLoopPromise<Void>?
    }

    public static func make(
        _ configuration: ListenerConfiguration, tls: any TLSContextProvider, loops: ConnectionLoops, logger: Logger,
        acceptor: @escaping @Sendable (ConnectionLoop) -> any CallAcceptor
    ) async throws -> Listener {
        var lanes: [ObjectIdentifier: NIOLoopBoundBox<Lane>] = [:]
        for loop in loops.all {
            lanes[ObjectIdentifier(loop.eventLoop)] = try await loop.eventLoop.submit {
                NIOLoopBoundBox(Lane(acceptor: acceptor(loop)), eventLoop: loop.eventLoop)
            }.get()
        }
        return Listener(configuration, tls: tls, loops: loops, logger: logger, lanes: lanes)
    }

    private init(
        _ configuration: ListenerConfiguration, tls: any TLSContextProvider, loops: ConnectionLoops, logger: Logger,
        lanes: [ObjectIdentifier: NIOLoopBoundBox<Lane>]
    ) {
        self.configuration = configuration
        self.tls = tls
        self.loops = loops
        log = ConnectionLog(logger)
        self.lanes = lanes
    }

    /// Binds and begins to accept; returns the endpoint. Throws the system's error (a port in use, a host that is not
    /// this machine's).
    public func start() async throws -> Endpoint {
        let bound = try await ServerBootstrap(group: loops.all[0].eventLoop, childGroup: loops.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // After each read the loop looks at its other connections: a flood is not read four times in a row.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 1 << 18, high: 1 << 20))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel) }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        channel.withLock { $0 = bound }
        return Endpoint(host: configuration.host, port: bound.localAddress?.port ?? configuration.port)
    }

    private func initialize(_ channel: any Channel) throws {
        let loop = loops[channel.eventLoop]
        guard let box = lanes[ObjectIdentifier(channel.eventLoop)] else { return }
        let remote = channel.remoteAddress?.description ?? "unknown"
        if box.value.isDraining {
            log.refused("draining", "this process is draining", remote)
            throw ChannelError.connectPending
        }
        if let refusal = census.withLock({ $0.accept(configuration) }) {
            log.refused(refusal.cause, refusal.reason, remote)
            throw ChannelError.connectPending
        }
        let connection = ServerConnection(
            loop: loop, limits: configuration.limits, rules: configuration.rules, acceptor: box.value.acceptor,
            onEstablished: { [weak self] in self?.established($0) },
            onNotice: { [log] in log.noticed($1, of: $0, remote) }, onEnd: { [log] in log.ended($1, of: $0, remote) })
        let id = ObjectIdentifier(connection)
        box.value.connections[id] = connection
        channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.closed(connection, box) }
        try channel.pipeline.syncOperations.addHandlers([
            try TLSHandler(context: tls, handshakeTimeout: .seconds(configuration.handshakeTimeoutSeconds)), connection,
        ])
    }

    /// The peer has proved who it is.
    private func established(_ connection: ServerConnection) -> ConnectionError? {
        let refusal = census.withLock { $0.establish(connection.peer?.uri ?? "", configuration) }
        return foreignDomain(connection) ?? refusal
    }

    /// One authority may certify several suites: whoever is of another one than this process has no business here,
    /// whatever its name. A peer without any form of identity is its acceptor's to judge.
    private func foreignDomain(_ connection: ServerConnection) -> ConnectionError? {
        guard let identity = connection.peer?.uri.flatMap(CallerIdentity.init(uri:)) else { return nil }
        let own = tls.current.trustDomain
        guard identity.domain != own else { return nil }
        return ConnectionError(
            .protocolViolation,
            "the peer's certificate is of the trust domain \(identity.domain); this process serves \(own ?? "none")",
            cause: "trust_domain")
    }

    /// The socket is gone: only now what was sent last has surely left this process.
    private func closed(_ connection: ServerConnection, _ box: NIOLoopBoundBox<Lane>) {
        census.withLock { $0.close(connection.peer?.uri) }
        box.value.connections[ObjectIdentifier(connection)] = nil
        if box.value.connections.isEmpty { box.value.whenEmpty?.succeed() }
    }
}

// MARK: - Draining

/// How long a server that stops lets its calls go on.
public struct DrainTimes: Sendable, Hashable {
    /// Every call still open after this ends with UNAVAILABLE.
    public var total: TimeAmount
    /// Calls without a deadline, which would go on for ever, end after this: their callers go elsewhere.
    public var openEnded: TimeAmount

    public init(total: TimeAmount, openEnded: TimeAmount = .seconds(1)) {
        self.total = total
        self.openEnded = min(openEnded, total)
    }
}

extension Listener {
    /// Callers whose calls are ended come back at different times.
    private static let pushbackMilliseconds: ClosedRange<Int32> = 50...500
    /// How long the last bytes may take to leave.
    private static let closeTimeout = TimeAmount.seconds(2)

    /// Takes no more connections, has every connection take no more calls, lets open calls end, and closes what is left
    /// when the time is over.
    ///
    /// The listening socket goes first: a peer that is told to go elsewhere must not come back here. Connections it had
    /// not handed over yet are reset by the system before they have sent a call.
    public func drain(_ times: DrainTimes) async {
        try? await channel.withLock { $0 }?.close()
        let lanes = loops.all.compactMap { loop in self.lanes[ObjectIdentifier(loop.eventLoop)].map { (loop, $0) } }
        let drained = lanes.map { loop, box in loop.eventLoop.flatSubmit { self.drain(box, times, loop.eventLoop) } }
        for lane in drained { try? await lane.get() }
    }

    /// The same with the usual time for calls without a deadline.
    public func drain(grace: TimeAmount) async {
        await drain(DrainTimes(total: grace))
    }

    private func drain(
        _ box: NIOLoopBoundBox<Lane>, _ times: DrainTimes, _ loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        box.value.isDraining = true
        let empty = loop.makePromise(of: Void.self)
        box.value.whenEmpty = empty
        for connection in box.value.connections.values { connection.drain() }
        if box.value.connections.isEmpty { empty.succeed() }
        let isolated = loop.assumeIsolatedUnsafeUnchecked()
        let timers = [
            isolated.scheduleTask(in: times.openEnded) {
                for connection in box.value.connections.values {
                    connection.endOpenEndedCalls { .random(in: Self.pushbackMilliseconds) }
                }
            },
            isolated.scheduleTask(in: times.total) {
                for connection in box.value.connections.values { connection.endAllCalls() }
            },
            isolated.scheduleTask(in: times.total + Self.closeTimeout) { empty.succeed() },
        ]
        empty.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { _ in
            for timer in timers { timer.cancel() }
        }
        return empty.futureResult
    }
}
