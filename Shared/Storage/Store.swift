public import Journal

/// A service's own database: tables, a journal, one writer that shares its commits, several readers.
///
/// A store has one service and one epoch. A file has one opener at a time; a database may have many, which take turns by
/// group commit. Closures run synchronously on the writer's thread or on a
/// reader's; they get rows out and must not wait for anything.
public final class Store: Sendable {
    /// The journal's.
    public let epoch: JournalEpoch
    /// The key that signs the log, with its name; `nil` for a store without one.
    public let logKey: NoteKey?
    /// The file of ``StoreOptions/headFile``, if it had to be made for a store that was there: whether that has all that was
    /// acknowledged is not known.
    public let madeHeadFile: String?
    let driver: any StoreDriver
    let groupCommit: GroupCommit
    private let head: Watched<LogHead>
    let tail = LogTail()

    /// Opens the store at `options.place`, making it if it is not there, and brings its schema up to date. Blocks while
    /// it does. The errors name the place and the remedy.
    public init(opening options: StoreOptions) throws(StorageError) {
        do {
            let wasThere = if case .file(let path) = options.place { StoreFile.isThere(path) } else { false }
            let driver = try Self.driver(options)
            do {
                let (settings, signer, log) = try driver.withWriter { connection in
                    try Self.prepare(connection, options, isShared: driver.isShared, wasThere: wasThere)
                }
                let faults = try signer.map { signer in
                    try driver.withWriter { connection in
                        try connection.inTransaction {
                            // Of a database another copy may be writing to it: what is looked at is of one moment.
                            _ = try connection.lockedHead()
                            return try connection.checkLogEnd(signer.key)
                        }
                    }
                }
                madeHeadFile = try log.headFile?.goOn(from: log)
                try driver.opened()
                epoch = settings.epoch
                logKey = signer?.key
                self.driver = driver
                head = Watched(log.head)
                groupCommit = GroupCommit(driver: driver, options: options, head: head, tail: tail)
                if let fault = faults?.told.first { groupCommit.hold(because: fault) }
                groupCommit.start(log)
            } catch {
                driver.close()
                throw error
            }
        } catch {
            throw Self.named(error, options.place)
        }
    }

    /// Whether there is a store at `options.place`, this service's. Makes nothing. Blocks; its errors are
    /// those of opening.
    public static func isThere(_ options: StoreOptions) throws(StorageError) -> Bool {
        if case .file(let path) = options.place { return StoreFile.isThere(path) }
        do {
            let driver = try driver(options)
            defer { driver.close() }
            return try driver.withWriter { connection in
                guard try connection.hasTable(StorageSchema.settings.name) else { return false }
                let settings = try connection.settings()
                if settings.isEmpty { return false }
                try StoreSettings.check(settings, belongsTo: options)
                return true
            }
        } catch {
            throw named(error, options.place)
        }
    }

    private static func named(_ error: any Error, _ place: StorePlace) -> StorageError {
        guard let error = error as? StorageError else {
            return StorageError(.cannotOpen, "store \(place): cannot be opened", detail: "\(error)")
        }
        return StorageError(error.code, "store \(place): \(error.message)", detail: error.detail)
    }

    static func driver(_ options: StoreOptions) throws -> any StoreDriver {
        switch options.place {
        case .file(let path): try SQLiteDriver(path: path, options)
        case .database(let address, let library): try PostgresDriver(address, library: library, options)
        }
    }

