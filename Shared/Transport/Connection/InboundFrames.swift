internal import NIOCore

/// The bytes that came in and were not read yet. Pure.
///
/// Reading a frame can bring about anything: an answer is flushed, the socket fails, and what it still held comes in
/// before that call returns. So what is being read is handed out and not touched here until it comes back, and what comes
/// meanwhile is kept behind it.
///
///              received          next
///     idle ───────────▶ ready ──────────────▶ reading      received: kept
///      ▲                  ▲                      │
///      │                  └── done, more came ───┤
///      └──────────── done, nothing came ─────────┘
///
///     reading ── standBack ──▶ kept ── goOn ──▶ ready      kept: what comes is kept, and next is nothing
///
///     any ─── end ───▶ ended      received: dropped; next: nothing; done, standBack: ignored
///
/// Invalid: `done` and `standBack` while nothing is being read. `goOn` changes nothing where nothing is kept.
///
/// Memory is used again only where nobody else holds it, else it would be copied: so each step takes a buffer out of the
/// state, or out of its caller's hands, before it writes to it.
struct InboundFrames {
    /// Memory of more than this is not kept: there may be thousands of connections.
    private static let largestKeptBytes = 1 << 16

    private enum State {
        /// Nobody reads; `rest` is part of a frame, or memory for one.
        case idle(rest: ByteBuffer)
        /// Somebody is about to read `bytes`; the rest as below.
        case ready(bytes: ByteBuffer, later: ByteBuffer, isOwn: Bool)
        /// Somebody reads, and `later` has come since. `isOwn`: it is read in memory of this side, which serves again.
        case reading(later: ByteBuffer, isOwn: Bool)
        /// The frames in `bytes` wait for their turn; the rest as above.
        case kept(bytes: ByteBuffer, later: ByteBuffer, isOwn: Bool)
        case ended
    }

    private var state = State.idle(rest: ByteBuffer())
    /// Bytes have come since ``takeHasReceived()``.
    private var hasReceived = false

    enum OnBytes: Equatable {
        /// Read what ``next()`` hands out, until that is nothing.
        case read
        /// Whoever is reading will read them.
        case keep
        /// The connection is over.
        case drop
    }

    mutating func received(_ received: ByteBuffer) -> OnBytes {
        switch state {
        case .idle(var rest):
            hasReceived = true
            guard rest.readableBytes > 0 else {
                state = .ready(bytes: received, later: rest, isOwn: false)
                return .read
            }
            state = .ended
            rest.writeImmutableBuffer(received)
            state = .ready(bytes: rest, later: ByteBuffer(), isOwn: true)
            return .read
        case .ready(let first, var later, let isOwn):
            state = .ended
            later.writeImmutableBuffer(received)
            state = .ready(bytes: first, later: later, isOwn: isOwn)
            return .keep
        case .reading(var later, let isOwn):
            state = .ended
            later.writeImmutableBuffer(received)
            state = .reading(later: later, isOwn: isOwn)
            return .keep
        case .kept(let bytes, var later, let isOwn):
            state = .ended
            hasReceived = true
            later.writeImmutableBuffer(received)
            state = .kept(bytes: bytes, later: later, isOwn: isOwn)
            return .keep
        case .ended:
            return .drop
        }
    }

    /// What is to be read now. When every whole frame of it has been dealt with, say ``done(rest:)``.
    mutating func next() -> ByteBuffer? {
        guard case .ready(let bytes, let later, let isOwn) = state else { return nil }
        state = .reading(later: later, isOwn: isOwn)
        return bytes
    }

    /// Takes back what was handed out, but for the frames that were read.
    mutating func done(rest: inout ByteBuffer) {
        switch state {
        case .idle, .ready, .kept: assertionFailure("nothing was being read")
        case .reading(var later, let isOwn):
            state = .ended
            var bytes = ByteBuffer()
            swap(&bytes, &rest)
            guard later.readableBytes == 0 else {
                bytes.writeImmutableBuffer(later)
                state = .ready(bytes: bytes, later: ByteBuffer(), isOwn: true)
                return
            }
            if isOwn {
                if bytes.readableBytes == 0 { bytes.clear() } else { bytes.discardReadBytes() }
                later = bytes
            } else {
                later.writeImmutableBuffer(bytes)
            }
            let isKept = later.readableBytes > 0 || later.capacity <= Self.largestKeptBytes
            state = .idle(rest: isKept ? later : ByteBuffer())
        case .ended: break
        }
    }

    /// Takes back what was handed out, but for the frames that were read: the next ones wait until ``goOn()``.
    mutating func standBack(rest: inout ByteBuffer) {
        switch state {
        case .idle, .ready, .kept: assertionFailure("nothing was being read")
        case .reading(let later, let isOwn):
            state = .ended
            var bytes = ByteBuffer()
            swap(&bytes, &rest)
            state = .kept(bytes: bytes, later: later, isOwn: isOwn)
        case .ended: break
        }
    }

    /// What was kept is to be read now. The peer is not silent whose bytes had to wait.
    mutating func goOn() {
        guard case .kept(let bytes, let later, let isOwn) = state else { return }
        hasReceived = true
        state = .ready(bytes: bytes, later: later, isOwn: isOwn)
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
