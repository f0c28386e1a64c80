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
    }

    private var pieces: [UInt32: CircularBuffer<Piece>] = [:]
    private var turns = CircularBuffer<UInt32>()

    /// Streams that wait.
    var count: Int { turns.count }

    func has(_ id: UInt32) -> Bool {
        !pieces.isEmpty && pieces[id] != nil
    }

    /// Pieces that wait on a stream.
    func count(_ id: UInt32) -> Int {
        pieces.isEmpty ? 0 : pieces[id]?.count ?? 0
    }

    mutating func append(_ id: UInt32, _ piece: Piece) {
        if pieces[id] == nil {
            turns.append(id)
        }
        pieces[id, default: CircularBuffer(initialCapacity: 2)].append(piece)
    }

    /// Bytes that wait on a stream.
    func bytes(_ id: UInt32) -> Int {
        pieces[id]?.reduce(0) { $0 + $1.bytes.readableBytes } ?? 0
    }

    /// The stream whose turn it is, and its first piece.
    var first: (id: UInt32, piece: Piece)? {
        guard let id = turns.first, let piece = pieces[id]?.first else { return nil }
        return (id, piece)
    }

    /// The first stream has sent `count` bytes; the next one has its turn.
    mutating func advance(by count: Int, pieceIsDone: Bool) {
        let id = turns.removeFirst()
        guard var queue = pieces.removeValue(forKey: id), var piece = queue.popFirst() else { return }
        if !pieceIsDone {
            piece.bytes.moveReaderIndex(forwardBy: count)
            queue.prepend(piece)
        }
        guard !queue.isEmpty else { return }
        pieces[id] = queue
        turns.append(id)
    }

    /// The first stream has no credit; the next one has its turn.
    mutating func rotate() {
        turns.append(turns.removeFirst())
    }

    mutating func drop(_ id: UInt32) {
        guard pieces.removeValue(forKey: id) != nil, let index = turns.firstIndex(of: id) else { return }
        turns.remove(at: index)
    }
}
