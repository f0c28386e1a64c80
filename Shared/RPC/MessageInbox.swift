/// The messages of one direction of one call that have come in and were not taken, and the credit they hold on the
/// call's own stream.
///
/// A message's bytes are credited when it is taken; those of a message that is still coming in are credited at once
/// while nothing is queued before it, since it may be longer than the window.
package struct MessageInbox: Sendable {
    private struct Kept: Sendable {
        var bytes: [UInt8]
        /// Of these, so many are not credited yet.
        var owedBytes: Int
    }

    /// Taken ones stay as empty places before `firstIndex` until the queue is empty or they are the greater part.
    private var messages: [Kept] = []
    private var firstIndex = 0
    /// The message that is coming in; empty between messages, since no bytes begin none.
    private var partial: [UInt8] = []
    private var partialOwedBytes = 0
    /// Bytes of whole messages and of the one that is coming in.
    package private(set) var bytes = 0
    /// The peer has said that no further message comes.
    package private(set) var hasEnded = false

    /// `hasEnded`: no message comes here, since the only one was dealt with where it came in.
    package init(hasEnded: Bool = false) {
        self.hasEnded = hasEnded
    }

    /// Whole messages that wait.
    package var count: Int { messages.count - firstIndex }

    /// Takes the message bytes of one frame, and returns the credit to give now.
    package mutating func receive(_ received: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) -> Int {
        if streamEnd { hasEnded = true }
        bytes += received.count
        guard messageEnd else {
            partial.append(contentsOf: received)
            partialOwedBytes += received.count
            return creditForPartial()
        }
        if partial.isEmpty {
            messages.append(Kept(bytes: Array(received), owedBytes: received.count))
        } else {
            partial.append(contentsOf: received)
            messages.append(Kept(bytes: partial, owedBytes: partialOwedBytes + received.count))
            partial = []
            partialOwedBytes = 0
        }
        return 0
    }

    /// The next message and the credit to give for it.
    package mutating func take() -> (message: [UInt8], credit: Int)? {
        guard firstIndex < messages.count else { return nil }
        var kept = Kept(bytes: [], owedBytes: 0)
        swap(&kept, &messages[firstIndex])
        firstIndex += 1
        if firstIndex == messages.count {
            messages.removeAll(keepingCapacity: true)
            firstIndex = 0
        } else if firstIndex >= 64, firstIndex * 2 >= messages.count {
            messages.removeFirst(firstIndex)
            firstIndex = 0
        }
        bytes -= kept.bytes.count
        return (kept.bytes, kept.owedBytes + creditForPartial())
    }

    private mutating func creditForPartial() -> Int {
        guard count == 0 else { return 0 }
        defer { partialOwedBytes = 0 }
        return partialOwedBytes
    }
}
