internal import NIOCore
internal import Wire

// Message bytes on their way out: sent as far as credit and socket allow, the rest kept, streams in turn.

extension Connection {
    /// Sends message bytes in DATA frames as far as credit and socket allow, and keeps the rest. Returns how many bytes
    /// went out. `status` (a whole STATUS payload without message) follows the last of them.
    @discardableResult
    func sendMessage(
        _ id: UInt32, _ bytes: UnsafeRawBufferPointer, flags: FrameFlags, status: [UInt8]? = nil
    ) -> Int {
        guard !isEnded else { return 0 }
        if waiting.has(id) {
            wait(id, bytes, flags, status)
            return 0
        }
        var sent = 0
        while true {
            let remaining = bytes.count - sent
            let wanted = min(remaining, longestPieceBytes)
            let granted = wanted == 0 ? 0 : (isWritable ? takeSendCredit(id, upTo: wanted) : 0)
            guard granted > 0 || remaining == 0 else {
                wait(id, UnsafeRawBufferPointer(rebasing: bytes[sent...]), flags, status)
                return sent
            }
            let isLast = granted == remaining
            if granted > 0 || !flags.isEmpty {
                appendFrame(
                    FrameHeader(.data, flags: isLast ? flags : [], streamID: id, payloadBytes: granted),
                    UnsafeRawBufferPointer(rebasing: bytes[sent..<sent + granted]))
            }
            sent += granted
            if isLast { break }
        }
        if let status {
            appendStatus(id, status)
            trailingStatusSent(id)
        }
        return sent
    }

    private func wait(_ id: UInt32, _ bytes: UnsafeRawBufferPointer, _ flags: FrameFlags, _ status: [UInt8]?) {
        waiting.append(id, bytes, flags: flags, status: status, at: loop.ticks)
        waitingChanged(id)
    }

    /// What waits of this call is of no use any more.
    func dropWaitingMessages(_ id: UInt32) {
        guard waiting.has(id) else { return }
        waiting.drop(id)
        waitingChanged(id)
    }

    func appendStatus(_ id: UInt32, _ status: [UInt8]) {
        status.withUnsafeBytes { appendFrame(FrameHeader(.status, streamID: id, payloadBytes: $0.count), $0) }
    }

    /// True while message bytes of this call wait for credit or the socket.
    public func isWaiting(_ id: UInt32) -> Bool { waiting.has(id) }

    /// Pieces of messages of this call, or messages without bytes, that wait.
    public func waitingPieces(_ id: UInt32) -> Int { waiting.count(id) }

    /// False while the socket has enough to do, or will have when what is gathered is flushed.
    var isWritable: Bool { !isFull && isSocketWritable }

    var isSocketWritable: Bool { context?.channel.isWritable ?? false }

    /// The longest payload that carries message bytes: what the peer takes, unless it is very long.
    var longestPieceBytes: Int { min(peerFramePayloadBytes, OutboundFrames.mostGatheredBytes) }

    /// Message bytes may be sent again: each stream that waits has its turn, one frame at a time.
    func sendWaiting() {
        guard waiting.count > 0 else { return }
        var stalled = 0
        while stalled < waiting.count, isWritable, !isEnded, let (id, piece) = waiting.first {
            let wanted = min(piece.bytes.readableBytes, longestPieceBytes)
            let granted = wanted == 0 ? 0 : takeSendCredit(id, upTo: wanted)
            guard granted > 0 || wanted == 0 else {
                stalled += 1
                waiting.rotate()
                continue
            }
            stalled = 0
            let isLast = granted == piece.bytes.readableBytes
            piece.bytes.withUnsafeReadableBytes { bytes in
                if granted > 0 || !piece.flags.isEmpty {
                    appendFrame(
                        FrameHeader(.data, flags: isLast ? piece.flags : [], streamID: id, payloadBytes: granted),
                        UnsafeRawBufferPointer(rebasing: bytes[..<granted]))
                }
            }
            waiting.advance(by: granted, pieceIsDone: isLast, at: loop.ticks)
            waitingChanged(id)
            waitingBytesSent(id, bytes: granted)
            if isLast, let status = piece.status {
                appendStatus(id, status)
                trailingStatusSent(id)
            }
        }
    }
}
