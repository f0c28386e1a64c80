/// What a follower knows of a log, and how it sees that it is still the same one: it hashes what it takes in, and compares
/// with each checkpoint.
///
/// It stores ``verified`` (``CompactRange/bytes``) and the epoch in the transaction in which entries take effect, and only
/// when a checkpoint has covered them. A follower that breaks is made anew from what was stored.
public struct LogFollower: Sendable {
    /// Which log it follows.
    public let origin: String
    /// The frontier at the last checkpoint that held.
    public private(set) var verified: CompactRange
    /// The frontier of what was taken in, the part behind ``verified`` on trust.
    public private(set) var taken: CompactRange

    /// Goes on where `verified` ends, which is an empty frontier at the beginning of an epoch.
    public init(origin: String, verified: CompactRange) {
        self.origin = origin
        self.verified = verified
        taken = verified
    }

    /// Why a follower stops.
    public enum Break: Error, Hashable, Sendable, CustomStringConvertible {
        /// Entries are missing, or came twice: the next one, or those that a checkpoint covers.
        case gap(expected: UInt64, found: UInt64)
        /// The body of the entry at that index is not the one that the log has.
        case alteredBody(index: UInt64)
        /// The log goes on from what is verified, but what came from there up to `to` is not what it has.
        case altered(from: UInt64, to: UInt64)
        /// The root at that size is another one: this is not the history of which the beginning was followed. So it says
        /// too where only something was altered on the way, unless a consistency proof tells the two apart.
        case otherHistory(size: UInt64)
        /// The checkpoint covers less than was taken in.
        case shorterTree(taken: UInt64, checkpoint: UInt64)
        /// The checkpoint is of another log.
        case otherOrigin(expected: String, found: String)
        /// No known key has signed the checkpoint as it is.
        case untrusted(SignedNote.Fault)

        public var description: String {
            switch self {
            case .gap(let expected, let found): "expected entry \(expected), found \(found)"
            case .alteredBody(let index): "the body of entry \(index) has been altered"
            case .altered(let from, let to): "something has been altered in the entries from \(from) to \(to)"
            case .otherHistory(let size): "at \(size) entries the log is not the one that was followed"
            case .shorterTree(let taken, let size): "\(taken) entries were taken in, of a log of \(size)"
            case .otherOrigin(let expected, let found): "this is the log \(found), not \(expected)"
            case .untrusted(let fault): "the checkpoint: \(fault)"
            }
        }
    }

    /// Takes in the next entry, which stands at `index`. Its parts and the order are judged at the next checkpoint.
    public mutating func take(
        _ entry: LogEntry, at index: UInt64, _ sha256: JournalHashFunction
    ) throws(Break) {
        guard index == taken.size else { throw .gap(expected: taken.size, found: index) }
        taken.append(entry.leafHash(sha256), sha256)
    }

    /// Takes in the next entry with its body, which must be the one whose hash the entry has.
    public mutating func take(
        _ entry: LogEntry, body: [UInt8], at index: UInt64, _ sha256: JournalHashFunction
    ) throws(Break) {
        guard body.withUnsafeBytes({ sha256($0) }) == entry.bodyHash else { throw .alteredBody(index: index) }
        try take(entry, at: index, sha256)
    }

    /// Compares what was taken in with a checkpoint that covers exactly that; then ``verified`` is it.
    ///
    /// - Parameter consistency: From ``verified`` to the checkpoint, where it is at hand: without effect on what holds, but
    ///   it tells entries that were altered on the way from another history.
    public mutating func reach(
        _ signed: SignedCheckpoint, keys: [NoteKey], consistency: ConsistencyProof? = nil,
        _ sha256: JournalHashFunction, isValid: NoteSignatureCheck
    ) throws(Break) {
        switch signed.fault(origin: origin, keys: keys, isValid: isValid) {
        case nil: break
        case .otherOrigin(let expected, let found): throw .otherOrigin(expected: expected, found: found)
        case .note(let fault): throw .untrusted(fault)
        }
        let checkpoint = signed.checkpoint
        guard checkpoint.size >= taken.size else {
            throw .shorterTree(taken: taken.size, checkpoint: checkpoint.size)
        }
        guard checkpoint.size == taken.size else { throw .gap(expected: taken.size, found: checkpoint.size) }
        guard checkpoint.root == taken.root(sha256) else {
            throw isContinued(by: checkpoint, consistency, sha256)
                ? .altered(from: verified.size, to: checkpoint.size) : .otherHistory(size: checkpoint.size)
        }
        verified = taken
    }

    private func isContinued(
        by checkpoint: Checkpoint, _ proof: ConsistencyProof?, _ sha256: JournalHashFunction
    ) -> Bool {
        guard let proof, proof.oldSize == verified.size, proof.newSize == checkpoint.size else { return false }
        return proof.fault(oldRoot: verified.root(sha256), newRoot: checkpoint.root, sha256) == nil
    }
}
