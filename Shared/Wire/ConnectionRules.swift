/// What a side holds its peer to beyond the numbers of HELLO. Not said on the wire; each has its answer in WIRE.md,
/// "Limits".
public struct ConnectionRules: Sendable, Hashable {
    public var times: ConnectionTimes
    public var flood: FloodLimits
    /// Bytes that may wait for the socket; beyond it the connection is cut.
    public var unsentBytes: Int
    /// Frames that answer or refuse, and so need no credit, which may wait for a socket that is full; beyond it the
    /// connection is cut.
    public var unsentControlFrames: Int
    /// The last stream id that is used on a connection before it drains itself: at most 0x7fffffff, half of the space.
    public var lastStreamID: UInt32

    public init(
        times: ConnectionTimes = ConnectionTimes(), flood: FloodLimits = FloodLimits(), unsentBytes: Int = 8 << 20,
        unsentControlFrames: Int = 1_000, lastStreamID: UInt32 = 0x7fff_ffff
    ) {
        self.times = times
        self.flood = flood
        self.unsentBytes = unsentBytes
        self.unsentControlFrames = unsentControlFrames
        self.lastStreamID = lastStreamID
    }

    /// The same as a client holds to them: when a connection without calls, or an old one, ends is the server's word,
    /// and what comes from it belongs to many calls of many callers.
    public var asClient: ConnectionRules {
        var rules = self
        rules.times.idleTimeoutSeconds = 0
        rules.times.maximumAgeSeconds = 0
        rules.flood = flood.forManyCallers
        return rules
    }

    /// The same as a server holds to them: it does not choose among those who call it.
    public var asServer: ConnectionRules {
        var rules = self
        rules.times.silenceSeconds = 0
        return rules
    }
}

/// How long a side of a connection waits for what. In seconds; 0 is never, where nothing else is said.
public struct ConnectionTimes: Sendable, Hashable {
    /// From the end of the handshake to the peer's HELLO. Not 0.
    public var helloTimeoutSeconds: UInt32
    /// A client's: without a byte from the server, while calls are open, until it is asked whether it is there; and as long
    /// again without an answer until it counts as silent, and calls go to others. A process that is stopped keeps its
    /// connections, and all calls to it would end with their deadlines, which tell nothing of it.
    public var silenceSeconds: UInt32
    /// Without a byte from the peer until it is asked whether it is there, while calls are open.
    public var keepaliveSeconds: UInt32
    /// The same while no call is open.
    public var keepaliveIdleSeconds: UInt32
    /// From that question until the connection ends. Not 0.
    public var keepaliveTimeoutSeconds: UInt32
    /// Without a call until the connection drains.
    public var idleTimeoutSeconds: UInt32
    /// How old a connection becomes before it drains, so that load spreads to new processes.
    public var maximumAgeSeconds: UInt32
    /// How much less or more than that it may be, at random, in percent: not all at once.
    public var ageJitterPercent: UInt32
    /// How long the calls of a connection that drains by itself may take to end.
    public var drainGraceSeconds: UInt32
    /// How long bytes wait for a peer of which nothing moves.
    public var stallTimeoutSeconds: UInt32

    public init(
        helloTimeoutSeconds: UInt32 = 10, silenceSeconds: UInt32 = 2, keepaliveSeconds: UInt32 = 30,
        keepaliveIdleSeconds: UInt32 = 300, keepaliveTimeoutSeconds: UInt32 = 20, idleTimeoutSeconds: UInt32 = 900,
        maximumAgeSeconds: UInt32 = 1_800, ageJitterPercent: UInt32 = 10, drainGraceSeconds: UInt32 = 60,
        stallTimeoutSeconds: UInt32 = 60
    ) {
        self.helloTimeoutSeconds = helloTimeoutSeconds
        self.silenceSeconds = silenceSeconds
        self.keepaliveSeconds = keepaliveSeconds
        self.keepaliveIdleSeconds = keepaliveIdleSeconds
        self.keepaliveTimeoutSeconds = keepaliveTimeoutSeconds
        self.idleTimeoutSeconds = idleTimeoutSeconds
        self.maximumAgeSeconds = maximumAgeSeconds
        self.ageJitterPercent = ageJitterPercent
        self.drainGraceSeconds = drainGraceSeconds
        self.stallTimeoutSeconds = stallTimeoutSeconds
    }

    /// While calls are open, whatever the question is for; 0 is never.
    var secondsToQuestion: UInt32 {
        silenceSeconds == 0 || keepaliveSeconds == 0
            ? max(silenceSeconds, keepaliveSeconds) : min(silenceSeconds, keepaliveSeconds)
    }
}
