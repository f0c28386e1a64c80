public import Logging
internal import Metrics
public import NIOCore
internal import NIOPosix
internal import Synchronization
public import TLS
public import Wire

/// Where and how a server listens.
public struct ListenerConfiguration: Sendable {
    /// Port 0: one the system chooses.
    public var host: String
    public var port: Int
    public var limits: ConnectionLimits
    /// Connections beyond this many are closed at once.
    public var maximumConnections: Int

    public init(
        host: String, port: Int, limits: ConnectionLimits = ConnectionLimits(), maximumConnections: Int = 10_000
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.maximumConnections = maximumConnections
    }
}

/// Accepts TLS connections and gives their calls to an acceptor, one on each loop.
public final class Listener: Sendable {
    private let configuration: ListenerConfiguration
    private let tls: any TLSContextProvider
    private let loops: ConnectionLoops
    private let logger: Logger
    private let lanes: [ObjectIdentifier: NIOLoopBoundBox<Lane>]
    private let channel = Mutex<(any Channel)?>(nil)
    private let connectionCount = Mutex(0)

    /// Peers that never became connections: strangers, and those over the limit.
    private static let refusals = Counter(label: "rpc_connections_refused_total")

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
        self.logger = logger
        self.lanes = lanes
    }

    /// Binds and begins to accept; returns the endpoint. Throws the system's error (a port in use, a host that is not
    /// this machine's).
    public func start() async throws -> Endpoint {
        let bound = try await ServerBootstrap(group: loops.all[0].eventLoop, childGroup: loops.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
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
        let count = connectionCount.withLock { count in
            count += 1
            return count
        }
        guard count <= configuration.maximumConnections, !box.value.isDraining else {
            connectionCount.withLock { $0 -= 1 }
            Self.refusals.increment()
            logger.warning("connection refused: too many or draining", metadata: ["peer": "\(remote)"])
            throw ChannelError.connectPending
        }
        let connection = ServerConnection(loop: loop, limits: configuration.limits, acceptor: box.value.acceptor) {
            [weak self] connection, end in
            self?.ended(connection, end, remote)
        }
        let id = ObjectIdentifier(connection)
        box.value.connections[id] = connection
        channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.closed(id, box) }
        try channel.pipeline.syncOperations.addHandlers([try TLSHandler(context: tls), connection])
    }

    /// The socket is gone: only now what was sent last has surely left this process.
    private func closed(_ id: ObjectIdentifier, _ box: NIOLoopBoundBox<Lane>) {
        connectionCount.withLock { $0 -= 1 }
        box.value.connections[id] = nil
        if box.value.connections.isEmpty { box.value.whenEmpty?.succeed() }
    }

    private func ended(_ connection: ServerConnection, _ end: ConnectionEnd, _ remote: String) {
        let metadata: Logger.Metadata = [
            "peer": "\(remote)", "identity": "\(connection.peer?.uri ?? "none")", "reason": "\(end.reason)",
        ]
        switch end {
        case .closedByPeer, .lost: logger.debug("connection ended", metadata: metadata)
        case .failed:
            let isRefused = connection.peer == nil
            if isRefused { Self.refusals.increment() }
            logger.warning(isRefused ? "connection refused" : "connection failed", metadata: metadata)
        }
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
