internal import NIOCore
internal import Wire

// What a connection does about peers that are not there, do not read, or send too much. What needs a clock is looked after
// about once a second, so that nothing of it is paid for at each frame.

extension Connection {
    /// Called by the loop about once a second, from the end of the handshake to the end of the connection.
    func tick(at now: MonotonicInstant) {
        flood.beginWindow()
        let observed = ConnectionWatch.Observation(
            hasHeard: inbound.takeHasReceived(), isGreeted: peerFramePayloadBytes > 0, openCalls: openCalls,
            isDraining: isDraining)
        switch life.whileEstablished({ $0.watch.tick(at: now, observed) }) ?? .nothing {
        case .nothing: break
        case .ping: appendPing(Self.keepalivePing)
        case .silent: silenceChanged(true)
        case .heard: silenceChanged(false)
        case .drain(let cause, let reason): retire(cause, reason)
        case .endCalls: retirementIsOver()
        case .fail(let error): fail(error)
        }
        checkSocket(at: now)
        checkCredit()
    }

    /// A peer of which the socket takes nothing any more.
    private func checkSocket(at now: MonotonicInstant) {
        guard let context, !isEnded else { return }
        let written = outbound.writtenBytes
        let isWatched = life.whileEstablished { $0.stall.isWaiting || $0.writtenBytesBefore != written } ?? false
        guard isWatched, let pending = unsentBytes(context) else { return }
        socketAwaited(bytes: pending)
        let stalledSeconds = life.whileEstablished { established in
            established.writtenBytesBefore = written
            return established.stall.tick(at: now, writtenBytes: written, pendingBytes: pending)
        }
        guard let seconds = stalledSeconds ?? nil else { return }
        cut(
            ConnectionError(
                .timeout, "\(pending) bytes wait, and the peer took none for \(seconds) s", cause: "stalled_socket"))
    }

    /// The bytes of the PING that asks whether the peer is there: "qm alive".
    static var keepalivePing: UInt64 { 0x716d_2061_6c69_7665 }

    /// Calls whose peer gives no credit though bytes wait for it; when it gives none to the whole connection, that.
    private func checkCredit() {
        let seconds = rules.times.stallTimeoutSeconds
        guard !isEnded, waiting.count > 0, isWritable, seconds > 0 else { return }
        let stalled = waiting.streams(unmovedSince: loop.ticks &- Int(seconds))
        guard !stalled.isEmpty else { return }
        if isOutOfCredit {
            fail(
                ConnectionError(
                    .timeout, "\(waiting.bytes) bytes wait, and no credit came for \(seconds) s",
                    cause: "stalled_credit"))
        } else {
            for id in stalled { streamStalled(id, seconds: seconds) }
        }
    }
}

// MARK: - What is not read

extension Connection {
    /// Ends the connection of a peer for which too much waits.
    func checkUnsent(_ context: ChannelHandlerContext) {
        guard !isEnded else { return }
        let unsent = unsentBytes(context) ?? 0
        socketAwaited(bytes: unsent)
        if outbound.unsentControlFrames > rules.unsentControlFrames {
            cut(
                ConnectionError(
                    .excessiveLoad,
                    "\(outbound.unsentControlFrames) answers wait for a peer that asks and does not read",
                    cause: "unsent_control_frames"))
        } else if unsent > rules.unsentBytes {
            cut(
                ConnectionError(
                    .excessiveLoad, "\(unsent) bytes wait for a peer that does not read", cause: "unsent_bytes"))
        }
    }

    func unsentBytes(_ context: ChannelHandlerContext) -> Int? {
        try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
    }
}

// MARK: - Floods

extension Connection {
    /// Counts a frame that carries nothing. False when that was one too many: the connection is over.
    @discardableResult
    func permits(_ kind: FloodKind) -> Bool {
        guard flood.allows(kind) else {
            fail(flood.excess(kind))
            return false
        }
        guard let loopIdentity, loopIdentity.flood?.allows(kind) == false else { return true }
        if let sum = loopIdentity.flood { fail(sum.excess(kind)) }
        return false
    }

    /// The same for several at once.
    func permits(_ kind: FloodKind, count: Int) {
        for _ in 0..<count where !permits(kind) { return }
    }

    /// The same for a DATA frame of less than ``FloodGuard/tinyFrameBytes``.
    func permitsSmallData(_ header: FrameHeader) -> Bool {
        if header.flags.contains(.messageEnd) {
            return header.payloadBytes > 0 || permits(.emptyMessages)
        }
        return header.payloadBytes == 0 || permits(.tinyFrames)
    }

    func permitsCredit() -> Bool {
        flood.takeEarnedCredit() || permits(.credits)
    }

    /// The peer carries the calls of many callers, and holds each of them to the limits on floods itself.
    func allowForManyCallers() {
        flood.limits = rules.flood.forManyCallers
    }
}
