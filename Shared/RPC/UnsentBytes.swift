/// Message bytes that one end of a call was handed and that have not gone out, and whether its sender, at most one task,
/// waits until they have.
struct UnsentBytes {
    var count = 0
    private(set) var isAwaited = false

    /// Why nothing more may be sent now.
    var mistake: RPCError? { isAwaited ? .waitsAlready("send") : nil }

    mutating func wentOut(_ bytes: Int) -> OnBytesSent {
        assert(bytes <= count, "\(bytes) bytes went out of \(count)")
        count -= bytes
        guard count == 0 else { return .more }
        guard isAwaited else { return .done }
        isAwaited = false
        return .resumeSender
    }

    /// The sender waits until all is out. Answers with its mistake if another task does already.
    mutating func wait() -> RPCError? {
        guard !isAwaited else { return mistake }
        isAwaited = true
        return nil
    }
}

/// What follows when bytes of messages have gone out.
package enum OnBytesSent: Equatable {
    /// All are out: resume the sender.
    case resumeSender
    /// All are out, and nobody waits.
    case done
    /// Some are not.
    case more
    case ignore
}
