public import Journal

/// How a service's rows follow from its log: what makes sure that they do. Its rows are a pure fold of the log's entries; this
/// is made of the rules by which they are written.
public protocol LogProjection: Sendable {
    /// Takes the log's next entries, and checks what they brought about. The tables may hold what later ones did.
    mutating func check(_ entries: [JournalEntry], in view: ReadTransaction, _ faults: inout StoreFaults) throws

    /// Checks what there is to check once all entries that the view has were taken: rows that no entry brought about.
    func checkWhole(in view: ReadTransaction, _ faults: inout StoreFaults) throws
}

/// What was found of a whole store.
public struct StoreVerification: Sendable, Hashable {
    public var entryCount: UInt64
    public var groupCount: UInt64
    public var faults: StoreFaults
}

/// Walks a store, a piece at a time: the log, and with it the rows.
private struct StoreWalk: Sendable {
    var log: LogVerifier
    var projection: (any LogProjection)?
    var faults = StoreFaults()
    private(set) var isDone = false

    init(_ key: NoteKey, _ projection: (any LogProjection)?) {
        log = LogVerifier(key: key)
        self.projection = projection
    }

    /// A piece, of one view.
    mutating func step(_ connection: any DriverConnection) throws {
        let view = ReadTransaction(connection: connection)
        // As far as it is by now: at the end of the walk the rows are held against all of it.
        let end = try connection.lastLogGroup()?.size ?? 0
        let entries = try log.readPiece(until: end, on: connection, &faults)
        do {
            try projection?.check(entries, in: view, &faults)
            guard log.size >= end || log.isBroken else { return }
            isDone = true
            // Of what cannot be read nobody knows which rows should be there.
            if !log.isBroken { try projection?.checkWhole(in: view, &faults) }
        } catch let error as StorageError where error.tellsOfData {
            faults.add(error.message)
        }
    }
}

extension StoreDriver {
    /// Reads the whole store; `pause` is called between its pieces.
    func verify(
        _ key: NoteKey, _ projection: (any LogProjection)?, pause: () async throws -> Void = {}
    ) async throws -> StoreVerification {
        var walk = StoreWalk(key, projection)
        walk.faults = try await read { try $0.checkLogHead() }
        while !walk.isDone {
            walk = try await read { [walk] connection in
                var walk = walk
                try walk.step(connection)
                return walk
            }
            try await pause()
        }
        return StoreVerification(entryCount: walk.log.size, groupCount: walk.log.groupCount, faults: walk.faults)
    }
}

extension Store {
    /// Verifies the whole store while it is used, and stops its writes when something does not hold. After each piece it
    /// rests for three times as long as that took. Does nothing for a store without a log.
    ///
    /// - Parameter rest: returns after so long.
    public func verify(
        _ projection: (any LogProjection)?,
        rest: (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async throws -> StoreVerification? {
        guard let logKey else { return nil }
        var begin = ContinuousClock.now
        let found = try await driver.verify(logKey, projection) {
            try await rest((ContinuousClock.now - begin) * 3)
            begin = .now
        }
        if let first = found.faults.told.first {
            let others = found.faults.count > 1 ? ", and \(found.faults.count - 1) more" : ""
            hold(because: first + others)
        }
        return found
    }

    /// Stops all writes because what is stored is not what was sealed: nothing is to be signed upon it. Reads go on, each of
    /// them checked.
    func hold(because fault: String) { groupCommit.hold(because: fault) }

    /// Stops all writes because a part of what is stored cannot be read: what it should say nobody knows. An error that passes,
    /// as of a database that is away, stops nothing.
    public func cannotBeRead(_ error: StorageError) {
        switch error.code {
        case .damaged, .malformedData, .ioFailure, .journalBroken, .badStatement: hold(because: error.message)
        default: break
        }
    }

    /// Reads, and stops all writes where what was read does not hold.
    func checking<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StorageError where error.code == .journalBroken {
            hold(because: error.message)
            throw error
        }
    }

    /// The entry that `proof` is of, with its body: what the proof proves, or `.journalBroken`.
    public func entry(provenBy proof: LogProof) async throws -> JournalEntry {
        try await checking {
            guard let entry = try await driver.read({ try $0.logEntry(at: proof.index) }),
                entry.logEntry(journalSHA256) == proof.entry
            else {
                throw StorageError(.journalBroken, "entry \(proof.index) of the log is not the one that was sealed")
            }
            return entry
        }
    }

    /// Judges a checkpoint that a follower has verified, and that this log does not go on from as it says. Where this store's
    /// own key has signed it, the store went back, and others have followed what it lost: nothing is sealed any more, and why
    /// is given back; `nil` for what is no evidence.
    public func confront(_ note: String) async throws -> String? {
        guard let logKey, let signed = try? SignedCheckpoint(parsing: Array(note.utf8)),
            signed.fault(origin: logKey.name, keys: [logKey], isValid: NoteKey.signatureCheck) == nil
        else { return nil }
        let told = signed.checkpoint
        let (size, root) = try await driver.read { connection in
            (try connection.lastLogGroup()?.size ?? 0, try connection.logRoot(ofFirst: told.size))
        }
        guard root != told.root else { return nil }
        let fault =
            told.size > size
            ? "a follower has a checkpoint of \(told.size) entries with this store's signature, and the log has \(size)"
            : "a follower has another root of the first \(told.size) entries, with this store's signature"
        hold(because: "the store went back: \(fault)")
        return "the store went back: \(fault)"
    }
}

extension GroupCommit {
    /// See ``Store/hold(because:)``. The first fault stays the one that is told.
    func hold(because fault: String) {
        guard trouble.value.holds[.log] == nil else { return }
        hold(
            .log,
            StorageError(
                .held,
                "what is stored is not what was sealed: \(fault). Nothing is taken in or signed; stop the program, see what "
                    + "'store verify' says, and put the right store back"))
    }
}

/// `qm-SERVICE store verify`: a whole store that nobody has open.
public struct StoreVerifying: Sendable {
    private let options: StoreOptions
    private let projection: (any LogProjection)?
    private let headFile: String?

