internal import NIOCore

/// The messages of one direction of one call that have come in and were not taken, and the credit they hold.
///
/// A message's bytes are credited when it is taken; those of a message that is still coming in are credited at once
/// while nothing is queued before it, since it may be longer than the window.
struct MessageInbox {
    /// Made when the first message must wait: those of most calls come whole and are taken at once.
    private var messages: CircularBuffer<(bytes: ByteBuffer, owed: Int)>?
    private var partial: ByteBuffer?
    private var partialOwed = 0
    private(set) var hasEnded = false

    /// Bytes that are kept, of whole messages and of one that is still coming in.
    private(set) var bytes = 0

    /// Whole messages that wait.
    var count: Int { messages?.count ?? 0 }

    /// Returns the credit to give now.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) -> Int {
        if streamEnd { hasEnded = true }
        self.bytes += bytes.count
        if partial == nil {
            if messageEnd {
                append(ByteBuffer(bytes: bytes), owed: bytes.count)
                return 0
            }
            if bytes.isEmpty { return 0 }
            partial = ByteBuffer(bytes: bytes)
        } else {
            partial!.writeBytes(bytes)
        }
        partialOwed += bytes.count
        if messageEnd, let message = partial {
            append(message, owed: partialOwed)
            partial = nil
            partialOwed = 0
            return 0
        }
        return creditForPartial()
    }

    /// The next message and the credit to give for it.
    mutating func take() -> (message: ByteBuffer, credit: Int)? {
        guard let (message, owed) = messages?.popFirst() else { return nil }
        bytes -= message.readableBytes
        return (message, owed + creditForPartial())
    }

    /// Adds a whole last message, behind which no credit is needed.
    mutating func receiveLast(_ message: UnsafeRawBufferPointer) {
        bytes += message.count
        append(ByteBuffer(bytes: message), owed: 0)
        hasEnded = true
    }

    private mutating func append(_ message: ByteBuffer, owed: Int) {
        if messages == nil { messages = CircularBuffer(initialCapacity: 2) }
        messages!.append((message, owed))
    }

    private mutating func creditForPartial() -> Int {
        guard count == 0 else { return 0 }
        defer { partialOwed = 0 }
        return partialOwed
    }
}
