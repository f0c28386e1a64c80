/// How far the messages of one direction of one stream have come in.
struct StreamReception: Sendable, Hashable {
    /// Bytes of the message that is under way; `nil` between messages.
    private(set) var partialBytes: Int?
    private(set) var hasEnded = false

    enum OnBytes: Sendable, Hashable {
        case accept(messageEnd: Bool, streamEnd: Bool)
        /// The peer had ended this direction, or ends it within a message.
        case outOfPlace(String)
        case tooLarge(bytes: Int)
    }

    /// Takes the message bytes of one frame.
    mutating func receive(bytes: Int, flags: FrameFlags, maximumMessageBytes: UInt32) -> OnBytes {
        guard !hasEnded else { return .outOfPlace("message bytes after the end of the stream") }
        let messageEnd = flags.contains(.messageEnd), streamEnd = flags.contains(.streamEnd)
        let total = (partialBytes ?? 0) + bytes
        guard total <= Int(maximumMessageBytes) else { return .tooLarge(bytes: total) }
        if messageEnd {
            partialBytes = nil
        } else if bytes > 0 || partialBytes != nil {
            partialBytes = total
        }
        if streamEnd {
            guard partialBytes == nil else { return .outOfPlace("the stream ends within a message") }
            hasEnded = true
        }
        return .accept(messageEnd: messageEnd, streamEnd: streamEnd)
    }
}
