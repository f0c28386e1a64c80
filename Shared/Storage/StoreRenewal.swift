public import Cryptography
public import Journal

/// Gives a store a new epoch, in which its log goes on: by the operator's word, when the store was put back to an earlier
/// state and what came after may have been acknowledged. Followers build again what came from it, and nobody takes a place
/// of the new epoch for one of the old.
///
/// Entries, leaves, tiles and tree stay. The checkpoint of every group commit is signed again, since its origin names the
/// epoch, and so proofs of the new epoch come of every entry. The first entry that the new epoch appends says what it goes on
/// from. Nobody else may have the store open meanwhile: a file is locked, and of a database the head is taken away, without
/// which nobody begins a group commit.
///
/// ```
///     whole ──mark, take the head away──▶ half renewed ──sign page by page──▶ ──verify, append, put the head back──▶ whole
/// ```
///
/// Whatever stops it in between, no service opens the store, and the same again goes on where it was.
public struct StoreRenewal: Sendable {
    /// What the entry that begins the new epoch tells.
    public struct Beginning: Sendable, Hashable {
        public var earlierEpoch: JournalEpoch
        /// How many of its entries are here.
        public var earlierSize: UInt64
        /// When the last of them was sealed; 0 for none.
        public var stateUnixMicroseconds: Int64
        /// Tells of more entries of the earlier epoch than are here.
        public var lastKnown: SignedCheckpoint?
    }

    public struct Summary: Sendable {
        public var beginning: Beginning
        public var epoch: JournalEpoch
        /// The log's head with the entry that begins the epoch, a signed note.
        public var checkpoint: String
    }

    /// What goes into one transaction: a group has up to 256 leaves of 32 bytes.
    private static let pageGroups = 500
    /// The kind of the entry that begins an epoch, in every service's log.
    public static let entryKind = "epoch.begun"

    private let options: StoreOptions
    private let key: SigningKey
    private let kept: [SignedCheckpoint]
    private let body: @Sendable (Beginning, ReadTransaction) throws -> [UInt8]

    /// - Parameters:
    ///   - key: the one that signs the log.
    ///   - kept: checkpoints that somebody kept, the latest last, of any epoch; those of the store's epoch must be of its
    ///     history. They tell what is lost.
    ///   - body: encodes the entry that begins the epoch.
    public init(
        of place: StorePlace, service: String, migrations: [Migration], key: SigningKey, kept: [SignedCheckpoint] = [],
        synchronous: StoreOptions.Synchronous = .full, wallClock: @escaping @Sendable () -> Int64,
        makeEpoch: @escaping @Sendable () -> JournalEpoch = StoreOptions.randomEpoch,
        body: @escaping @Sendable (Beginning, ReadTransaction) throws -> [UInt8]
    ) {
        options = StoreOptions(
            place, service: service, migrations: migrations, synchronous: synchronous, wallClock: wallClock,
            makeEpoch: makeEpoch)
        self.key = key
        self.kept = kept
        self.body = body
    }

    /// Errors name the place.
    public func run() async throws -> Summary {
        try await options.place.naming {
            if case .file(let path) = options.place, !StoreFile.isThere(path) {
                throw StorageError(.cannotOpen, "is not there: name the store that is to go on in a new epoch")
            }
            let driver = try Store.driver(options)
            defer { driver.close() }
            let epochs = try await begin(on: driver)
            try sign(on: driver, epochs)
            let end = try driver.withWriter { try $0.lastLogGroup()?.size } ?? 0
            let instant = try await driver.walkedLog(end: end, key: epochs.new.key).instant ?? LogInstant()
            return try driver.withWriter { try finish(on: $0, epochs, instant) }
        }
    }

    /// The two epochs, with what signed in the one and what signs in the other.
    private struct Epochs {
        let earlier: JournalEpoch
        let earlierKey: NoteKey
        let epoch: JournalEpoch
        let new: NoteSigner

        init(from earlier: JournalEpoch, to epoch: JournalEpoch, _ key: LogKey, _ service: String) throws {
            self.earlier = earlier
            self.epoch = epoch
            earlierKey = try key.signer(service: service, epoch: earlier).key
            new = try key.signer(service: service, epoch: epoch)
        }
    }

    /// Marks the store, unless that was done before.
    private func begin(on driver: any StoreDriver) async throws -> Epochs {
        let (settings, last) = try driver.withWriter { connection in
            (try StoreSettings.whole(options, connection, mayBeHalfRenewed: true), try connection.lastLogGroup())
        }
        let key = try logKey(settings, last)
        let earlier = try StoreSettings.epoch(settings)
        if let marked = settings[StoreSettings.renewingSetting] {
            return try Epochs(
                from: earlier, to: try StoreSettings.epoch(hexadecimal: marked), key, options.service)
        }
        let epochs = try Epochs(from: earlier, to: options.makeEpoch(), key, options.service)
        let size = last?.size ?? 0
        _ = try await driver.verifyLog(end: size, key: epochs.earlierKey)
        try driver.withWriter { connection in
            _ = try lastKnown(epochs.earlierKey, size, connection)
            try connection.inTransaction {
                guard let head = try connection.lockedHead() else { throw LogHeadRow.missing }
                guard head.size == size else {
                    throw StorageError(.busy, "is being written to: stop all copies of the service, and try again")
                }
                try Self.mark(connection, as: epochs.epoch)
            }
        }
        return epochs
    }

