internal import Synchronization
internal import Wire

/// Requests that are too large to be read on an event loop, as far as they are being worked on: bounded in bytes over the
/// process and for each caller, since each waits, whole, for a thread of the pool.
final class LargeRequests: Sendable {
    /// Longer requests are large: reading a shorter one takes a fraction of a millisecond, whatever it is made of. A report
    /// of 30 values has about 1 KB.
    static let largeBytes = 4 << 10
    /// Sixteen of the largest messages that a peer accepts by default.
    static let limitBytes = 64 << 20
    static let shareBytes = 16 << 20
    static let pushbackMilliseconds: Int32 = 500

    static let shared = LargeRequests()

    private let shareBytes: Int
    private let shares: Mutex<CallerShares>

    init(limitBytes: Int = limitBytes, shareBytes: Int = shareBytes) {
        self.shareBytes = min(shareBytes, limitBytes)
        shares = Mutex(CallerShares(limit: limitBytes, share: shareBytes))
    }

    /// What a request counts for while it is worked on.
    struct Charge: Sendable {
        fileprivate let requests: LargeRequests
        fileprivate let caller: String
        fileprivate let bytes: Int

        /// Once.
        func giveBack() {
            requests.shares.withLock { $0.giveBack(bytes, of: caller) }
        }
    }

    /// RESOURCE_EXHAUSTED, not started, when the caller or all together have too much under way. One request goes always.
    func charge(_ caller: CallerIdentity, bytes: Int) throws(RPCError) -> Charge {
        // One that is larger than the share is the only one of its caller, and counts as the whole share.
        let counted = min(bytes, shareBytes)
        switch shares.withLock({ $0.take(counted, for: caller.uri) }) {
        case .taken: return Charge(requests: self, caller: caller.uri, bytes: counted)
        case .shareIsFull: throw refusal("this caller's large requests", Self.shareBytes)
        case .isFull: throw refusal("all callers' large requests", Self.limitBytes)
        }
    }

    private func refusal(_ whose: String, _ bytes: Int) -> RPCError {
        RPCError(
            .resourceExhausted, "\(whose) under way would be more than \(bytes) bytes: send it again in a moment",
            isNotStarted: true, retryPushbackMilliseconds: Self.pushbackMilliseconds)
    }
}

extension Message {
    /// Decodes one message of a stream: a large one elsewhere than on the event loop that asks, and in a place among the
    /// ``CostlyPlaces``, which the call keeps until it waits for the next one.
    package static func decodeInTurn(
        _ bytes: [UInt8], _ place: borrowing CostlyPlace
    ) async throws(RPCError) -> Self {
        guard bytes.count > LargeRequests.largeBytes else { return try decode(bytes) }
        try await place.take()
        let decoding = Task(executorPreference: CostlyThreads.shared) {
            Result { () throws(RPCError) -> Self in try decode(bytes) }
        }
        return try await decoding.value.get()
    }
}
