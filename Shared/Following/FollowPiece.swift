internal import Journal
internal import Messages
internal import RPC
internal import Storage

/// What one response brings of a log: entries in the form in which they are sent.
struct FollowPiece {
    /// The index of the first entry, or of the next one.
    let firstIndex: UInt64
    /// How many entries the log has with them.
    private(set) var size: UInt64
    /// The head of the log behind them; `nil` where a group commit goes on behind them, and for none.
    private(set) var checkpoint: String?
    /// The field `entries` of the response.
    private(set) var encodedEntries: [UInt8] = []

    var isEmpty: Bool { size == firstIndex }

    /// Nothing.
    init(after size: UInt64) {
        firstIndex = size
        self.size = size
    }

    /// From the store.
    init(after size: UInt64, _ piece: LogPiece) throws(RPCError) {
        self.init(after: size)
        self.size += UInt64(piece.entries.count)
        checkpoint = piece.checkpoint
        encodedEntries = try Self.encode(piece.entries)
    }

    /// From the tail.
    init(after size: UInt64, _ groups: [LogTailGroup]) throws(RPCError) {
        self.init(after: size)
        for group in groups {
            encodedEntries += try group.encoded { (entries) throws(RPCError) in try Self.encode(entries) }
        }
        self.size = groups.last?.size ?? size
        checkpoint = groups.last?.checkpoint
    }

    private static func encode(_ entries: [JournalEntry]) throws(RPCError) -> [UInt8] {
        try TypeV1.FollowResponse(entries: entries.map(\.message)).encodedBytes()
    }
}

/// A quality.type.v1.FollowResponse as its bytes: its entries are encoded already. Fields of a message stand one after the
/// other, so that what was encoded apart is put together, and in their order to the bytes that would have been encoded at once.
struct EncodedFollowResponse: Message {
    static var messageName: String { TypeV1.FollowResponse.messageName }

    private let bytes: [UInt8]

    init(_ piece: FollowPiece, epoch: JournalEpoch, key: NoteKey, isAtEnd: Bool) throws(RPCError) {
        let before = try TypeV1.FollowResponse(epoch: epoch.bytes, firstIndex: piece.firstIndex).encodedBytes()
        let behind = try TypeV1.FollowResponse(
            atEnd: isAtEnd, checkpoint: piece.checkpoint ?? "", key: key.text
        ).encodedBytes()
        bytes = before + piece.encodedEntries + behind
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    static func decode(_ bytes: UnsafeRawBufferPointer) -> EncodedFollowResponse {
        EncodedFollowResponse(bytes: Array(bytes))
    }

    func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }
}