    /// What signs the store's log, in the name that its checkpoints bear.
    private func logKey(_ settings: [String: String], _ last: LogGroupRow?) throws -> LogKey {
        guard let known = settings["log_key"] else {
            throw StorageError(.mismatch, "has no journal: it needs no epoch")
        }
        guard known == LogKey.text(of: key.verifyingKey) else {
            throw StorageError(.mismatch, "its journal was signed with another key: name that one")
        }
        let origin = try last?.signedCheckpoint().checkpoint.origin ?? kept.first?.checkpoint.origin
        guard let domain = origin.flatMap(LogOrigin.trustDomain(of:)) else {
            throw StorageError(.mismatch, "its journal is empty: nothing goes on from it, make a new store")
        }
        return LogKey(trustDomain: domain, key: key)
    }

    /// Half renewed is what it is from then on, in a transaction.
    static func mark(_ connection: any DriverConnection, as epoch: JournalEpoch) throws {
        try connection.set(StoreSettings.renewingSetting, epoch.hexadecimal)
        try connection.make(.deleting(LogHeadRow.self, [LogHeadRow.name]))
    }

    /// The checkpoint that was kept last, or the largest of the store's own epoch, if it tells of more than is here. Throws
    /// where one of the store's epoch is of another history: then it is not this store that is to go on.
    private func lastKnown(
        _ key: NoteKey, _ size: UInt64, _ connection: any DriverConnection
    ) throws -> SignedCheckpoint? {
        var largest: SignedCheckpoint?
        for signed in kept where signed.checkpoint.origin == key.name {
            try Self.check(signed, key)
            if signed.checkpoint.size > largest?.checkpoint.size ?? size { largest = signed }
            guard signed.checkpoint.size <= size else { continue }
            guard try connection.logRoot(ofFirst: signed.checkpoint.size) == signed.checkpoint.root else {
                throw StorageError(
                    .journalBroken,
                    "its first \(signed.checkpoint.size) entries are not those of a checkpoint that was kept: it is another "
                        + "history, put the right store back")
            }
        }
        // A backup of some epochs ago: what went on from it since is lost.
        guard let latest = kept.last, let epoch = LogOrigin.epoch(of: latest.checkpoint.origin),
            LogOrigin.isLog(latest.checkpoint.origin, of: options.service, epoch), latest.checkpoint.size > size
        else { return largest }
        try Self.check(
            latest, try NoteKey(name: latest.checkpoint.origin, publicKey: key.publicKey, journalSHA256))
        return latest
    }

    private static func check(_ signed: SignedCheckpoint, _ key: NoteKey) throws(StorageError) {
        guard let fault = signed.fault(origin: key.name, keys: [key], isValid: NoteKey.signatureCheck) else { return }
        throw StorageError(.mismatch, "a checkpoint that was kept is not to be believed: \(fault)")
    }

    /// Signs each checkpoint in the name of the new epoch that is not yet.
    private func sign(on driver: any StoreDriver, _ epochs: Epochs) throws {
        var next: UInt64? = 0
        while let first = next {
            next = try driver.withWriter { connection in
                let groups = try connection.logGroups(from: first, limit: Self.pageGroups)
                let signed = try groups.compactMap { try again($0, epochs) }
                if !signed.isEmpty { try connection.inTransaction { try connection.make(.updating(signed)) } }
                return groups.last?.size
            }
        }
    }

    private func again(_ group: LogGroupRow, _ epochs: Epochs) throws -> LogGroupRow? {
        let signed = try group.signedCheckpoint()
        guard signed.checkpoint.origin != epochs.new.key.name else { return nil }
        if let fault = signed.fault(
            origin: epochs.earlierKey.name, keys: [epochs.earlierKey], isValid: NoteKey.signatureCheck)
        {
            throw StorageError(.journalBroken, "the checkpoint at \(group.size): \(fault)")
        }
        let checkpoint = try Checkpoint(
            origin: epochs.new.key.name, size: signed.checkpoint.size, root: signed.checkpoint.root
        ).signed(by: [epochs.new])
        return LogGroupRow(
            key: group.key, size: group.size, frontier: group.frontier, leaves: group.leaves,
            checkpoint: checkpoint.description, token: group.token)
    }

    /// Appends the entry that begins the epoch, and lets the store go on.
    private func finish(
        on connection: any DriverConnection, _ epochs: Epochs, _ instant: LogInstant
    ) throws -> Summary {
        try connection.inTransaction {
            let end = try connection.logEnd()
            let size = end?.frontier.size ?? 0
            let beginning = Beginning(
                earlierEpoch: epochs.earlier, earlierSize: size,
                stateUnixMicroseconds: max(instant.unixMicroseconds, 0),
                lastKnown: try lastKnown(epochs.earlierKey, size, connection))
            let writer = LogWriter(
                epoch: epochs.epoch, signer: epochs.new, log: end ?? TiledLog(), instant: instant)
            try writer.begin(unixMicroseconds: options.wallClock())
            _ = writer.append(
                kind: Self.entryKind, statement: [],
                body: try body(beginning, ReadTransaction(connection: connection)))
            try writer.checkEntries(from: 0)
            let group = try writer.seal()
            for changes in group.changes { try connection.make(changes) }
            try connection.make(.inserting([group.head]))
            try connection.replace("epoch", epochs.epoch.hexadecimal)
            let earlier = [try connection.settings()[StoreSettings.renewedSetting], epochs.earlier.hexadecimal]
            try connection.replace(StoreSettings.renewedSetting, earlier.compactMap(\.self).joined(separator: " "))
            try connection.remove(StoreSettings.renewingSetting)
            return Summary(
                beginning: beginning, epoch: epochs.epoch, checkpoint: group.batch?.checkpoint.description ?? "")
        }
    }
}