    /// - Parameters:
    ///   - migrations: the service's.
    ///   - projection: how its rows follow from its log; `nil` where they do not.
    ///   - headFile: what the store is held against; `nil`: nothing.
    public init(
        _ place: StorePlace, service: String, migrations: [Migration], projection: (any LogProjection)?,
        headFile: String?, synchronous: StoreOptions.Synchronous = .full
    ) {
        var options = StoreOptions(place, service: service, migrations: migrations, wallClock: { 0 })
        options.synchronous = synchronous
        self.options = options
        self.projection = projection
        self.headFile = headFile
    }

    /// Reads all of it and changes nothing. Errors name the store; what is wrong with it is among the faults. `nil` for a
    /// store without a log.
    public func run() async throws -> StoreVerification? {
        do {
            return try await verify()
        } catch let error as StorageError {
            throw StorageError(error.code, "store \(options.place): \(error.message)", detail: error.detail)
        }
    }

    private func verify() async throws -> StoreVerification? {
        if case .file(let path) = options.place, !StoreFile.isThere(path) {
            throw StorageError(.cannotOpen, "is not there: name the store that is to be verified")
        }
        let driver = try Store.driver(options)
        defer { driver.close() }
        let settings = try await driver.read { [options] connection in
            guard try connection.hasTable(StorageSchema.settings.name) else {
                throw StorageError(.mismatch, "holds no store: name the one that is to be verified")
            }
            let settings = try connection.settings()
            try StoreSettings.check(settings, belongsTo: options)
            return settings
        }
        guard let key = try await driver.logKey(settings, options.service) else { return nil }
        var found = try await driver.verify(key, projection)
        if let headFile, let known = try HeadFile(path: headFile).known {
            let fault = try await driver.read { try known.fault(key, $0) }
            if let fault { found.faults.add("\(headFile): \(fault)") }
        }
        return found
    }
}

extension StoreDriver {
    /// The public half of the key that the store was made with, by the name of its log; `nil` for a store without a log or
    /// without entries.
    func logKey(_ settings: [String: String], _ service: String) async throws -> NoteKey? {
        guard let text = settings["log_key"], let last = try await read({ try $0.lastLogGroup() }) else { return nil }
        let origin = try last.signedCheckpoint().checkpoint.origin
        guard let publicKey = Base64.decode(Array(text.utf8)[...]),
            let key = try? NoteKey(name: origin, publicKey: publicKey, journalSHA256),
            let epoch = settings["epoch"].flatMap(JournalEpoch.init(hexadecimal:)),
            LogOrigin.isLog(origin, of: service, epoch)
        else {
            throw StorageError(
                .journalBroken, "the log's last checkpoint is of '\(origin)', which is not this store's log")
        }
        return key
    }
}

extension AcknowledgedHead {
    /// What a log does not have of it; `nil` if it has all.
    fileprivate func fault(_ key: NoteKey, _ connection: any DriverConnection) throws -> String? {
        guard LogOrigin.epoch(of: key.name) == cursor.epoch else { return "it is of another epoch than the store" }
        guard let there = try connection.logRoot(ofFirst: cursor.size) else {
            return "\(cursor.size) entries were acknowledged, the last one of \(sealedText), and the log is shorter"
        }
        return there == root ? nil : "the first \(cursor.size) entries that were acknowledged are others"
    }
}
