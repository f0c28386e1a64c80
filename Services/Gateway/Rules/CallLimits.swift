/// What one identity may ask of this gateway, over all of its connections.
public struct CallerLimits: Sendable, Hashable {
    /// Calls that may begin each second, in the long run: 1 to 1,000,000.
    public var callsPerSecond: Int
    /// Calls that may begin at once after a pause: 1 to 10,000,000.
    public var burstCalls: Int
    /// Calls that are forwarded or wait at the same time: 1 to 1,000,000.
    public var concurrentCalls: Int

    public init(callsPerSecond: Int = 1_000, burstCalls: Int = 2_000, concurrentCalls: Int = 500) {
        self.callsPerSecond = callsPerSecond
        self.burstCalls = burstCalls
        self.concurrentCalls = concurrentCalls
    }
}

/// How much of one service this gateway asks for, and how long calls wait for it.
public struct ServiceLimits: Sendable, Hashable {
    /// Calls in flight; each event loop has an equal share. Those of the class control are not counted: there may be an
    /// eighth as many of them beside these. See ``neededOpenCalls``.
    public var concurrentCalls: Int
    /// Calls that wait for a place, over all classes; each event loop has an equal share.
    public var queuedCalls: Int
    /// Once an identity has had calls waiting for ``queueIntervalMicroseconds`` without a break, its calls wait no longer
    /// than this.
    public var queueTargetMicroseconds: UInt64
    /// The longest that a call waits.
    public var queueIntervalMicroseconds: UInt64
    /// How much longer a forwarded call that its caller gave up counts as in flight, for its identity and its service: a
    /// handler is busy until it returns, and nothing tells the gateway when it has. Without it, calls opened only to be
    /// given up (CVE-2023-44487) would fill the service's connections, and others' calls would be refused there.
    public var givenUpMicroseconds: UInt64

    public init(
        concurrentCalls: Int = 1_000, queuedCalls: Int = 2_000, queueTargetMicroseconds: UInt64 = 5_000,
        queueIntervalMicroseconds: UInt64 = 100_000, givenUpMicroseconds: UInt64 = 100_000
    ) {
        self.concurrentCalls = concurrentCalls
        self.queuedCalls = queuedCalls
        self.queueTargetMicroseconds = queueTargetMicroseconds
        self.queueIntervalMicroseconds = queueIntervalMicroseconds
        self.givenUpMicroseconds = givenUpMicroseconds
    }

    /// One of `loops` equal shares, at least one call in flight and one that waits.
    public func share(of loops: Int) -> ServiceLimits {
        var share = self
        share.concurrentCalls = max(1, concurrentCalls / max(1, loops))
        share.queuedCalls = max(1, queuedCalls / max(1, loops))
        return share
    }
}
