internal import NIOCore

/// The bytes that came in and were not read yet. Pure.
///
/// Reading a frame can bring about anything: an answer is flushed, the socket fails, and what it still held comes in
/// before that call returns. So what is being read is handed out and not touched here until it comes back, and what comes
/// meanwhile is kept behind it.
///
///              received                     done, more has come
///     idle ───────────────▶ reading ─────────────────────────────▶ reading
///      ▲                       │   received: kept
///      └──────── done ─────────┤
///                              │ end
///     idle ─────── end ─────▶ ended    received: dropped; done: nothing more
///
/// Invalid: `done` while nothing is being read.
struct InboundFrames {
    /// Memory of more than this is not kept: there may be thousands of connections.
    private static let largestKeptBytes = 1 << 16

    private enum State {
        /// Nobody reads; `rest` is part of a frame, or memory for one.
        case idle(rest: ByteBuffer)
        /// Somebody reads, and `later` has come since. `isOwn`: it is read in memory of this side, which serves again.
        case reading(later: ByteBuffer, isOwn: Bool)
        case ended
    }

    private var state = State.idle(rest: ByteBuffer())
    /// Bytes have come since ``takeHasReceived()``.
    private var hasReceived = false

    enum OnBytes: Equatable {
        /// Read these, then say ``done(rest:)``.
        case read(ByteBuffer)
        /// Whoever is reading will read them.
        case keep
        /// The connection is over.
        case drop
    }

    mutating func received(_ bytes: ByteBuffer) -> OnBytes {
        switch state {
        case .idle(var rest):
            hasReceived = true
            guard rest.readableBytes > 0 else {
                state = .reading(later: rest, isOwn: false)
                return .read(bytes)
            }
            state = .reading(later: ByteBuffer(), isOwn: true)
            rest.writeImmutableBuffer(bytes)
            return .read(rest)
        case .reading(var later, let isOwn):
            state = .ended
            later.writeImmutableBuffer(bytes)
            state = .reading(later: later, isOwn: isOwn)
            return .keep
        case .ended:
            return .drop
        }
    }

    enum OnDone: Equatable {
        case read(ByteBuffer)
        case nothing
    }

    /// Every whole frame of what was handed out has been dealt with; `rest` is what follows them.
    mutating func done(rest: consuming ByteBuffer) -> OnDone {
        switch state {
        case .idle:
            assertionFailure("nothing was being read")
            return .nothing
        case .reading(let later, _) where later.readableBytes > 0:
            state = .reading(later: ByteBuffer(), isOwn: true)
            var bytes = ByteBuffer(buffer: rest)
            bytes.writeImmutableBuffer(later)
            return .read(bytes)
        case .reading(var later, let isOwn):
            state = .ended
            if isOwn {
                if rest.readableBytes == 0 { rest.clear() } else { rest.discardReadBytes() }
                later = rest
            } else {
                later.writeImmutableBuffer(rest)
            }
            let isKept = later.readableBytes > 0 || later.capacity <= Self.largestKeptBytes
            state = .idle(rest: isKept ? later : ByteBuffer())
            return .nothing
        case .ended:
            return .nothing
        }
    }

    /// Whether bytes have come since this was last asked.
    mutating func takeHasReceived() -> Bool {
        defer { hasReceived = false }
        return hasReceived
    }

    /// The connection is over: what has not been read is nobody's.
    mutating func end() {
        state = .ended
    }
}
