public import Journal
internal import Synchronization

/// A group commit of a log, as it lies in memory for followers.
public final class LogTailGroup: Sendable {
    /// The index of its first entry.
    public let firstIndex: UInt64
    /// How many entries the log has with it.
    public let size: UInt64
    /// The head of the log behind it, a signed note.
    public let checkpoint: String
    /// About what it costs to send, and to keep.
    let byteCount: Int

    private enum Contents {
        case entries([JournalEntry])
        case encoded([UInt8])
    }

    private let contents: Mutex<Contents>

    /// Of entries that follow each other, at least one.
    init(_ entries: [JournalEntry], checkpoint: String) {
        precondition(!entries.isEmpty, "a group commit that appended nothing has no place in a log")
        firstIndex = entries[0].index
        size = firstIndex + UInt64(entries.count)
        byteCount = entries.reduce(checkpoint.utf8.count) { $0 + $1.approximateBytes }
        self.checkpoint = checkpoint
        contents = Mutex(.entries(entries))
    }

    /// What its entries are to a follower. The first who asks has them encoded, for all: the entries themselves are let go.
    public func encoded<Failure>(
        _ encode: ([JournalEntry]) throws(Failure) -> [UInt8]
    ) throws(Failure) -> [UInt8] {
        try contents.withLock { (contents) throws(Failure) -> [UInt8] in
            switch contents {
            case .encoded(let bytes): return bytes
            case .entries(let entries):
                let bytes = try encode(entries)
                contents = .encoded(bytes)
                return bytes
            }
        }
    }
}

/// The last group commits of a log, in memory: what followers that are near its end are sent, without reading the store.
///
/// It accepts what this process has committed, and may be told what others have. A group commit that does not go on where
/// the tail ends begins it anew: followers before that read the store.
final class LogTail: Sendable {
    /// Both generations together.
    static let limitBytes = 8 << 20

    /// Two halves: when the newer is full, the older is let go. So there is no place to count from that moves.
    private struct Groups {
        var older: [LogTailGroup] = []
        var newer: [LogTailGroup] = []
        var newerBytes = 0

        var size: UInt64? { (newer.last ?? older.last)?.size }
    }

    private let halfBytes: Int
    private let groups = Mutex(Groups())

    init(limitBytes: Int = LogTail.limitBytes) {
        halfBytes = limitBytes / 2
    }

    /// Takes note of a group commit that is durable. One that is there already, or lies before the end, changes nothing.
    func append(_ group: LogTailGroup) {
        groups.withLock { groups in
            if let size = groups.size {
                guard group.size > size else { return }
                if group.firstIndex != size { groups = Groups() }
            }
            if groups.newerBytes + group.byteCount > halfBytes {
                groups.older = groups.newer
                (groups.newer, groups.newerBytes) = ([], 0)
            }
            // What is too large to be kept ends the tail: the next one begins it anew.
            guard group.byteCount <= halfBytes else { return groups = Groups() }
            groups.newer.append(group)
            groups.newerBytes += group.byteCount
        }
    }

    /// Whole group commits behind the first `size` entries, until they have about `limitBytes` or `limitEntries`; the first
    /// may have twice the bytes, and more entries. None where the store must be asked: the tail begins later, `size` lies in
    /// the midst of a group commit, or the first one is larger than that.
    func groups(after size: UInt64, limitBytes: Int, limitEntries: Int) -> [LogTailGroup] {
        let groups = groups.withLock { $0 }
        var found: [LogTailGroup] = []
        var bytes = 0
        for half in [groups.older, groups.newer] {
            for group in half[half.partition(at: size)...] {
                let isNext = group.firstIndex == (found.last?.size ?? size)
                let hasRoom =
                    found.isEmpty
                    ? group.byteCount / 2 <= limitBytes
                    : bytes + group.byteCount <= limitBytes && group.size - size <= UInt64(limitEntries)
                guard isNext, hasRoom else { return found }
                found.append(group)
                bytes += group.byteCount
            }
        }
        return found
    }
}

extension [LogTailGroup] {
    /// Where those begin that are not before `index`.
    fileprivate func partition(at index: UInt64) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].firstIndex < index { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Store {
    /// Whole group commits behind `cursor` that are in memory, until they have about `limitBytes` or `limitEntries`; none
    /// where ``logPiece(after:limitBytes:limitEntries:)`` must be asked.
    public func tail(after cursor: LogCursor, limitBytes: Int, limitEntries: Int = .max) -> [LogTailGroup] {
        guard cursor.epoch == epoch else { return [] }
        return tail.groups(after: cursor.size, limitBytes: limitBytes, limitEntries: limitEntries)
    }
}
