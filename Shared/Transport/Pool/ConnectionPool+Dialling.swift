internal import Balancing
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import RPC
internal import TLS
internal import Telemetry
internal import Wire

/// How the connections of a pool come and go.
extension ConnectionPool {
    /// One attempt to connect, from the dialling to HELLO.
    final class Attempt {
        var isOver = false
    }

    /// Dials an endpoint as often as connections are missing, as soon as its rate allows.
    func connectAsWanted(_ member: EndpointConnections) {
        guard !isClosed, !loop.isEnding, !member.isRemoved, member.retryAt == nil else { return }
        if member.isIdle {
            member.isIdle = false
            reportStates()
        }
        while member.ready.count + member.dialling < max(1, configuration.connectionsPerEndpoint) {
            switch endpoints.dialRequested(member.endpoint) {
            case .dial: dial(member)
            case .wait(let until):
                retry(member, at: until)
                // It may be another loop that dials in our stead, and fails.
                return failHopelessWaiters()
            }
        }
    }

    private func retry(_ member: EndpointConnections, at instant: MonotonicInstant) {
        member.retryAt = instant
        member.retryTimer = onLoop(at: instant) { [self] in
            member.retryAt = nil
            isWantedOrIdle(member)
        }
    }

    /// Dials, or leaves it until somebody asks: an endpoint that nobody calls is not called either.
    private func isWantedOrIdle(_ member: EndpointConnections) {
        if configuration.isEager || isWanted || hasWaiters {
            isWanted = false
            connectAsWanted(member)
        } else {
            member.isIdle = true
            reportStates()
            askForAttention()
        }
    }

