internal import ArgumentParser
internal import Journal
internal import Messages
internal import RPC
internal import Reporting

struct JournalVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a journal, whole or from an older checkpoint on.",
        discussion: """
            The checkpoint's origin and signature are checked first. With --since, the service must prove that the log \
            begins with what the older checkpoint covers. Otherwise all of the log's hash tiles are fetched, and each is \
            checked against the one above it, up to the root. With --entries all entries are fetched and hashed, for those \
            who may follow the journal.

            Exit code 1 when something does not hold, with the first place that does not. Keep both checkpoints then: two \
            that are signed and do not agree prove that the service has shown two histories.

            Examples:
              qmctl journal verify --key submission.vkey
              qmctl journal verify --key submission.vkey --since kept.checkpoint
            """)

    @OptionGroup var options: JournalOptions
    @Option(help: ArgumentHelp("An older checkpoint that was kept.", valueName: "file")) var since: String?
    @Flag(help: "By all entries, as a follower does.") var entries = false

    func run() async throws {
        let log = try await options.open()
        let older = try since.map { file throws(CommandFailure) in try KeptCheckpoint(file: file) }
        let checked: String
        if entries {
            checked = try await log.checkEntries(older)
        } else if let older {
            checked = try await log.head(since: older).words + "; it \(older.words)"
        } else {
            checked = try await log.checkTiles()
        }
        try ConsoleEnvironment.current.print(checked)
    }
}

extension KeptCheckpoint {
    fileprivate var words: String { "begins with the \(size) entries of \(file)" }
}

extension ServedLog {
    fileprivate func checkTiles() async throws(CommandFailure) -> String {
        let head = try await head()
        var audit = try audit(head)
        var progress = ProgressBar(journal.rawValue, total: Int(head.size), environment: .current)
        var hashCount = 0
        var tileCount = 0
        while let run = audit.next {
            let hashes = try await tiles(run, head.trust.epoch)
            do throws(TileAudit.Fault) {
                tileCount += try audit.take(hashes).count
            } catch {
                throw fault("\(error)")
            }
            hashCount += run.first.level == 0 ? run.hashCount : 0
            progress.show(hashCount)
        }
        progress.finish()
        return "\(head.words); all \(tileCount) hash tiles fit, up to the root"
    }

    func audit(_ head: LogHead) throws(CommandFailure) -> TileAudit {
        do throws(TileAudit.Fault) {
            return try TileAudit(size: head.size, root: head.signed.checkpoint.root, Receipt.sha256)
        } catch {
            throw fault("\(error)")
        }
    }

    fileprivate func checkEntries(_ older: KeptCheckpoint?) async throws -> String {
        var walk: EntryWalk?
        do {
            for try await response in try await follow() {
                if walk == nil { walk = try EntryWalk(self, response, older) }
                try walk?.take(response)
            }
        } catch let error as RPCError {
            throw CommandFailure(error, doing: journal.words)
        }
        guard let head = try walk?.finish() else { throw empty(since: older) }
        let begin = older.map { "; it \($0.words)" } ?? ""
        return "\(head.words); all \(head.size) entries fit, up to the root\(begin)"
    }
}

/// Hashes a log's entries as they come, and compares with each checkpoint.
private struct EntryWalk {
    private let log: ServedLog
    private let key: NoteKey
    private let trust: LogTrust
    private let older: KeptCheckpoint?
    private var follower: LogFollower
    private var instant = LogInstant()
    /// The last checkpoint that held.
    private var head: LogHead?

    /// Begins at the log's first entry, with the first response.
    init(_ log: ServedLog, _ response: TypeV1.FollowResponse, _ older: KeptCheckpoint?) throws(CommandFailure) {
        self.log = log
        self.older = older
        key = try log.namedKey(response.key)
        trust = try LogTrust(log.journal, origin: key.name, pinned: log.keys, told: key)
        follower = LogFollower(origin: key.name, verified: CompactRange())
        // How long the log is will be seen at its end.
        try older?.check(trust, size: .max)
    }

    mutating func take(_ response: TypeV1.FollowResponse) throws(CommandFailure) {
        guard response.epoch == trust.epoch.bytes, response.key == key.text else {
            throw log.fault("its epoch or key changed in the midst of its entries")
        }
        for (offset, message) in response.entries.enumerated() {
            try take(message, at: response.firstIndex &+ UInt64(offset))
        }
        guard !response.checkpoint.isEmpty else { return }
        let head = try log.head(response.checkpoint, told: key)
        do throws(LogFollower.Break) {
            try follower.reach(head.signed, keys: trust.keys, Receipt.sha256, isValid: LogTrust.isValid)
        } catch {
            throw log.fault("\(error)")
        }
        self.head = head
    }

    private mutating func take(_ message: TypeV1.JournalEntry, at index: UInt64) throws(CommandFailure) {
        let entry = JournalEntry(
            index: index, sealedUnixMicroseconds: message.sealedUnixUs, kind: message.kind,
            statement: message.statement, body: message.body)
        do throws(LogFollower.Break) {
            try follower.take(entry.logEntry(Receipt.sha256), at: index, Receipt.sha256)
        } catch {
            throw log.fault("\(error)")
        }
        do throws(LogInstant.Fault) {
            try instant.take(entry)
        } catch {
            throw log.fault("entry \(index) \(error.words)")
        }
        guard let older, older.size == follower.taken.size else { return }
        guard older.signed.checkpoint.root == follower.taken.root(Receipt.sha256) else { throw older.secondHistory }
    }

    /// The log's head, which covers all that has come; `nil` for a log without entries.
    func finish() throws(CommandFailure) -> LogHead? {
        guard follower.taken.size == follower.verified.size else {
            throw log.fault("its last entries came without a checkpoint")
        }
        if let older, let head { try older.check(trust, size: head.size) }
        return head
    }
}
