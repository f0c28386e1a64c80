public import Logging
internal import NIOCore
internal import NIOPosix
internal import RPC
internal import Synchronization
public import TLS
internal import Wire

/// Accepts TLS connections and gives their calls to an acceptor, one on each loop.
public final class Listener: Sendable {
    private let configuration: ListenerConfiguration
    private let tls: any TLSContextProvider
    let loops: ConnectionLoops
    let log: ConnectionLog
    let lanes: [ObjectIdentifier: NIOLoopBoundBox<Lane>]
    let listening = Mutex(Listening())

    struct Listening {
        var channel: (any Channel)?
        /// Nobody is accepted any more.
        var isOver = false
        /// While the socket is lost, and each attempt to bind it anew fails.
        var outage = OutageNotices()
    }

    private let peers = Mutex(Peers())

    /// Those that are counted, and how to end one that must give way.
    private struct Peers {
        var census = ConnectionCensus()
        var handshakes: [UInt64: NIOLoopBound<TLSHandler>] = [:]
        var seats: [UInt64: Seat] = [:]
        /// Those that were told to go, as long as their leave may be cut short.
        var leaving: [UInt64: NIOLoopBound<ServerConnection>] = [:]

        /// Hands out both at once, so that nothing is copied.
        mutating func ask<Answer>(_ body: (inout ConnectionCensus, [UInt64: Seat]) -> Answer) -> Answer {
            body(&census, seats)
        }
    }

    /// What others may see and do of an established connection.
    private struct Seat {
        let use: ConnectionUse
        let connection: NIOLoopBound<ServerConnection>
    }

    /// The connections of one loop.
    struct Lane {
        let acceptor: any CallAcceptor
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var drain: LaneDrain?
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
        let bound = try await bind(port: configuration.port).get()
        let port = bound.localAddress?.port ?? configuration.port
        listen(on: bound, port: port)
        return Endpoint(host: configuration.host, port: port)
    }

