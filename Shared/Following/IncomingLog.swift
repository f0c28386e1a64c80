internal import Journal
internal import Messages
internal import RPC
internal import Storage
internal import Wire

/// The log as one call brings it: each response is checked, hashed, and continues the one before.
struct IncomingLog {
    /// A place at which a transaction may end: where a checkpoint covers what came, or before the first entry.
    struct End {
        let epoch: JournalEpoch
        let key: NoteKey
        /// With all that came up to there.
        fileprivate var log: LogFollower
        /// Empty before the first entry.
        let checkpoint: String
        /// There is no more yet.
        let isAtEnd: Bool
    }

    private let epoch: JournalEpoch
    private let key: NoteKey
    private var log: LogFollower

    /// Begins with the first response, behind what is `known`: `nil` before the journal was reached for the first time.
    /// Throws unless it is of the epoch and under the key that are known.
    init(_ response: TypeV1.FollowResponse, of service: String, known: FollowedLog?) throws {
        epoch = try Self.epoch(of: response)
        guard known == nil || known?.epoch == epoch else {
            throw HistoryChanged(message: "the journal has another epoch than before")
        }
        guard let key = try? NoteKey(text: known?.key ?? response.key, journalSHA256),
            LogOrigin.isLog(key.name, of: service, epoch)
        else {
            throw RPCError(.internal, "the journal's service sent no key of its own log")
        }
        self.key = key
        log = LogFollower(origin: key.name, verified: known?.frontier ?? CompactRange())
    }

    /// The journal is another one now.
    struct HistoryChanged: Error {
        let message: String
    }

    private static func epoch(of response: TypeV1.FollowResponse) throws(RPCError) -> JournalEpoch {
        guard let epoch = JournalEpoch(response.epoch) else {
            throw RPCError(.internal, "the journal's service sent no epoch")
        }
        return epoch
    }

    /// Takes in a response: its entries, and whether a transaction may end behind them, which ``verified(_:)`` decides. Where
    /// it may not, a group commit goes on in the next response.
    mutating func take(_ response: TypeV1.FollowResponse) throws -> (entries: [JournalEntry], end: End?) {
        guard try Self.epoch(of: response) == epoch else {
            throw HistoryChanged(message: "the journal has another epoch than before")
        }
        guard response.key == key.text else {
            throw RPCError(
                .internal, "the journal is signed by another key than before, in the same epoch: \(response.key)")
        }
        guard response.firstIndex == log.taken.size else {
            throw LogFollower.Break.gap(expected: log.taken.size, found: response.firstIndex)
        }
        var entries: [JournalEntry] = []
        entries.reserveCapacity(response.entries.count)
        for (offset, message) in response.entries.enumerated() {
            let entry = JournalEntry(message, index: response.firstIndex + UInt64(offset))
            try log.take(entry.logEntry(journalSHA256), at: entry.index, journalSHA256)
            entries.append(entry)
        }
        guard !response.checkpoint.isEmpty || log.taken.size == 0 else {
            // Only a group commit that goes on has none yet.
            guard !response.atEnd else { throw RPCError(.internal, "the journal ends without a checkpoint") }
            return (entries, nil)
        }
        let end = End(
            epoch: epoch, key: key, log: log, checkpoint: log.taken.size > 0 ? response.checkpoint : "",
            isAtEnd: response.atEnd)
        return (entries, end)
    }
}

extension IncomingLog.End {
    /// What a follower knows there, once the checkpoint holds. It covers all entries before it, those of earlier ends too:
    /// of several ends only the last one needs this.
    func verified() throws -> FollowedLog {
        var log = log
        if !checkpoint.isEmpty {
            let signed: SignedCheckpoint
            do {
                signed = try SignedCheckpoint(parsing: Array(checkpoint.utf8))
            } catch {
                throw RPCError(.internal, "the journal's service sent no checkpoint: \(error)")
            }
            try log.reach(signed, keys: [key], journalSHA256, isValid: NoteKey.signatureCheck)
        }
        return FollowedLog(epoch: epoch, frontier: log.verified, key: key.text, checkpoint: checkpoint)
    }
}
