internal import RPC
internal import Wire

// What acceptors and receivers send on a call, until its end.

extension ServerConnection {
    /// Sends a HEADERS frame: an encoded ``MetadataBlock``.
    public func sendHeaders(_ id: UInt32, _ block: UnsafeRawBufferPointer) {
        guard machine.isLive(id) else { return }
        appendFrame(FrameHeader(.headers, streamID: id, payloadBytes: block.count), block)
    }

    /// Says that the call waits for what another process has yet to bring; once, and before its answer has begun.
    func waits(_ id: UInt32) {
        if machine.waits(id) { appendFrame(FrameHeader(.waiting, streamID: id, payloadBytes: 0)) }
    }

    /// Sends response bytes; returns how many went out at once (the rest waits for credit).
    @discardableResult
    public func send(_ id: UInt32, _ bytes: UnsafeRawBufferPointer, messageEnd: Bool) -> Int {
        guard machine.isLive(id) else { return bytes.count }
        observer.sent(id, bytes: bytes.count)
        return sendMessage(id, bytes, flags: messageEnd ? .messageEnd : [])
    }

    /// Ends the call with OK, one last whole message and `status` (an encoded ``StatusHead``): one frame if credit and
    /// frame size allow. Without effect when the call's outcome was decided before.
    public func finish(_ id: UInt32, message: UnsafeRawBufferPointer, status: UnsafeRawBufferPointer) {
        guard machine.isLive(id) else { return }
        observer.sent(id, bytes: message.count)
        observer.ended(id, .ok, on: self)
        let fits = status.count + message.count <= longestPieceBytes && !waiting.has(id) && isWritable
        let granted = fits ? machine.takeSendCredit(id, upTo: message.count) : 0
        guard fits, granted == message.count else {
            let rest = UnsafeRawBufferPointer(rebasing: message[granted...])
            if granted > 0 {
                appendFrame(
                    FrameHeader(.data, streamID: id, payloadBytes: granted),
                    UnsafeRawBufferPointer(rebasing: message[..<granted]))
            }
            sendMessage(id, rest, flags: .messageEnd, status: Array(status))
            return
        }
        guard machine.finish(id) else { return }
        appendFrame(
            FrameHeader(.status, flags: .messageEnd, streamID: id, payloadBytes: status.count + message.count),
            status, message)
    }

    /// Ends the call with a STATUS payload without message, after everything that waits. Without effect when the call's
    /// outcome was decided before.
    public func finish(_ id: UInt32, status: UnsafeRawBufferPointer) {
        guard machine.isLive(id) else { return }
        // The code's place in a STATUS payload, see StatusHead.
        observer.ended(id, status.count > 2 ? StatusCode(rawValue: status[2]) ?? .unknown : .unknown, on: self)
        if waiting.has(id) {
            sendMessage(id, UnsafeRawBufferPointer(start: nil, count: 0), flags: [], status: Array(status))
        } else if machine.finish(id) {
            appendFrame(FrameHeader(.status, streamID: id, payloadBytes: status.count), status)
        }
    }

    /// Ends the call with a STATUS payload without message. See ``finish(_:status:)-(_,UnsafeRawBufferPointer)``.
    public func finish(_ id: UInt32, status: [UInt8]) {
        status.withUnsafeBytes { finish(id, status: $0) }
    }
}
