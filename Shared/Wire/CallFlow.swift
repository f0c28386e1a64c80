/// One call as either end counts it: how far the peer's messages have come in, the credit each way, and the deadline.
struct CallFlow: Sendable, Hashable {
    let deadline: MonotonicInstant?
    private var sendCredit: SendCredit
    private var receiveWindow: ReceiveWindow
    /// Bytes of the message that is under way; `nil` between messages.
    private var partialBytes: Int?
    /// The peer has said that it sends no further message.
    private(set) var hasEndedReceiving = false

    init(limits: ConnectionLimits, peer: ConnectionLimits, deadline: MonotonicInstant?) {
        self.deadline = deadline
        sendCredit = SendCredit(peer.streamCreditBytes)
        receiveWindow = ReceiveWindow(limits.streamCreditBytes)
    }

    enum OnBytes: Sendable, Hashable {
        case accept(messageEnd: Bool, streamEnd: Bool)
        /// The call fails with this status.
        case fail(StatusCode, String)
        /// The call is over: the bytes are of no use to anybody.
        case over
    }

    /// Takes the message bytes of one frame.
    mutating func receive(bytes: Int, flags: FrameFlags, maximumMessageBytes: UInt32) -> OnBytes {
        guard !hasEndedReceiving else { return .fail(.internal, "message bytes after the end of the stream") }
        guard receiveWindow.receive(bytes) else { return .fail(.internal, "the peer exceeds the stream's credit") }
        let messageEnd = flags.contains(.messageEnd), streamEnd = flags.contains(.streamEnd)
        let total = (partialBytes ?? 0) + bytes
        guard total <= Int(maximumMessageBytes) else {
            return .fail(
                .resourceExhausted,
                "a message of at least \(total) bytes; at most \(maximumMessageBytes) are accepted here")
        }
        if messageEnd {
            partialBytes = nil
        } else if bytes > 0 || partialBytes != nil {
            partialBytes = total
        }
        if streamEnd {
            guard partialBytes == nil else { return .fail(.internal, "the stream ends within a message") }
            hasEndedReceiving = true
        }
        return .accept(messageEnd: messageEnd, streamEnd: streamEnd)
    }

    /// Part of a message has come in, and not its end.
    var isWithinMessage: Bool { partialBytes != nil }

    /// Bytes that came in have been dealt with: the credit to send, if any. A peer that has finished needs none.
    mutating func consume(_ bytes: Int) -> Int32? {
        hasEndedReceiving ? nil : receiveWindow.consume(bytes)
    }

    /// Takes credit for up to `wanted` bytes.
    mutating func takeSendCredit(upTo wanted: Int) -> Int {
        sendCredit.take(upTo: wanted)
    }

    /// Applies a CREDIT frame; `false` for one that breaks the rules.
    mutating func creditReceived(_ increment: Int32) -> Bool {
        sendCredit.apply(increment)
    }
}
