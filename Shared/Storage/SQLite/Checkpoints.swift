internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// When the WAL is copied into the database: pure, asked after each commit and each copy.
///
///     idle ──a commit, so many pages on──▶ copying ──ended, a little more is there by now──▶ copied
///      ▲ ▲                                 │    ▲ │                                           │
///      │ └─ended, that was all; failed─────┘    │ └─ended, much more──▶ behind                │
///      │                                        └──────a commit────────────┘                  │
///      └────────────────────────────────a commit: close the gap───────────────────────────────┘
///
/// A copy runs beside the commits and brings over all that was there when it began. What was committed meanwhile the next
/// copy brings over, which is shorter, and so on; when it is little, or after a few copies, the thread that commits does so
/// itself: only a WAL without a gap is begun anew, so it grows by no more than what is written during the copies. Everybody
/// waits for that thread: after one copy alone they waited for some 30 ms. A reader of an old moment may hold all of it up:
/// then the WAL goes on growing until the next time.
struct CheckpointRule: Equatable {
    enum OnCommit: Equatable {
        case nothing
        case beginCopy
        case closeGap
    }

    private enum State: Equatable {
        case idle, copying, behind, copied
    }

    /// So much less than the interval is little.
    private static let gapDivisor = 64
    private static let maximumCopies = 4

    private let intervalPages: Int
    private var state = State.idle
    /// One after the other, up to now.
    private var copies = 0
    /// Where the next copy begins.
    private var duePages: Int
    private var latestPages = 0

    /// A copy each time that the WAL has grown by so many pages.
    init(intervalPages: Int) {
        self.intervalPages = intervalPages
        duePages = intervalPages
    }

    /// The WAL has so many pages now.
    mutating func committed(pages: Int) -> OnCommit {
        // It was begun anew.
        if pages < latestPages { duePages = intervalPages }
        latestPages = pages
        switch state {
        case .idle:
            guard pages >= duePages else { return .nothing }
            duePages = pages + intervalPages
            copies = 0
            return beginCopy()
        case .behind: return beginCopy()
        case .copying: return .nothing
        case .copied:
            state = .idle
            return .closeGap
        }
    }

    private mutating func beginCopy() -> OnCommit {
        copies += 1
        state = .copying
        return .beginCopy
    }

    /// So many of the WAL's pages are in the database; `nil`: the copy failed.
    mutating func copyEnded(copiedPages: Int?) {
        guard let copiedPages, copiedPages < latestPages else { return state = .idle }
        let isLittle = latestPages - copiedPages <= intervalPages / Self.gapDivisor
        state = isLittle || copies == Self.maximumCopies ? .copied : .behind
    }
}

/// Copies the WAL into the database on a connection and a thread of its own: in a commit, which is what SQLite does by
/// itself, everybody whose write is queued would wait for it and for its two syncs.
///
/// A copy that fails is as if it had not been: what it should have brought over stays in the WAL, where commits go on, and the
/// next copy brings it over.
final class Checkpoints: Sendable {
    private let queue: DatabaseQueue
    private let rule: Mutex<CheckpointRule>
    private let reads: ReadsUnderWay

    /// `level` is the connections' `synchronous`.
    init(path: String, intervalPages: Int, synchronous level: Int, reads: ReadsUnderWay) throws {
        self.reads = reads
        var configuration = Configuration()
        configuration.label = "checkpoint"
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = \(level)") }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        rule = Mutex(CheckpointRule(intervalPages: intervalPages))
    }

    /// From now on follows the commits of `database`, instead of its own copying. It must be closed before this is gone.
    func follow(_ database: Database) {
        sqlite3_wal_hook(
            database.sqliteConnection,
            { checkpoints, connection, _, pages in
                guard let checkpoints else { return SQLITE_OK }
                Unmanaged<Checkpoints>.fromOpaque(checkpoints).takeUnretainedValue().committed(connection, Int(pages))
                // A commit is one, whatever becomes of the copy.
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func committed(_ connection: OpaquePointer?, _ pages: Int) {
        reads.committed(walPages: pages)
        switch rule.withLock({ $0.committed(pages: pages) }) {
        case .nothing: break
        case .beginCopy: copy()
        case .closeGap: sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        }
    }

    private func copy() {
        queue.asyncWriteWithoutTransaction { [self] database in
            let copied = try? database.checkpoint(.passive).checkpointedFrameCount
            rule.withLock { $0.copyEnded(copiedPages: copied) }
        }
    }

    /// Waits for the copy under way.
    func close() {
        try? queue.close()
    }
}
