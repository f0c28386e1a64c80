/// The proof that an entry stands in a log, in one piece that needs nothing else but the log's key: C2SP's tlog-proof. A
/// receipt is one.
public struct LogProof: Hashable, Sendable {
    private static let firstLine = "c2sp.org/tlog-proof@v1"

    /// What the entry is known by: the canonical bytes of a ``LogEntry``. Not signed itself; what is signed is the root
    /// that it leads to. `nil` in proofs of others that leave it out, never empty.
    public let extra: [UInt8]?
    /// The entry's index in the log.
    public let index: UInt64
    /// From the leaf up: RFC 6962's audit path at the checkpoint's size.
    public let path: [JournalHash]
    /// The head of the log that the path leads to: for a receipt that of its own group commit.
    public let checkpoint: SignedCheckpoint

    /// `index` and `path` are those of a proof at the checkpoint's size.
    public init(entry: LogEntry, index: UInt64, path: [JournalHash], checkpoint: SignedCheckpoint) {
        self.init(extra: entry.canonicalBytes, index: index, path: path, checkpoint: checkpoint)
    }

    private init(extra: [UInt8]?, index: UInt64, path: [JournalHash], checkpoint: SignedCheckpoint) {
        self.extra = extra
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
    }

    /// The entry that ``extra`` holds; `nil` when it holds none.
    public var entry: LogEntry? { extra.flatMap { LogEntry(canonicalBytes: $0) } }

    /// The proof as a file: what ``init(parsing:)`` reads.
    public var text: String {
        var text = Self.firstLine + "\n"
        if let extra { text += "extra \(Base64.encode(extra))\n" }
        text += "index \(index)\n"
        for hash in path { text += hash.base64 + "\n" }
        return text + "\n" + checkpoint.description
    }
}

// MARK: Reading

extension LogProof {
    /// The longest proof that is read: the largest entry in base 64, a path, and a note.
    public static let maximumBytes =
        Base64.characterCount(ofBytes: LogEntry.maximumCanonicalBytes) + 4096 + SignedNote.maximumBytes

    /// What keeps bytes from being a proof.
    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        case tooLong(bytes: Int)
        /// The first line is another one than "c2sp.org/tlog-proof@v1".
        case header
        /// The extra data is empty, too long, or not in base 64.
        case extra
        /// There is no line "index N" with a decimal without leading zeros.
        case index
        /// A line of the path that is no hash in base 64, counted from 1.
        case pathLine(Int)
        /// More hashes than any log needs.
        case pathTooLong
        /// The path does not end with an empty line.
        case unfinished
        case checkpoint(SignedCheckpoint.Malformed)

        public var description: String {
            switch self {
            case .tooLong(let bytes): "\(bytes) bytes are no proof, which has at most \(maximumBytes)"
            case .header: "the first line of a proof is \(firstLine)"
            case .extra: "the extra line of a proof is 'extra DATA', in base 64"
            case .index: "there is no line 'index N' where it should be"
            case .pathLine(let number): "line \(number) of the path is no hash in base 64"
            case .pathTooLong: "the path has more than \(LogTree.maximumPathHashes) hashes"
            case .unfinished: "there is no empty line behind the path"
            case .checkpoint(let malformed): "the checkpoint: \(malformed)"
            }
        }
    }

    /// Reads a proof: exactly one, and nothing behind it. Nothing is checked but its shape.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLong(bytes: bytes.count) }
        var lines = Lines(rest: bytes[...])
        guard lines.next()?.elementsEqual(Self.firstLine.utf8) == true else { throw .header }
        var line = lines.next()
        var extra: [UInt8]?
        if let encoded = line?.after("extra ") {
            guard let data = Base64.decode(encoded), !data.isEmpty, data.count <= LogEntry.maximumCanonicalBytes else {
                throw .extra
            }
            extra = data
            line = lines.next()
        }
        guard let index = line?.after("index ").flatMap({ Checkpoint.decimal($0) }) else { throw .index }
        let path = try Self.path(&lines)
        let checkpoint: SignedCheckpoint
        do throws(SignedCheckpoint.Malformed) {
            checkpoint = try SignedCheckpoint(parsing: Array(lines.rest))
        } catch { throw .checkpoint(error) }
        self.init(extra: extra, index: index, path: path, checkpoint: checkpoint)
    }

    private static func path(_ lines: inout Lines) throws(Malformed) -> [JournalHash] {
        var path: [JournalHash] = []
        while let line = lines.next() {
            if line.isEmpty { return path }
            guard path.count < LogTree.maximumPathHashes else { throw .pathTooLong }
            guard let hash = JournalHash(base64: line) else { throw .pathLine(path.count + 1) }
            path.append(hash)
        }
        throw .unfinished
    }

    /// Lines that end with a newline, one after the other.
    private struct Lines {
        var rest: ArraySlice<UInt8>

        mutating func next() -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func after(_ prefix: StaticString) -> ArraySlice<UInt8>? {
        let prefix = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        return starts(with: prefix) ? dropFirst(prefix.count) : nil
    }
}

// MARK: Checking

extension LogProof {
    /// What is wrong with a proof.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The extra line is missing or holds no entry of ours.
        case noEntry
        /// The proof is one of another entry than the one that it is held against.
        case otherEntry
        /// The body is not the one whose hash the entry has.
        case otherBody
        /// The checkpoint is of another log, or no known key has signed it as it is.
        case checkpoint(SignedCheckpoint.Fault)
        /// The path does not prove the entry at its index at the checkpoint's size.
        case inclusion(InclusionProof.Fault)

        public var description: String {
            switch self {
            case .noEntry: "it says of no entry that it stands in the log"
            case .otherEntry: "it is a proof of another entry"
            case .otherBody: "it is a proof of an entry with another body"
            case .checkpoint(let fault): "the checkpoint: \(fault)"
            case .inclusion(let fault): fault.description
            }
        }
    }

    /// Checks the whole proof; `nil` when it holds.
    ///
    /// - Parameters:
    ///   - entry: What is to be proved; `nil` to take the proof at its word, and then to look at ``entry``.
    ///   - body: The body of that entry; `nil` when it is not at hand.
    ///   - origin: The log that it must be of.
    ///   - keys: The keys of that log.
    ///   - isValid: Whether a signature holds.
    public func fault(
        entry expected: LogEntry? = nil, body: [UInt8]? = nil, origin: String, keys: [NoteKey],
        _ sha256: JournalHashFunction, isValid: NoteSignatureCheck
    ) -> Fault? {
        guard let entry else { return .noEntry }
        if let expected, expected != entry { return .otherEntry }
        if let body, body.withUnsafeBytes({ sha256($0) }) != entry.bodyHash { return .otherBody }
        if let fault = checkpoint.fault(origin: origin, keys: keys, isValid: isValid) { return .checkpoint(fault) }
        let proof = InclusionProof(index: index, size: checkpoint.checkpoint.size, path: path)
        return proof.fault(leaf: entry.leafHash(sha256), root: checkpoint.checkpoint.root, sha256).map(Fault.inclusion)
    }
}
