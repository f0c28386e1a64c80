public import Wire

/// Decides which calls are traced, and makes the ids. One a loop, confined to it.
///
/// A call that comes with a trace keeps its decision. The first process that sees a call without one decides for all
/// behind it: `ratio` of them are sampled, and the others carry a trace that says they are not, so that nobody decides
/// again. With a ratio of 0 nothing is added.
public struct TraceSampler {
    /// What a call goes on with.
    public enum Decision: Equatable {
        /// As it came: no trace, or one that is not sampled.
        case unchanged
        /// A new trace that is not sampled.
        case carry(TraceContext)
        /// A span of this process; it goes on with `context`, whose span id is the new span's.
        case record(TraceContext, parentID: UInt64?)
    }

    private let isRecording: Bool
    private let ratio: Double
    /// Random numbers below this are sampled.
    private let threshold: UInt64
    private var state: UInt64

    /// - Parameters:
    ///   - isRecording: whether somebody takes spans; otherwise traces only pass through.
    ///   - ratio: 0 to 1.
    ///   - seed: random.
    public init(isRecording: Bool, ratio: Double, seed: UInt64) {
        self.isRecording = isRecording
        self.ratio = isRecording ? ratio : 0
        threshold = ratio >= 1 ? .max : UInt64(max(0, ratio) * 18_446_744_073_709_549_568)
        state = seed
    }

    /// SplitMix64 (Steele, Lea and Flood 2014): ids need to be unlike each other, not unguessable.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// An id: never zero.
    private mutating func nextID() -> UInt64 {
        let id = next()
        return id == 0 ? 1 : id
    }

    /// What becomes of a call that carries these bytes of trace.
    public mutating func decide(_ trace: UnsafeRawBufferPointer) -> Decision {
        guard isRecording else { return .unchanged }
        if let context = TraceContext(parsing: trace) {
            guard context.isSampled else { return .unchanged }
            var own = context
            own.spanID = nextID()
            return .record(own, parentID: context.spanID)
        }
        guard ratio > 0 else { return .unchanged }
        let isSampled = ratio >= 1 || next() < threshold
        let context = TraceContext(
            traceID: .init(high: nextID(), low: nextID()), spanID: nextID(),
            flags: isSampled ? TraceContext.sampledFlag : 0)
        return isSampled ? .record(context, parentID: nil) : .carry(context)
    }
}
