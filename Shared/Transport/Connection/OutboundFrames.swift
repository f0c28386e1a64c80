internal import NIOCore
internal import Wire

/// The frames that are gathered for one write. Pure.
///
/// What is gathered leaves by ``take()`` and is TLS's from then on. Writing it can bring about anything, more frames
/// among it: these are gathered anew. Once TLS has let go of it its memory serves again.
struct OutboundFrames {
    /// So many frames, or bytes, are flushed before the tick ends.
    static let fullFrames = 32
    static let fullBytes = 32_768
    /// With so many bytes gathered no message byte is added before they are flushed, whatever the peer's window: the
    /// rest waits, and its sender with it. Only the flush tells whether the socket takes them. No piece of a message is
    /// longer than this, either, so what is gathered stays below twice as much, but for frames that need no credit.
    static let mostGatheredBytes = 1 << 18
    /// A burst's memory larger than this is not kept: there may be thousands of connections.
    private static let largestKeptBytes = 1 << 20

    private var gathered = ByteBuffer()
    /// What was taken last, until it has been written.
    private var leaving = ByteBuffer()
    private var isScheduled = false
    private(set) var frames = 0
    /// How often frames have been handed to TLS: those gathered since then have not left.
    private(set) var flushes: UInt64 = 0
    /// Bytes handed to TLS.
    private(set) var writtenBytes: UInt64 = 0
    /// Frames that need no credit, gathered since the socket took what it was given.
    private(set) var unsentControlFrames = 0

    init() {
        gathered.reserveCapacity(Self.fullBytes)
    }

    var bytes: Int { gathered.readableBytes }

    /// Message bytes wait until what is gathered has been flushed.
    var isFull: Bool { bytes >= Self.mostGatheredBytes }

    struct OnAppend: OptionSet {
        let rawValue: UInt8

        /// Flush at the end of this tick.
        static let schedule = OnAppend(rawValue: 1)
        /// So much has gathered that it is flushed sooner.
        static let flushSoon = OnAppend(rawValue: 2)
    }

    /// Adds a frame whose payload of `count` bytes `fill` writes.
    mutating func append(
        _ header: FrameHeader, count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) -> OnAppend {
        let frameBytes = FrameHeader.byteCount + count
        gathered.writeWithUnsafeMutableBytes(minimumWritableBytes: frameBytes) { memory in
            header.write(to: memory)
            fill(UnsafeMutableRawBufferPointer(rebasing: memory[FrameHeader.byteCount..<frameBytes]))
            return frameBytes
        }
        frames += 1
        var action: OnAppend = isScheduled ? [] : .schedule
        isScheduled = true
        if frames == Self.fullFrames || bytes >= Self.fullBytes { action.insert(.flushSoon) }
        return action
    }

    /// Counts a frame that answers or refuses and so needs no credit, while the socket takes nothing.
    mutating func countUnsentControlFrame() {
        unsentControlFrames += 1
    }

    mutating func socketBecameWritable() {
        unsentControlFrames = 0
    }

    /// Hands over what is gathered, with how many frames it is; `nil` when it is nothing.
    mutating func take() -> (bytes: ByteBuffer, frames: Int)? {
        isScheduled = false
        flushes &+= 1
        guard bytes > 0 else { return nil }
        defer { frames = 0 }
        writtenBytes &+= UInt64(bytes)
        leaving = ByteBuffer()
        swap(&leaving, &gathered)
        return (leaving, frames)
    }

    /// What was taken has been written, and is in nobody's hands: its memory serves again, unless more was gathered
    /// meanwhile.
    mutating func written() {
        if gathered.capacity == 0, leaving.capacity <= Self.largestKeptBytes {
            leaving.clear()
            swap(&leaving, &gathered)
        }
        leaving = ByteBuffer()
    }
}
