internal import NIOCore
internal import RPC
public import Wire

extension ServerConnection {
    /// The bytes of the PING behind the first GOAWAY: "qm drain".
    static let drainPing: UInt64 = 0x716d_2064_7261_696e
    /// The longest that the answer to that PING is waited for. Calls that come later are not lost: they were not
    /// started, and the peer hears so.
    private static let drainPingTimeout = TimeAmount.seconds(1)

    /// Takes no further calls, in two steps: warns the peer, takes what it had sent before it heard, and a round trip
    /// later names the last call. Closes when that and every call before it have ended.
    public func drain(_ cause: DrainCause = .process, _ reason: String = "this process is draining") {
        guard drainReason == nil, !isEnded else { return }
        drainReason = reason
        drainCause = cause
        noteDraining(cause, reason)
        // In the handshake yet: told when that is done.
        guard peer != nil, case .warn = machine.drain() else { return }
        appendGoAway(lastStreamID: .max, ConnectionError(.none, reason))
        appendPing(Self.drainPing)
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.drainPingTimeout) { [self] in
            decideLastCall()
        }
    }

    private static let placeReason =
        "no call was open on this connection, and another peer needed its place (limits.connections)"

    /// Says whether calls are open. As long as their last answers have not left this process the connection is in use, too:
    /// they would be lost to whoever takes its place.
    func noteUse() {
        guard machine.openCalls == 0, !isEnded else { return }
        // What is gathered leaves at the end of the tick.
        if gatheredBytes > 0 { isUseEnding = true } else { endUseWhenSent() }
    }

    /// No more is gathered.
    func endUseWhenSent() {
        isUseEnding = false
        guard machine.openCalls == 0, !isEnded, let context else { return }
        guard let unsent = unsentBytes(context), unsent > 0 else { return use.end(at: .now) }
        guard !isUseAwaited else { return }
        isUseAwaited = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolatedUnsafeUnchecked().whenComplete { [self] result in
            isUseAwaited = false
            // Else the connection is about to end.
            if case .success = result { endUseWhenSent() }
        }
        // Of nothing, behind everything that waits.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Takes its leave in one step, since another peer has the place already: there is no time for a round trip. Calls
    /// that are on their way were not started, as their caller hears.
    func giveWay() {
        guard !isEnded else { return }
        drain(.gaveWay, Self.placeReason)
        decideLastCall()
        closeGracefully()
    }

    func decideLastCall() {
        guard !isEnded, let last = machine.decideLastCall() else { return }
        appendGoAway(lastStreamID: last, ConnectionError(.none, drainReason ?? ""))
        if machine.isDrained { closeGracefully() }
    }

    /// Ends the calls that have no deadline: they would go on for as long as this process. `pushbackMilliseconds` is
    /// how long each caller is asked to wait before it opens the call again.
    public func endOpenEndedCalls(pushbackMilliseconds: () -> Int32) {
        guard peer != nil else {
            // A handshake that takes so long has sent no call either.
            closeGracefully()
            return
        }
        for id in machine.abandonCalls(openEndedOnly: true) {
            abandon(id, "\(drainReason ?? ""); open the call again", pushbackMilliseconds())
        }
    }

    /// No time is left: every call that is still open ends, and the connection with it. They may have been carried out.
    /// Answers with how many these were.
    @discardableResult
    public func endAllCalls() -> Int {
        guard !isEnded else { return 0 }
        drain()
        decideLastCall()
        let ids = machine.abandonCalls(openEndedOnly: false)
        for id in ids {
            abandon(id, "\(drainReason ?? ""), and the call did not end in time; it may have been carried out", nil)
        }
        closeGracefully()
        return ids.count
    }

    /// What a drain goes by that looks whether the peer takes anything.
    var drainObservation: DrainWatch.Observation {
        DrainWatch.Observation(
            writtenBytes: outbound.writtenBytes, pendingBytes: context.flatMap(unsentBytes) ?? 0,
            openCalls: openCalls, isEnded: isEnded)
    }

    /// The peer takes nothing of what it is sent, so nothing more is said. Answers with how many calls end by that.
    func abandonPeer() -> Int {
        let calls = isEnded ? 0 : machine.liveCalls
        abandon("the drain did not wait for a peer that takes nothing")
        return calls
    }

    private func abandon(_ id: UInt32, _ reason: String, _ pushbackMilliseconds: Int32?) {
        observer.ended(id, .unavailable, on: self)
        dropWaiting(id)
        appendStatus(
            id,
            StatusHead.encoded(
                code: .unavailable, message: reason,
                pushbackMilliseconds: pushbackMilliseconds ?? StatusHead.noPushback))
        receivers[id]?.cancelled(.connectionLost)
        noteCut(.drain, reason)
    }
}