    private func bind(port: Int) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: loops.all[0].eventLoop, childGroup: loops.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: UInt(AcceptHandler.mostAtOnce))
            .serverChannelInitializer { [configuration, log] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptHandler(configuration.descriptors, log))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // After each read the loop looks at its other connections: a flood is not read four times in a row.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 1 << 18, high: 1 << 20))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel) }
            }
            .bind(host: configuration.host, port: port)
    }

    /// Until the drain takes it: a socket that is lost for any other reason is bound anew.
    private func listen(on bound: any Channel, port: Int) {
        let outcome = listening.withLock { listening -> OutageNotices.OnSuccess? in
            guard !listening.isOver else { return nil }
            listening.channel = bound
            return listening.outage.succeeded(at: .now)
        }
        guard let outcome else { return bound.close(promise: nil) }
        if case .tell(let attempts, _) = outcome { log.listenerBack(attempts: attempts) }
        bound.closeFuture.whenComplete { result in self.lost(port, result) }
    }

    private func lost(_ port: Int, _ result: Result<Void, any Error>) {
        let reason =
            switch result {
            case .success: "it was closed"
            case .failure(let error): ErrorWords.of(error)
            }
        let notice = listening.withLock { $0.isOver ? nil : $0.outage.failed(reason, at: .now) }
        guard let notice else { return }
        if case .tell(let attempts) = notice { log.listenerLost(reason, attempts: attempts) }
        loops.all[0].eventLoop.scheduleTask(in: Self.rebindPause) { [self] in
            bind(port: port).whenComplete { result in
                switch result {
                case .success(let bound): self.listen(on: bound, port: port)
                case .failure(let error): self.lost(port, .failure(error))
                }
            }
        }
    }

    private static let rebindPause = TimeAmount.seconds(1)

    /// For tests: what happens to a listening socket by itself.
    var listeningChannel: (any Channel)? { listening.withLock { $0.channel } }

    private func initialize(_ channel: any Channel) throws {
        let loop = loops[channel.eventLoop]
        guard let box = lanes[ObjectIdentifier(channel.eventLoop)] else { return }
        let remote = PeerAddress.text(channel.remoteAddress)
        if box.value.drain != nil {
            log.refused("draining", "this process is draining", remote)
            throw ChannelError.connectPending
        }
        let id: UInt64
        switch admit(channel) {
        case .success(let admission):
            id = admission.id
            if let displaced = admission.displaced { Self.giveWay(displaced) }
            if let cut = admission.cut { Self.cutShort(cut) }
        case .failure(let refusal):
            log.refused(refusal.cause, refusal.reason, remote)
            throw ChannelError.connectPending
        }
        let connection = ServerConnection(
            loop: loop, limits: configuration.limits, rules: configuration.rules, acceptor: box.value.acceptor,
            onEstablished: { [weak self] in self?.established($0, id, refusal: $1) ?? $1 },
            onNotice: { [log] in log.noticed($1, of: $0, remote) }, onEnd: { [log] in log.ended($1, of: $0, remote) })
        box.value.connections[ObjectIdentifier(connection)] = connection
        channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.closed(connection, id, box) }
        let handler = try TLSHandler(
            context: tls, handshakeTimeout: .seconds(configuration.handshakeTimeoutSeconds),
            onPeerSpoke: { [weak self] in self?.peers.withLock { $0.census.spoke(id) } })
        peers.withLock { $0.handshakes[id] = NIOLoopBound(handler, eventLoop: channel.eventLoop) }
        try channel.pipeline.syncOperations.addHandlers([handler, connection])
    }

    private struct Admission {
        let id: UInt64
        /// The handshake that gives way to this one's.
        let displaced: NIOLoopBound<TLSHandler>?
        /// Has been told to go, and is to do so now.
        let cut: NIOLoopBound<ServerConnection>?
    }

    /// Counts a peer that has connected.
    private func admit(_ channel: any Channel) -> Result<Admission, ConnectionCensus.Refusal> {
        let network = PeerNetwork(channel.remoteAddress)
        return peers.withLock { peers -> Result<Admission, ConnectionCensus.Refusal> in
            let outcome = peers.ask { census, seats in
                census.accept(from: network, at: .now, configuration) { seats[$0]?.use.idleSince }
            }
            switch outcome {
            case .admit(let id, insteadOf: let other):
                let cut = peers.census.cutShort(configuration)
                return .success(
                    Admission(
                        id: id, displaced: other.flatMap { peers.handshakes.removeValue(forKey: $0) },
                        cut: cut.flatMap { peers.leaving.removeValue(forKey: $0) }))
            case .refuse(let refusal): return .failure(refusal)
            }
        }
    }

    private static func giveWay(_ handshake: NIOLoopBound<TLSHandler>) {
        handshake.eventLoop.execute {
            handshake.value.endHandshake(
                TLSError(
                    .handshakeDisplaced,
                    "the TLS handshake was not over, and another peer needed its place (limits.handshakes)"))
        }
    }

    private static func cutShort(_ connection: NIOLoopBound<ServerConnection>) {
        connection.eventLoop.execute {
            connection.value.abandon("its place was another's, and no descriptor was left to take leave with")
        }
    }

    /// The peer has proved who it is. `refusal`: its acceptor does not take it.
    private func established(
        _ connection: ServerConnection, _ id: UInt64, refusal: ConnectionError?
    ) -> ConnectionError? {
        // Judged first: for one that may not stay nobody gives way.
        let refusal = foreignDomain(connection) ?? refusal
        let peer = ConnectionCensus.Peer(connection)
        let own = NIOLoopBound(connection, eventLoop: connection.loop.eventLoop)
        let (outcome, displaced) = peers.withLock { peers -> (ConnectionCensus.OnEstablish, Seat?) in
            peers.handshakes[id] = nil
            if let refusal {
                peers.census.turnAway(id)
                peers.leaving[id] = own
                return (.refuse(refusal), nil)
            }
            let outcome = peers.ask { census, seats in
                census.establish(
                    id, peer, at: .now, configuration, idleSince: { seats[$0]?.use.idleSince },
                    take: { seats[$0]?.use.take() ?? false })
            }
            guard case .admit(insteadOf: let other) = outcome else {
                peers.leaving[id] = own
                return (outcome, nil)
            }
            peers.seats[id] = Seat(use: connection.use, connection: own)
            let displaced = other.flatMap { peers.seats.removeValue(forKey: $0) }
            if let other { peers.leaving[other] = displaced?.connection }
            return (outcome, displaced)
        }
        if let displaced {
            displaced.connection.eventLoop.execute { displaced.connection.value.giveWay() }
        }
        switch outcome {
        case .admit: return nil
        case .refuse(let error): return error
        }
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
    private func closed(_ connection: ServerConnection, _ id: UInt64, _ box: NIOLoopBoundBox<Lane>) {
        peers.withLock { peers in
            peers.handshakes[id] = nil
            peers.seats[id] = nil
            peers.leaving[id] = nil
            peers.census.close(id)
        }
        box.value.connections[ObjectIdentifier(connection)] = nil
        if box.value.connections.isEmpty { box.value.drain?.whenEmpty.succeed() }
    }
}

extension ConnectionCensus.Peer {
    init(_ connection: ServerConnection) {
        let uri = connection.peer?.uri ?? ""
        self.init(identity: uri, isService: connection.isOfService)
    }
}

extension PeerNetwork {
    init(_ address: SocketAddress?) {
        switch address {
        // As sockaddr_in and sockaddr_in6 have them, behind family, port and flow.
        case .v4: self = .ipv4(Self.number(address, at: 4, UInt32.self))
        case .v6:
            self = .ipv6(
                high: Self.number(address, at: 8, UInt64.self), low: Self.number(address, at: 16, UInt64.self))
        case .unixDomainSocket, nil: self = .other
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ address: SocketAddress?, at offset: Int, _: Number.Type
    ) -> Number {
        address?.withSockAddr { address, byteCount in
            let bytes = UnsafeRawBufferPointer(start: address, count: byteCount)
            return offset + MemoryLayout<Number>.size <= bytes.count
                ? Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)) : 0
        } ?? 0
    }
}
