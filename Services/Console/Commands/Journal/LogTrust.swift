internal import Cryptography
internal import Journal
internal import Reporting

/// Whose signatures count for a log: what a checkpoint of it is checked against.
struct LogTrust {
    /// The log's name.
    let origin: String
    let epoch: JournalEpoch
    /// Each by the log's name.
    let keys: [NoteKey]
    /// Whether they were given, or are the service's word alone.
    let isPinned: Bool
    private let journal: JournalName

    /// - Parameters:
    ///   - pinned: the keys that were given, if any.
    ///   - told: the one that the service names.
    init(_ journal: JournalName, origin: String, pinned: [ReceiptKey], told: NoteKey) throws(CommandFailure) {
        guard let epoch = LogOrigin.epoch(of: origin), LogOrigin.isLog(origin, of: journal.rawValue, epoch) else {
            throw CommandFailure(
                .refused, "\(journal.words): what came is of '\(origin)', which is no log of \(journal)")
        }
        self.journal = journal
        self.origin = origin
        self.epoch = epoch
        isPinned = !pinned.isEmpty
        let candidates =
            isPinned
            ? pinned.compactMap {
                try? NoteKey(name: $0.log ?? origin, publicKey: $0.key.rawRepresentation, Receipt.sha256)
            } : [told]
        keys = candidates.filter { $0.name.utf8.elementsEqual(origin.utf8) }
        guard let other = candidates.first, keys.isEmpty else { return }
        throw CommandFailure(
            .refused,
            "\(journal.words): the log is \(origin) now, and the key is that of \(other.name): the store was made anew or "
                + "restored since (then fetch its new key), or this is another service")
    }

    /// Throws unless `signed` is a checkpoint of this log, with signatures that hold.
    ///
    /// - Parameter place: where it is from.
    func check(_ signed: SignedCheckpoint, from place: String) throws(CommandFailure) {
        guard let fault = signed.fault(origin: origin, keys: keys, isValid: Self.isValid) else { return }
        throw CommandFailure(.refused, "\(place): the checkpoint does not hold: \(words(fault))")
    }

    static let isValid: @Sendable (NoteKey, [UInt8], [UInt8]) -> Bool = { key, signature, text in
        guard let key = try? VerifyingKey(rawRepresentation: key.publicKey) else { return false }
        return key.isValid(signature: signature, for: text)
    }

    private func words(_ fault: SignedCheckpoint.Fault) -> String {
        guard case .note(.noKnownKey) = fault else { return fault.description }
        return "signed with another key" + (isPinned ? "" : " than the service names")
    }
}

/// A checkpoint that was kept in a file. Its signature is not checked yet.
struct KeptCheckpoint {
    let file: String
    let signed: SignedCheckpoint

    init(file: String) throws(CommandFailure) {
        try self.init(file, ConsoleEnvironment.contents(of: file))
    }

    /// `place`: where the bytes are from.
    private init(_ place: String, _ bytes: [UInt8]) throws(CommandFailure) {
        file = place
        do throws(SignedCheckpoint.Malformed) {
            signed = try SignedCheckpoint(parsing: bytes)
        } catch {
            throw CommandFailure(.input, "\(place): no checkpoint: \(error)")
        }
    }

    /// All that are in a file, one after the other.
    static func all(in file: String) throws(CommandFailure) -> [KeptCheckpoint] {
        let notes = SignedNote.split(try ConsoleEnvironment.contents(of: file))
        var checkpoints: [KeptCheckpoint] = []
        for note in notes.isEmpty ? [[]] : notes {
            checkpoints.append(try KeptCheckpoint("\(file), checkpoint \(checkpoints.count + 1)", note))
        }
        return checkpoints
    }

    var size: UInt64 { signed.checkpoint.size }

    /// Throws unless it is of the log that `trust` is about, which has `size` entries now.
    func check(_ trust: LogTrust, size: UInt64) throws(CommandFailure) {
        let origin = signed.checkpoint.origin
        guard origin.utf8.elementsEqual(trust.origin.utf8) else {
            throw CommandFailure(
                .refused,
                "\(file): it is of the log \(origin), and the log is \(trust.origin) now: another history, as after the store "
                    + "was made anew or restored from a backup")
        }
        try trust.check(signed, from: file)
        guard self.size <= size else {
            throw CommandFailure(
                .refused, "\(file): it covers \(self.size) entries, and the log has \(size) now: a shorter tree")
        }
    }

    /// What it means that the log's first entries are not those that it covers.
    var secondHistory: CommandFailure {
        CommandFailure(
            .refused,
            "\(file): the log does not begin with the \(size) entries that it covers: a second history. Keep it, and the "
                + "checkpoint that the service gives now: they prove it")
    }
}
