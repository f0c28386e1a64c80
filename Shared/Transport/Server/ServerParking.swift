internal import RPC
internal import Wire

// Bytes that wait at a server's end: of calls, what receivers keep and what waits to be sent; and what waits for the socket.

extension ServerConnection {
    /// The receiver keeps so many message bytes of this call now, whole messages and unfinished ones. To be said after
    /// each change; nothing needs to be said of a call that is dealt with as it comes.
    public func holds(_ id: UInt32, bytes: Int) {
        guard bytes > 0 || !heldBytes.isEmpty else { return }
        heldBytes[id] = bytes > 0 && machine.isLive(id) ? bytes : nil
        park(id)
    }

    /// Tells the loop what waits of this call.
    func park(_ id: UInt32) {
        loop.park(
            self, id, caller: receivers[id]?.callerURI ?? identity?.uri ?? "unknown",
            bytes: (heldBytes[id] ?? 0) + waiting.bytes(id))
    }

    /// Where a connection's calls have their ids, what waits for its socket has this: bytes of many calls, which have left
    /// them, and of frames that need no credit.
    private static let socketID: UInt32 = 0

    /// It is the peer's own, however many connections it has; unless it carries the calls of many, whose bytes nobody can
    /// tell from each other any more.
    func countSocketBytes(_ bytes: Int) {
        guard !isOfService else { return }
        loop.park(self, Self.socketID, caller: identity?.uri ?? "unknown", bytes: bytes)
    }

    /// Too much waits on this loop, and what waits for the socket has waited longest. It was counted a while ago: a peer that
    /// has read some since then is not to go.
    private func socketGivesWay(counted: Int) {
        guard let context, let unsent = unsentBytes(context), unsent > 0 else { return }
        guard unsent >= counted else { return countSocketBytes(unsent) }
        cut(
            ConnectionError(
                .excessiveLoad,
                "\(unsent) bytes wait for a peer that does not read, and more for all connections of this identity than may",
                cause: "unsent_bytes"))
    }

    /// Too much waits on this loop, and this call's bytes have waited longest.
    func giveWay(_ id: UInt32, counted: Int) {
        guard id != Self.socketID else { return socketGivesWay(counted: counted) }
        guard machine.isLive(id) else { return dropWaiting(id) }
        cut(
            id, .bytesInFlight,
            RPCError(
                .resourceExhausted,
                "more message bytes of this caller wait here than may, and this call's had waited longest: send less at a "
                    + "time, or read what comes", retryPushbackMilliseconds: 1_000))
    }
}
