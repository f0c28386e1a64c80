internal import Cryptography
public import Journal
public import PostgreSQL

/// Where a store is kept.
public enum StorePlace: Sendable, Hashable {
    /// An SQLite file, for one process. Its directory must exist; the file is made if it does not.
    case file(String)
    /// A PostgreSQL database of its own, for any number of processes; its tables are made if they do not exist. `library` is
    /// the client library, such as `libpq.so.5`.
    case database(PostgresAddress, library: String)

    /// What an operator changes to name another one.
    var setting: String {
        switch self {
        case .file: "store.path"
        case .database: "store.url"
        }
    }
}

extension StorePlace: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path): path
        case .database(let address, _): address.description
        }
    }
}

/// What a service says of its store when it opens it.
public struct StoreOptions: Sendable {
    /// How a commit reaches the disk.
    public enum Synchronous: String, Sendable {
        /// Synced before it is acknowledged, but for what can be done again (``Decision/mustReachDisk``).
        case full
        /// Not synced: a power cut loses acknowledged writes. Exists for the test that proves what `full` is worth.
        case off
    }

    public var place: StorePlace
    /// The service's name, e.g. "submission". A store made by another service is refused.
    public var service: String
    /// The service's schema.
    public var migrations: [Migration]
    /// True when the wall clock is not the real one. A store keeps this mark for ever and opens only under the same.
    public var isRehearsal: Bool
    public var synchronous: Synchronous = .full
    /// The suite's, as its certificates have it. A store keeps that of its first opening for ever, and is refused under
    /// another: what a service writes there would be taken for this suite's. `nil`: not looked at.
    public var trustDomain: String?
    /// Reads that can go on at once.
    public var readerCount = 4
    /// Writes that may wait for the group commit; beyond them a write is refused with `.overloaded`.
    public var waitingWritesLimit = 16_384
    /// Writes that share one transaction.
    public var groupCommitLimit = 256
    /// The WAL is copied into the database each time it has grown by so many pages of 4 KiB, 4 MiB. Each copy is synced, and
    /// syncs of commits wait for it: with 64 MiB the p99 of single pushes was twice as long, and beside batches three times. It
    /// is also what is read when the store is opened after a crash.
    package var checkpointPages = 1_024
    /// A read beside which so many pages are written is given up, 256 MiB: it keeps the WAL from being begun anew.
    package var walLimitPages = 65_536
    /// Signs the log's checkpoints. Without one nothing can be appended.
    public var logKey: LogKey?
    /// Where the log's head is kept outside of the database, in a file of this program's own or of all copies on this
    /// machine; `nil`: nowhere. A store that has not all that the file says was acknowledged is not opened.
    public var headFile: String?
    /// Microseconds since 1970-01-01T00:00:00Z. What it throws, `.held` where the clock cannot be believed, is what becomes of
    /// the group commit; nothing of that is done then.
    public var wallClock: @Sendable () throws(StorageError) -> Int64
    /// By how much that may be behind what the log has come to; `nil`: by anything. The log waits for it meanwhile.
    public var clockToleranceMicroseconds: Int64?
    /// Makes the epoch of a new store.
    public var makeEpoch: @Sendable () -> JournalEpoch

    public init(
        _ place: StorePlace, service: String, migrations: [Migration], isRehearsal: Bool = false, logKey: LogKey? = nil,
        wallClock: @escaping @Sendable () throws(StorageError) -> Int64,
        makeEpoch: @escaping @Sendable () -> JournalEpoch = StoreOptions.randomEpoch
    ) {
        self.place = place
        self.service = service
        self.migrations = migrations
        self.isRehearsal = isRehearsal
        self.logKey = logKey
        self.wallClock = wallClock
        self.makeEpoch = makeEpoch
    }

    /// From the system's generator.
    public static let randomEpoch: @Sendable () -> JournalEpoch = {
        var generator = SystemRandomNumberGenerator()
        return JournalEpoch(using: &generator)
    }
}

/// SHA-256 of libcrypto, as the journal's encodings want it.
public let journalSHA256: JournalHashFunction = { bytes in
    JournalHash { SHA256.hash(bytes, into: $0) }
}