    /// - Parameter wasThere: the file, before it was opened.
    private static func prepare(
        _ connection: any DriverConnection, _ options: StoreOptions, isShared: Bool, wasThere: Bool
    ) throws -> (StoreSettings, NoteSigner?, LogWriter) {
        let headFile = try options.headFile.map { path throws(StorageError) in try HeadFile(path: path) }
        if try !connection.hasTable(StorageSchema.settings.name) {
            try headFile?.known?.checkNothingIsLost(options, from: headFile?.path ?? "")
            // A restore that was interrupted, or a file that was emptied: to begin anew in it would lose a store in silence.
            guard !wasThere else {
                throw StorageError(
                    .mismatch,
                    "is there and holds no store, as after a restore or a copy that was interrupted: put the right store back; or "
                        + "remove the file, and with it those named -wal and -shm, and restore again or begin with a new store"
                )
            }
            try connection.refuseForeignTables((StorageSchema.migrations + options.migrations).flatMap(\.tables))
        }
        for table in StorageSchema.bootstrap where try !connection.hasTable(table.name) { try connection.make(table) }
        // Before any migration: a store of another service is not to be touched.
        let settings = try StoreSettings.establish(options, on: connection)
        try Migration.apply(StorageSchema.migrations, of: .storage, to: connection, isShared: isShared)
        try Migration.apply(options.migrations, of: .service, to: connection, isShared: isShared)
        try connection.makeLogHead()
        // Said at start rather than to the first who writes.
        if isShared { try connection.touchLogHead() }
        let signer = try options.logKey?.signer(service: options.service, epoch: settings.epoch)
        var writer = LogWriter(epoch: settings.epoch, signer: signer)
        if let log = try connection.logEnd() {
            guard let head = try connection.row(LogHeadRow.self, LogHeadRow.name) else { throw LogHeadRow.missing }
            writer = LogWriter(epoch: settings.epoch, signer: signer, log: log, instant: head.instant)
        }
        if let headFile {
            try headFile.known?.check(settings, writer, of: options, from: headFile.path, on: connection)
            writer.headFile = headFile
        }
        return (settings, signer, writer)
    }

    deinit {
        close()
    }

    /// Carries out what is queued, then closes. Blocks until it is done; a second call does nothing. Writes and waits
    /// that come later throw `.closed`.
    public func close() {
        groupCommit.stop()
        endWaits()
        driver.close()
    }

    /// Has a decision made in a group commit and returns when what it did is durable. What it throws comes out here, and
    /// then it did nothing. Also thrown: `.overloaded` (nothing was done), and the errors of a commit that failed (nothing
    /// was kept). A decision that is queued is made, whether its task is cancelled or not.
    @discardableResult
    public func commit<D: Decision>(_ decision: D) async throws -> Committed<D.Answer> {
        try await withUnsafeThrowingContinuation { continuation in
            let write = WaitingDecision(continuation, decision)
            if let refusal = groupCommit.enqueue(write) { write.fail(refusal) }
        }
    }

    /// Carries out `body` on a consistent view that holds every write acknowledged before.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        try await reading { try body(ReadTransaction(connection: $0)) }
    }

    /// Reads, and stops all writes where what was read is not what was sealed.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try await checking { try await driver.read(body) }
    }

    /// Why the store takes no more writes; `nil` when all is well. Only opening it again helps.
    public var failure: StorageError? { groupCommit.failure }

    /// What keeps the store from being used now: its failure, a database that could not be reached when it was last tried, to
    /// write or to read, or a hold; `nil` when all is well.
    public var trouble: StorageError? { groupCommit.trouble.value.first }

    /// Bytes of the WAL of a store that is a file: what is not in the file itself yet.
    public var walBytes: Int { driver.walBytes }

    /// Returns ``trouble`` as soon as it is no longer `known`.
    public func waitForTrouble(otherThan known: StorageError?) async throws -> StorageError? {
        try await groupCommit.trouble.wait { $0.first != known }.first
    }

    /// Stops all writes for `cause`, those that wait too, or with `nil` ends its hold: they throw `reason`, and nothing of
    /// them is done. Several causes hold it independently of each other. Reads go on.
    public func hold(_ cause: StoreHold, _ reason: StorageError?) {
        groupCommit.hold(cause, reason)
    }
}

// MARK: - The log

