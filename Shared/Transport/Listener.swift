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
    private let tls: TLSContext
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
        _ configuration: ListenerConfiguration, tls: TLSContext, loops: ConnectionLoops, logger: Logger,
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
        _ configuration: ListenerConfiguration, tls: TLSContext, loops: ConnectionLoops, logger: Logger,
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
            self?.ended(connection, end, remote, box)
        }
        box.value.connections[ObjectIdentifier(connection)] = connection
        try channel.pipeline.syncOperations.addHandlers([try TLSHandler(context: tls), connection])
    }

    private func ended(
        _ connection: ServerConnection, _ end: ConnectionEnd, _ remote: String, _ box: NIOLoopBoundBox<Lane>
    ) {
        connectionCount.withLock { $0 -= 1 }
        box.value.connections[ObjectIdentifier(connection)] = nil
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
        if box.value.connections.isEmpty { box.value.whenEmpty?.succeed() }
    }

    /// Takes no more connections and calls, lets open calls end for `grace`, then closes what is left.
    public func drain(grace: TimeAmount) async {
        try? await channel.withLock { $0 }?.close()
        for (loop, box) in loops.all.compactMap({ loop in lanes[ObjectIdentifier(loop.eventLoop)].map { (loop, $0) } })
        {
            let empty = loop.eventLoop.flatSubmit {
                box.value.isDraining = true
                for connection in box.value.connections.values { connection.drain() }
                let promise = loop.eventLoop.makePromise(of: Void.self)
                box.value.whenEmpty = promise
                if box.value.connections.isEmpty { promise.succeed() }
                let timer = loop.eventLoop.scheduleTask(in: grace) { promise.succeed() }
                promise.futureResult.whenComplete { _ in timer.cancel() }
                return promise.futureResult
            }
            try? await empty.get()
            try? await loop.eventLoop.submit {
                for connection in box.value.connections.values { connection.closeGracefully() }
            }.get()
        }
    }
}
