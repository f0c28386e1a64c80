internal import RPC
internal import Wire

// Message bytes of calls that wait at a server's end: what receivers keep, and what waits to be sent.

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

    /// Too much waits on this loop, and this call's bytes have waited longest.
    func giveWay(_ id: UInt32) {
        guard machine.isLive(id) else { return dropWaiting(id) }
        cut(
            id, .bytesInFlight,
            RPCError(
                .resourceExhausted,
                "more message bytes of this caller wait here than may, and this call's had waited longest: send less at a "
                    + "time, or read what comes", retryPushbackMilliseconds: 1_000))
    }
}