    /// Connections refer to the pool and the pool to them until they end. Weak references here would make every retain
    /// of the pool slow, and it is asked at every call.
    private func dial(_ member: EndpointConnections) {
        member.dialling += 1
        let loop = loop
        let attempt = Attempt()
        let descriptors = configuration.descriptors
        guard descriptors.take() else {
            // Later, since who dials is not to be told before it has dialled.
            return loop.eventLoop.assumeIsolatedUnsafeUnchecked().execute {
                self.dialFailed(
                    member, attempt, "cannot connect: as many sockets are open as the limit of open files allows")
            }
        }
        let client = newConnection(member, attempt)
        let connection = NIOLoopBound(client, eventLoop: loop.eventLoop)
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(.seconds(configuration.connectTimeoutSeconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 1 << 18, high: 1 << 20))
            .channelInitializer { [tls, configuration] channel in
                channel.eventLoop.makeCompletedFuture {
                    // Its time is part of HELLO's, which has begun.
                    let handler = try TLSHandler(
                        context: tls, peerRule: configuration.server,
                        handshakeTimeout: .seconds(configuration.helloTimeoutSeconds))
                    try channel.pipeline.syncOperations.addHandlers([handler, connection.value])
                }
            }
        let limit = UInt64(configuration.helloTimeoutSeconds) * 1_000_000
        onLoop(at: MonotonicInstant.now.advanced(byMicroseconds: limit)) {
            if !attempt.isOver { client.fail(ConnectionError(.none, "no HELLO in time")) }
        }
        let endpoint = member.endpoint
        let connected =
            if let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: endpoint.host, port: endpoint.port)
            }
        connected.assumeIsolatedUnsafeUnchecked().whenComplete { result in
            switch result {
            case .success(let channel): channel.closeFuture.whenComplete { _ in descriptors.giveBack() }
            case .failure(let error):
                descriptors.giveBack()
                self.dialFailed(member, attempt, "cannot connect: \(ErrorWords.of(error))")
            }
        }
    }

    /// A connection to the endpoint that has no channel yet.
    func newConnection(_ member: EndpointConnections, _ attempt: Attempt) -> ClientConnection {
        let client = ClientConnection(
            loop: loop, limits: configuration.limits, rules: configuration.rules.asClient,
            backend: "\(member.endpoint)",
            onReady: { self.ready(member, $0, attempt) },
            onSlot: { self.slotFreed(member, $0) },
            onGoAway: { _ in self.sweep() },
            onEnd: { self.ended(member, $0, $1, attempt) })
        client.onCallEnd = { self.callEnded(member, $0) }
        client.onCallCut = { self.callCut(member, $0, $1) }
        client.onSilence = { self.silenceChanged(member, $0) }
        return client
    }

    private func ready(_ member: EndpointConnections, _ connection: ClientConnection, _ attempt: Attempt) {
        attempt.isOver = true
        member.dialling -= 1
        if case .tell(let attempts, let microseconds) = endpoints.helloReceived(member.endpoint) {
            endpoints.logger.info(
                "endpoint is reached again",
                metadata: metadata(member).merging([
                    "attempts": "\(attempts)", "after_ms": "\(microseconds / 1000)",
                ]) { $1 })
        }
        guard !isClosed, !member.isRemoved else {
            connection.closeGracefully()
            return
        }
        member.ready.append(connection)
        endpoints.logger.debug("connected", metadata: metadata(member))
        watchHealth(member)
        listenForSuccess(member)
        refresh()
        connectAsWanted(member)
        serveWaiters()
    }

    /// Watches the endpoint over one of its connections.
    private func watchHealth(_ member: EndpointConnections) {
        guard let probe = configuration.health, member.watch == nil, let connection = member.ready.first else { return }
        let watch = HealthWatch(connection, probe) { [self] health in
            guard member.health != health else { return }
            if case .notServing(let reason) = health {
                endpoints.logger.warning(
                    "endpoint does not serve", metadata: metadata(member).merging(["reason": "\(reason)"]) { $1 })
            } else if case .notServing = member.health {
                endpoints.logger.notice("endpoint serves again", metadata: metadata(member))
            }
            member.health = health
            refresh()
            serveWaiters()
            failHopelessWaiters()
        }
        member.watch = watch
        watch.begin()
    }

    private func slotFreed(_ member: EndpointConnections, _ connection: ClientConnection) {
        if member.isRemoved {
            if connection.openCalls == 0 { connection.closeGracefully() }
        } else if hasWaiters {
            serveWaiters()
        }
    }

    /// Lets go of connections that take no more calls, because the server goes away or their stream ids are used up, and
    /// makes others in their place. Their open calls end where they are.
    func sweep() {
        // One that has ended is about to say so itself.
        let isLeaving = { (connection: ClientConnection) in !connection.takesCalls && !connection.isEnded }
        for member in members where member.ready.contains(where: isLeaving) {
            let leaving = member.ready.filter(isLeaving)
            member.ready.removeAll(where: isLeaving)
            member.leaving += leaving
            endpoints.connectionLost(member.endpoint, "its connection takes no more calls")
            if let watch = member.watch, leaving.contains(where: { $0 === watch.connection }) {
                // The watch would keep the connection from its end.
                watch.cancel()
                member.watch = nil
                if member.ready.isEmpty { member.health = .unknown }
                watchHealth(member)
            }
            refresh()
            isWantedOrIdle(member)
        }
    }

    private func ended(
        _ member: EndpointConnections, _ connection: ClientConnection, _ end: ConnectionEnd, _ attempt: Attempt
    ) {
        guard attempt.isOver else { return dialFailed(member, attempt, end.reason) }
        let wasReady = member.ready.contains { $0 === connection }
        member.ready.removeAll { $0 === connection }
        if member.leaving.contains(where: { $0 === connection }) {
            member.leaving.removeAll { $0 === connection }
            if case .failed = end, !isClosed {
                log(end, of: connection, member)
                endpoints.note(end.reason, of: member.endpoint)
                failed(member, .connection)
            }
        }
        if member.watch?.connection === connection {
            member.watch?.cancel()
            member.watch = nil
        }
        guard wasReady, !isClosed else { return }
        if member.ready.isEmpty { member.health = .unknown }
        log(end, of: connection, member)
        endpoints.connectionLost(member.endpoint, end.reason)
        failed(member, .connection)
        watchHealth(member)
        refresh()
        isWantedOrIdle(member)
        failHopelessWaiters()
    }

    private func log(_ end: ConnectionEnd, of connection: ClientConnection, _ member: EndpointConnections) {
        var metadata = metadata(member)
        metadata["reason"] = "\(LogText.cut(end.reason, to: LogText.reasonBytes))"
        guard let cause = end.cause else {
            endpoints.logger.info("connection ended", metadata: metadata)
            return
        }
        metadata["cause"] = "\(cause)"
        metadata["identity"] = "\(connection.peer?.uri ?? "none")"
        endpoints.logger.warning("connection failed", metadata: metadata)
    }

    /// An attempt ended before HELLO; both the channel and the connection may say so. It does not speak for an ejection:
    /// without a connection there are no calls to be kept away, and an endpoint that was down for long would be left out
    /// for long after it is back.
    private func dialFailed(_ member: EndpointConnections, _ attempt: Attempt, _ reason: String) {
        guard !attempt.isOver else { return }
        attempt.isOver = true
        member.dialling -= 1
        let (pause, notice) = endpoints.dialFailed(member.endpoint, reason)
        guard !isClosed, !member.isRemoved else { return }
        if case .tell(let attempts) = notice {
            endpoints.logger.warning(
                "endpoint unavailable",
                metadata: metadata(member).merging([
                    "reason": "\(LogText.cut(reason, to: LogText.reasonBytes))", "retry_after_ms": "\(pause / 1000)",
                    "attempts": "\(attempts)",
                ]) { $1 })
        }
        if member.retryAt == nil, member.dialling == 0 {
            retry(member, at: MonotonicInstant.now.advanced(byMicroseconds: pause))
        }
        failHopelessWaiters()
    }
}
