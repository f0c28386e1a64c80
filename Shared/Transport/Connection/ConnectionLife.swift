internal import TLS
internal import Wire

/// How far a connection has come, and what holds only at that stage. Pure.
///
///     handshaking ── handshakeCompleted ──▶ established
///          │                                     │
///          └────────────── end ─────▶ ended ◀────┘
///
/// Invalid: a second handshake. `end` may come again, from every callback that hears of it: only the first counts.
struct ConnectionLife {
    /// From the end of the handshake on.
    struct Established {
        let peer: PeerCertificate
        var watch: ConnectionWatch
        var stall: StallWatch
        /// Bytes handed to TLS at the last tick.
        var writtenBytesBefore: UInt64 = 0
    }

    private enum Stage {
        case handshaking(beganAt: MonotonicInstant?)
        case established(Established)
        /// With the peer that it had, if its handshake was ever done.
        case ended(peer: PeerCertificate?)
    }

    private var stage = Stage.handshaking(beganAt: nil)

    var isEnded: Bool {
        if case .ended = stage { true } else { false }
    }

    /// The peer's certificate, from the end of the handshake on, also after the end.
    var peer: PeerCertificate? {
        switch stage {
        case .handshaking: nil
        case .established(let established): established.peer
        case .ended(let peer): peer
        }
    }

    mutating func handshakeBegan(at now: MonotonicInstant) {
        if case .handshaking = stage { stage = .handshaking(beganAt: now) }
    }

    enum OnHandshake: Equatable {
        /// It took so long, in nanoseconds; `nil` when nobody saw its beginning.
        case established(tookNanoseconds: UInt64?)
        /// The connection is over, or was established before.
        case ignore
    }

    mutating func handshakeCompleted(
        _ peer: PeerCertificate, _ times: ConnectionTimes, ageJitter: Double, at now: MonotonicInstant
    ) -> OnHandshake {
        guard case .handshaking(let beganAt) = stage else { return .ignore }
        stage = .established(
            Established(
                peer: peer, watch: ConnectionWatch(times, establishedAt: now, ageJitter: ageJitter),
                stall: StallWatch(timeoutSeconds: times.stallTimeoutSeconds)))
        return .established(tookNanoseconds: beganAt.map { now.nanoseconds &- $0.nanoseconds })
    }

    /// Changes what holds while the connection is established; `nil` at any other stage.
    @discardableResult
    mutating func whileEstablished<Result>(_ body: (inout Established) -> Result) -> Result? {
        guard case .established(var established) = stage else { return nil }
        let result = body(&established)
        stage = .established(established)
        return result
    }

    enum OnEnd: Equatable {
        case ended(wasEstablished: Bool)
        /// It is over already.
        case ignore
    }

    mutating func end() -> OnEnd {
        let peer = peer
        switch stage {
        case .ended: return .ignore
        case .handshaking, .established:
            stage = .ended(peer: peer)
            return .ended(wasEstablished: peer != nil)
        }
    }
}
