public import Journal

/// How far a log was followed.
struct FollowedLogRow: StoredRow {
    static let table = Table(
        "followed_log", key: [.text("source")],
        values: [
            .bytes("epoch"), .bytes("frontier"), .text("log_key"), .text("checkpoint", optional: true),
        ])

    let key: String
    let followed: FollowedLog

    init(_ source: String, _ followed: FollowedLog) {
        key = source
        self.followed = followed
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        guard let epoch = JournalEpoch(try columns.bytes()), let frontier = CompactRange(bytes: try columns.bytes())
        else {
            throw StorageError(.damaged, "what is known of the log \(key) is damaged: rebuild it")
        }
        followed = FollowedLog(
            epoch: epoch, frontier: frontier, key: try columns.text(), checkpoint: try columns.optionalText() ?? "")
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.bytes(followed.epoch.bytes))
        columns.add(.bytes(followed.frontier.bytes))
        columns.add(.text(followed.key))
        columns.add(.unlessEmpty(followed.checkpoint))
    }
}

/// What a follower knows of a log: where it stands in it, and who signs it.
public struct FollowedLog: Sendable, Hashable {
    public var epoch: JournalEpoch
    /// Of the entries that took effect.
    public var frontier: CompactRange
    /// The log's verifier key (``NoteKey/text``), as it was when the epoch was first followed.
    public var key: String

    /// The checkpoint that covers those entries, a signed note: the log's own word that they were there. Empty for none.
    public var checkpoint: String

    public init(epoch: JournalEpoch, frontier: CompactRange, key: String, checkpoint: String = "") {
        self.checkpoint = checkpoint
        self.epoch = epoch
        self.frontier = frontier
        self.key = key
    }

    public var cursor: LogCursor { LogCursor(epoch: epoch, size: frontier.size) }
}

extension ReadTransaction {
    /// How far this store has followed the log called `source`; `nil` when it has not begun.
    public func followedLog(_ source: String) throws -> FollowedLog? {
        try row(FollowedLogRow.self, source)?.followed
    }
}

extension WorkingSet {
    /// Names how far the log called `source` was followed.
    public func wantFollowedLog(_ source: String) { want(FollowedLogRow.self, source) }

    /// How far the log called `source` was followed; `nil` when it was not begun.
    public func followedLog(_ source: String) -> FollowedLog? { row(FollowedLogRow.self, source)?.followed }

    /// Notes how far the log called `source` was followed: together with what its entries effected, so that each takes effect
    /// once.
    public func setFollowedLog(_ followed: FollowedLog, _ source: String) { put(FollowedLogRow(source, followed)) }

    /// Forgets how far the log called `source` was followed: a part of a rebuild.
    public func forgetFollowedLog(_ source: String) {
        forget([Forgetting(FollowedLogRow.table, where: "source", is: .text(source))])
    }
}
