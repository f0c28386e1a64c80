/// The head of a log at one size: what C2SP's tlog-checkpoint has as the text of a signed note.
public struct Checkpoint: Hashable, Sendable {
    /// Which log this is; see ``LogOrigin``. One line, not empty.
    public let origin: String
    /// The number of entries.
    public let size: UInt64
    /// The root of the tree of that size.
    public let root: JournalHash
    /// Further lines, which no monitor of the log can check; none is empty. We write none.
    public let extensions: [String]

    /// What keeps a text from being a checkpoint.
    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        /// Fewer than three lines, or the last one has no newline.
        case tooFewLines
        /// The origin is empty or has a control character.
        case origin
        /// The size is not a decimal without leading zeros, at most 2^63 - 1.
        case size
        /// The root is not 32 bytes in base 64.
        case root
        /// A line behind the root that is empty or has a control character, counted from 1.
        case extensionLine(Int)

        public var description: String {
            switch self {
            case .tooFewLines: "a checkpoint has three lines at least: origin, size, root"
            case .origin: "the origin of a checkpoint is one line that is not empty"
            case .size: "the size of a checkpoint is a decimal without leading zeros, at most 2^63 - 1"
            case .root: "the root of a checkpoint is 32 bytes in base 64"
            case .extensionLine(let number): "extension line \(number) of a checkpoint is empty or no line"
            }
        }
    }

    /// Throws ``Malformed`` for parts that no checkpoint's text can have.
    public init(
        origin: String, size: UInt64, root: JournalHash, extensions: [String] = []
    ) throws(Malformed) {
        guard Self.isLine(origin) else { throw .origin }
        guard size <= LogTree.maximumSize else { throw .size }
        if let index = extensions.firstIndex(where: { !Self.isLine($0) }) { throw .extensionLine(index + 1) }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    private static func isLine(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    /// Reads ``text`` back.
    public init(text: String) throws(Malformed) {
        let bytes = Array(text.utf8)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 4, lines[lines.count - 1].isEmpty else { throw .tooFewLines }
        guard let size = Self.decimal(lines[1]) else { throw .size }
        guard let root = JournalHash(base64: lines[2]) else { throw .root }
        // The parts of a text are texts: newlines part characters in UTF-8.
        let extensions = lines[3..<(lines.count - 1)].map { String(decoding: $0, as: UTF8.self) }
        try self.init(
            origin: String(decoding: lines[0], as: UTF8.self), size: size, root: root, extensions: extensions)
    }

    /// A number without leading zeros, at most ``LogTree/maximumSize``.
    static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard (1...19).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let number = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
        return number <= LogTree.maximumSize ? number : nil
    }

    /// The text that is signed.
    public var text: String {
        "\(origin)\n\(size)\n\(root.base64)\n" + extensions.map { $0 + "\n" }.joined()
    }

    /// Signs it. Throws what a signer throws.
    public func signed(by signers: [NoteSigner]) throws -> SignedCheckpoint {
        SignedCheckpoint(checkpoint: self, note: try SignedNote(signing: text, by: signers))
    }

    /// Byte by byte, as it is signed.
    public static func == (left: Checkpoint, right: Checkpoint) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }
}

/// A checkpoint with its signatures, as it is handed on. It may not be believed before ``fault(origin:keys:isValid:)`` has
/// said so.
public struct SignedCheckpoint: Hashable, Sendable, CustomStringConvertible {
    /// What the note's text says.
    public let checkpoint: Checkpoint
    /// The text as it was signed, and the signatures.
    public let note: SignedNote

    init(checkpoint: Checkpoint, note: SignedNote) {
        self.checkpoint = checkpoint
        self.note = note
    }

    /// What keeps bytes from being a signed checkpoint.
    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        case note(SignedNote.Malformed)
        case checkpoint(Checkpoint.Malformed)

        public var description: String {
            switch self {
            case .note(let malformed): malformed.description
            case .checkpoint(let malformed): malformed.description
            }
        }
    }

    /// Reads a note whose text is a checkpoint. The signatures are not checked.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        do throws(SignedNote.Malformed) { note = try SignedNote(parsing: bytes) } catch { throw .note(error) }
        do throws(Checkpoint.Malformed) { checkpoint = try Checkpoint(text: note.text) } catch {
            throw .checkpoint(error)
        }
    }

    /// Reads notes that stand one after the other, as they are appended to a file.
    public static func all(in bytes: [UInt8]) throws(Malformed) -> [SignedCheckpoint] {
        var all: [SignedCheckpoint] = []
        for note in SignedNote.split(bytes) { all.append(try SignedCheckpoint(parsing: note)) }
        return all
    }

    /// The whole note: what ``init(parsing:)`` reads.
    public var description: String { note.description }

    /// Why a checkpoint is not to be believed.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// It is one of another log.
        case otherOrigin(expected: String, found: String)
        case note(SignedNote.Fault)

        public var description: String {
            switch self {
            case .otherOrigin(let expected, let found): "it is of the log \(found), not of \(expected)"
            case .note(let fault): fault.description
            }
        }
    }

    /// Checks that this is a checkpoint of the log `origin`, signed by one of `keys`, which are that log's; `nil` when it
    /// is.
    public func fault(origin: String, keys: [NoteKey], isValid: NoteSignatureCheck) -> Fault? {
        guard checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
            return .otherOrigin(expected: origin, found: checkpoint.origin)
        }
        return note.fault(keys: keys, isValid: isValid).map(Fault.note)
    }
}

/// How our logs are named in their checkpoints.
public enum LogOrigin {
    /// "DOMAIN/SERVICE/EPOCH", e.g. "quality.example/submission/000102030405060708090a0b0c0d0e0f": a URL without a scheme,
    /// as C2SP recommends, and another one for each epoch, since each is a tree of its own. `nil` when the trust domain or
    /// the service has a character that no key's name may have, or a slash, or is empty.
    public static func of(trustDomain: String, service: String, epoch: JournalEpoch) -> String? {
        guard [trustDomain, service].allSatisfy({ NoteKey.isValid(name: $0) && !$0.utf8.contains(UInt8(ascii: "/")) })
        else { return nil }
        let digits = epoch.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(trustDomain)/\(service)/\(digits)"
    }

    /// Whether this is the name of a service's log in that epoch, in whatever trust domain.
    public static func isLog(_ origin: String, of service: String, _ epoch: JournalEpoch) -> Bool {
        origin.split(separator: "/").first.flatMap { of(trustDomain: String($0), service: service, epoch: epoch) }
            == origin
    }

    /// The trust domain that a log's name begins with; `nil` for a name that is none of ours.
    public static func trustDomain(of origin: String) -> String? {
        guard epoch(of: origin) != nil else { return nil }
        return origin.split(separator: "/").first.map(String.init)
    }

    /// The epoch that a log's name ends with; `nil` for a name that is none of ours.
    public static func epoch(of origin: String) -> JournalEpoch? {
        let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].utf8.count == 2 * JournalEpoch.byteCount else { return nil }
        let digits = parts[2].utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count == 2 * JournalEpoch.byteCount else { return nil }
        return JournalEpoch((0..<JournalEpoch.byteCount).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] })
    }
}
