/// Frames that cost the receiver work and their sender nothing, by kind.
public enum FloodKind: Int, Sendable, Hashable, CaseIterable {
    /// PING, question or answer.
    case pings
    /// Frames that are skipped, and GOAWAY.
    case skippedFrames
    /// RESET: calls that are opened to be given up (CVE-2023-44487), whether they were still open or not. Calls that are
    /// opened to be ended are the same: by a rule that their caller breaks, or a deadline that nobody could keep.
    case resets
    /// DATA with an empty message.
    case emptyMessages
    /// CREDIT, beyond some for each frame that was sent to the peer.
    case credits
    /// DATA of a few bytes that end no message.
    case tinyFrames
    /// DATA of calls that are over.
    case lateFrames
    /// CALL beyond the limit of open calls.
    case refusedCalls
    /// TLS's own messages behind the handshake: KeyUpdate, and a server's session tickets.
    case keyUpdates

    /// Where a metric counts it.
    public var label: String {
        switch self {
        case .pings: "flood_pings"
        case .skippedFrames: "flood_skipped_frames"
        case .resets: "flood_resets"
        case .emptyMessages: "flood_empty_messages"
        case .credits: "flood_credits"
        case .tinyFrames: "flood_tiny_frames"
        case .lateFrames: "flood_late_frames"
        case .refusedCalls: "flood_refused_calls"
        case .keyUpdates: "flood_key_updates"
        }
    }

    var words: String {
        switch self {
        case .pings: "PING frames"
        case .skippedFrames: "frames that say nothing"
        case .resets: "calls opened and given up"
        case .emptyMessages: "empty messages"
        case .credits: "CREDIT frames"
        case .tinyFrames: "DATA frames of less than \(FloodGuard.tinyFrameBytes) bytes"
        case .lateFrames: "frames of calls that were over"
        case .refusedCalls: "calls beyond the limit of open calls"
        case .keyUpdates: "TLS messages that update keys"
        }
    }
}

/// Whose frames are counted together.
public enum FloodScope: Sendable, Hashable {
    case connection
    /// All connections of one identity to one event loop.
    case identity

    fileprivate var words: String {
        switch self {
        case .connection: ""
        case .identity: " on all connections of this identity"
        }
    }
}

/// How many frames of each kind a peer may send in a second. An honest peer's are far below: these bound what a
/// hostile one costs its neighbours.
public struct FloodLimits: Sendable, Hashable {
    fileprivate var numbers: SIMD16<UInt32>

    public init() {
        numbers = SIMD16<UInt32>()
        self[.pings] = 1_000
        self[.skippedFrames] = 1_000
        self[.resets] = 2_000
        self[.emptyMessages] = 5_000
        self[.credits] = 2_000
        self[.tinyFrames] = 100_000
        self[.lateFrames] = 20_000
        self[.refusedCalls] = 2_000
        self[.keyUpdates] = 100
    }

    public subscript(kind: FloodKind) -> UInt32 {
        get { numbers[kind.rawValue] }
        set { numbers[kind.rawValue] = newValue }
    }

    /// For all connections of one identity together, where these are for each: so many more cost their receiver no less than
    /// one connection that sends as much.
    public var ofIdentity: FloodLimits {
        var limits = self
        for kind in FloodKind.allCases {
            limits[kind] = UInt32(clamping: UInt64(self[kind]) * Self.connectionsOfIdentity)
        }
        return limits
    }

    private static let connectionsOfIdentity: UInt64 = 2

    /// For a peer that carries the calls of many callers, each of which it holds to these limits itself: a gateway must
    /// not be cut for what its callers do.
    public var forManyCallers: FloodLimits {
        var limits = self
        for kind in [FloodKind.resets, .emptyMessages, .tinyFrames, .lateFrames] { limits[kind] = .max }
        return limits
    }
}

/// Counts a peer's frames that carry nothing, in windows of about a second. A few integer operations a frame, and no
/// clock: whoever owns it begins the windows.
///
/// Nearest relatives: Envoy's `max_inbound_priority_frames_per_stream` and its fellows, nghttp2's rate limit of RESETs.
public struct FloodGuard: Sendable, Hashable {
    /// DATA with fewer bytes that ends no message is counted.
    public static let tinyFrameBytes = 16
    /// CREDIT frames that each frame sent to the peer lets it send without being counted. One gives credit for the
    /// stream and one for the connection; the third is for who is generous.
    static let creditsPerSentFrame = 3
    private static let maximumEarnedCredits = 1 << 20

    public var limits: FloodLimits
    private let scope: FloodScope
    private var counts = SIMD16<UInt32>()
    private var earnedCredits = 0

    public init(_ limits: FloodLimits, of scope: FloodScope = .connection) {
        self.limits = limits
        self.scope = scope
    }

    /// Counts a frame. False for one too many: end the connection with ``excess(_:)``.
    public mutating func allows(_ kind: FloodKind) -> Bool {
        counts[kind.rawValue] &+= 1
        return counts[kind.rawValue] <= limits.numbers[kind.rawValue]
    }

    /// A CREDIT frame came: true if it is one of those that frames sent to the peer let it send. Else it counts.
    public mutating func takeEarnedCredit() -> Bool {
        guard earnedCredits > 0 else { return false }
        earnedCredits -= 1
        return true
    }

    /// Frames went to the peer.
    public mutating func sent(frames: Int) {
        earnedCredits = min(earnedCredits + frames * Self.creditsPerSentFrame, Self.maximumEarnedCredits)
    }

    public mutating func beginWindow() {
        counts = SIMD16<UInt32>()
    }

    /// Why the connection of a peer that sent too many ends.
    public func excess(_ kind: FloodKind) -> ConnectionError {
        ConnectionError(
            .excessiveLoad, "more than \(limits[kind]) \(kind.words) came within a second\(scope.words)",
            cause: kind.label)
    }
}