extension Store {
    /// Where the log durably ends, as far as this process has seen: what it has acknowledged itself, and what others had a
    /// moment ago.
    public var journalHead: LogCursor { head.value.cursor }

    /// What the log has come to, as far as this process has seen: no report is sealed at an earlier instant.
    public var journalInstant: LogInstant { head.value.instant }

    /// What time it is in the database's server, microseconds since 1970; `nil` for a file.
    public func databaseClock() async throws -> Int64? {
        guard driver.isShared else { return nil }
        return try await driver.read { connection in
            try connection.first(
                "SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT)", []
            ) { try $0.integer(0) }
        }
    }

    /// Where the log durably ends: with all that was acknowledged, by whomever, before this was asked.
    public func currentHead() async throws -> LogCursor {
        guard driver.isShared, let last = try await driver.read({ try $0.lastLogGroup() }) else { return journalHead }
        return LogCursor(epoch: epoch, size: max(last.size, journalHead.size))
    }

    /// Whether the log has so many entries.
    func reaches(_ size: UInt64) async throws -> Bool {
        if journalHead.size >= size { return true }
        return try await currentHead().size >= size
    }

    /// Returns when the log has an entry that `cursor` does not cover: at once, or after the commit that appends it. Throws
    /// `CancellationError` when the task is cancelled and `.closed` when the store is.
    public func waitForEntries(beyond cursor: LogCursor) async throws {
        _ = try await head.wait { !cursor.covers($0.cursor) }
    }

    /// Ends the waits for entries, those under way and those to come, with `.closed`: a service that is about to stop lets
    /// its followers go. Reads and writes go on.
    public func endWaits() {
        head.end(StorageError(.closed, "the store is closed"))
    }

    /// Entries behind `cursor`, in order, until they have about `limitBytes` (at least one if there is any) or are
    /// `limitEntries`, with the checkpoint behind them. `.cursorOfAnotherHistory` when the cursor is not a place of this log.
    /// A database in another process sends all `limitEntries` that it was asked for, whether they are read or not.
    public func logPiece(
        after cursor: LogCursor, limitBytes: Int, limitEntries: Int = 4_096
    ) async throws -> LogPiece {
        guard cursor.epoch == epoch else { throw Self.otherHistory }
        guard try await reaches(cursor.size) else { throw Self.otherHistory }
        return try await reading {
            try $0.logPiece(after: cursor.size, limitBytes: limitBytes, limitEntries: limitEntries)
        }
    }

    /// Throws `.cursorOfAnotherHistory` unless the log had this root at that size.
    public func check(_ cursor: LogCursor, root: JournalHash) async throws {
        guard cursor.epoch == epoch else { throw Self.otherHistory }
        guard try await reaches(cursor.size) else { throw Self.otherHistory }
        let head = head.value
        // Most who ask are where the log is, and ask often.
        let isEnd = cursor.size == head.cursor.size
        let known: JournalHash? = isEnd ? head.root : try await reading { try $0.logRoot(ofFirst: cursor.size) }
        guard known == root else { throw Self.otherHistory }
    }

    private static var otherHistory: StorageError {
        StorageError(
            .cursorOfAnotherHistory,
            "the cursor is not a place in this journal, which was made anew or restored since: rebuild from its start")
    }

    /// The proof of the entry at `position`, the same bytes each time; `nil` if there is no such entry. It holds: else
    /// `.journalBroken` is thrown, and no more is written.
    public func proof(at position: JournalPosition) async throws -> LogProof? {
        guard position.epoch == epoch, let logKey else { return nil }
        return try await checking {
            guard let proof = try await driver.read({ try $0.proof(at: position.index) }) else { return nil }
            let fault = proof.fault(
                origin: logKey.name, keys: [logKey], journalSHA256, isValid: NoteKey.signatureCheck)
            if let fault { throw StorageError(.journalBroken, "entry \(position.index) of the log: \(fault)") }
            return proof
        }
    }
}
