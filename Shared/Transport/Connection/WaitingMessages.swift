internal import NIOCore
internal import Wire

/// Message bytes that wait for credit or for the socket, by stream; streams take turns. Their number is bounded by who
/// fills it: a call's task sends one message at a time, and a gateway holds no more than the credit it gave.
struct WaitingMessages {
    struct Piece {
        var bytes: ByteBuffer
        /// For the DATA frame that carries the last of the bytes.
        var flags: FrameFlags
        /// A STATUS payload to send after the bytes.
        var status: [UInt8]?

        /// Pieces of one message are joined up to here: a piece of a byte costs as much memory as a hundred.
        static let mostJoinedBytes = 4_096
        /// Longer messages are kept in so many pieces of so many bytes: what has gone out holds no memory.
        static let mostBytes = 65_536

        func isContinued(by next: Piece) -> Bool {
            flags.isEmpty && status == nil
                && bytes.readableBytes + next.bytes.readableBytes <= Self.mostJoinedBytes
        }
    }

    private struct Queue {
        var pieces = CircularBuffer<Piece>(initialCapacity: 2)
        /// Message bytes of all pieces.
        var bytes = 0
        /// The tick at which the stream began to wait, or last sent something.
        var movedAt: Int

        mutating func append(_ piece: Piece) {
            bytes += piece.bytes.readableBytes
            guard pieces.last?.isContinued(by: piece) == true else { return pieces.append(piece) }
            // Out of the queue while it is written to, so that nothing is copied.
            var last = pieces.removeLast()
            last.bytes.writeImmutableBuffer(piece.bytes)
            last.flags = piece.flags
            last.status = piece.status
            pieces.append(last)
        }
    }

    private var queues: [UInt32: Queue] = [:]
    private var turns = CircularBuffer<UInt32>()

    /// Their ids, in the order of their turns.
    var streams: [UInt32] { Array(turns) }
    /// Streams that wait.
    var count: Int { turns.count }
    /// Message bytes that wait.
    private(set) var bytes = 0

    func has(_ id: UInt32) -> Bool {
        !queues.isEmpty && queues[id] != nil
    }

    /// Message bytes that wait on a stream.
    func bytes(_ id: UInt32) -> Int {
        queues.isEmpty ? 0 : queues[id]?.bytes ?? 0
    }

    /// Pieces that wait on a stream.
    func count(_ id: UInt32) -> Int {
        queues.isEmpty ? 0 : queues[id]?.pieces.count ?? 0
    }

    /// - Parameters:
    ///   - message: copied.
    ///   - flags: for the DATA frame that carries the last of the bytes.
    ///   - status: a STATUS payload to send after the bytes.
    mutating func append(
        _ id: UInt32, _ message: UnsafeRawBufferPointer, flags: FrameFlags, status: [UInt8]?, at tick: Int
    ) {
        var rest = message
        while rest.count > Piece.mostBytes {
            append(id, Piece(bytes: ByteBuffer(bytes: rest.prefix(Piece.mostBytes)), flags: [], status: nil), at: tick)
            rest = UnsafeRawBufferPointer(rebasing: rest[Piece.mostBytes...])
        }
        append(id, Piece(bytes: ByteBuffer(bytes: rest), flags: flags, status: status), at: tick)
    }

    private mutating func append(_ id: UInt32, _ piece: Piece, at tick: Int) {
        if queues[id] == nil {
            turns.append(id)
        }
        bytes += piece.bytes.readableBytes
        queues[id, default: Queue(movedAt: tick)].append(piece)
    }

    /// The stream whose turn it is, and its first piece.
    var first: (id: UInt32, piece: Piece)? {
        guard let id = turns.first, let piece = queues[id]?.pieces.first else { return nil }
        return (id, piece)
    }

    /// The first stream has sent `count` bytes; the next one has its turn.
    mutating func advance(by count: Int, pieceIsDone: Bool, at tick: Int) {
        let id = turns.removeFirst()
        guard var queue = queues.removeValue(forKey: id), var piece = queue.pieces.popFirst() else { return }
        bytes -= count
        queue.bytes -= count
        queue.movedAt = tick
        if !pieceIsDone {
            piece.bytes.moveReaderIndex(forwardBy: count)
            queue.pieces.prepend(piece)
        }
        guard !queue.pieces.isEmpty else { return }
        queues[id] = queue
        turns.append(id)
    }

    /// Streams that have waited since this tick, or longer, and sent nothing.
    func streams(unmovedSince tick: Int) -> [UInt32] {
        queues.filter { $0.value.movedAt <= tick }.map(\.key).sorted()
    }

    /// The first stream has no credit; the next one has its turn.
    mutating func rotate() {
        turns.append(turns.removeFirst())
    }

    mutating func drop(_ id: UInt32) {
        guard let queue = queues.removeValue(forKey: id), let index = turns.firstIndex(of: id) else { return }
        bytes -= queue.bytes
        turns.remove(at: index)
    }
}
