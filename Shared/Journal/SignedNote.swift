/// A text and signatures of it, as C2SP's signed-note has it. The text may not be believed before ``fault(keys:isValid:)``
/// has said that a known key signed it.
public struct SignedNote: Hashable, Sendable {
    /// The most signatures that are read. signed-note wants at least 16.
    public static let maximumSignatures = 100
    /// The longest note that is read: 16 signatures of 5 KB, and then some.
    public static let maximumBytes = 256 * 1024

    /// A signature line: "— name base64(id | signature)".
    public struct Signature: Hashable, Sendable {
        /// The name of the key.
        public let name: String
        /// Says, with the name, by which key and how it was signed.
        public let keyID: UInt32
        /// At least one byte.
        public let bytes: [UInt8]

        init(name: String, keyID: UInt32, bytes: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        func isMade(by key: NoteKey) -> Bool {
            keyID == key.id && name.utf8.elementsEqual(key.name.utf8)
        }

        fileprivate var line: String {
            let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
            return "— \(name) \(Base64.encode(id + bytes))\n"
        }
    }

    /// With its last newline, without the empty line behind it.
    public let text: String
    /// In the order in which they stand there; at least one.
    public let signatures: [Signature]
    /// The whole note: what ``init(parsing:)`` reads. Kept, since a checkpoint is written out for each receipt under it.
    public let description: String

    /// The notes of a file that they were appended to, each of which ends with its last signature; empty lines between them
    /// are passed over. Each has to be read by itself: what stands behind the last one is given as if it were one.
    public static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        let signature = Array("— ".utf8)
        var notes: [[UInt8]] = []
        var note: [UInt8] = []
        var isSigned = false
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let isSignature = line.starts(with: signature)
            if isSigned, !isSignature {
                notes.append(note)
                note = []
            }
            isSigned = isSignature
            if !note.isEmpty || !line.isEmpty { note += line + [UInt8(ascii: "\n")] }
        }
        return note.isEmpty ? notes : notes + [note]
    }

    /// What keeps bytes from being a note.
    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        case tooLong(bytes: Int)
        case notUTF8
        /// A control character other than a newline.
        case controlCharacter
        /// The text does not end with a newline.
        case unfinishedText
        /// There is no empty line with signature lines behind it.
        case noSignatures
        /// The last line has no newline.
        case unfinishedLine
        /// A line behind the text that is no signature line, counted from 1.
        case signatureLine(Int)
        case tooManySignatures

        public var description: String {
            switch self {
            case .tooLong(let bytes): "\(bytes) bytes are no note, which has at most \(maximumBytes)"
            case .notUTF8: "a note is UTF-8, this is not"
            case .controlCharacter: "a note has no control characters but newlines"
            case .unfinishedText: "a note's text ends with a newline"
            case .noSignatures: "there is no empty line with signatures behind it"
            case .unfinishedLine: "the last signature line does not end with a newline"
            case .signatureLine(let number): "signature line \(number) is not '— NAME SIGNATURE'"
            case .tooManySignatures: "there are more than \(maximumSignatures) signatures"
            }
        }
    }

    /// Signs `text`, which ends with a newline. Throws ``Malformed`` for a text that no note can have, or what a signer
    /// throws. At least one signer.
    public init(signing text: String, by signers: [NoteSigner]) throws {
        try Self.check(text)
        guard !signers.isEmpty else { throw Malformed.noSignatures }
        guard signers.count <= Self.maximumSignatures else { throw Malformed.tooManySignatures }
        let bytes = Array(text.utf8)
        self.text = text
        signatures = try signers.map {
            Signature(name: $0.key.name, keyID: $0.key.id, bytes: try $0.sign(bytes))
        }
        if let index = signatures.firstIndex(where: \.bytes.isEmpty) { throw Malformed.signatureLine(index + 1) }
        description = Self.whole(text, signatures)
        let count = description.utf8.count
        guard count <= Self.maximumBytes else { throw Malformed.tooLong(bytes: count) }
    }

    /// Reads a note: exactly one, and nothing behind it. The signatures are not checked.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLong(bytes: bytes.count) }
        let newline = UInt8(ascii: "\n")
        // The last empty line parts the text from the signatures.
        guard let empty = bytes.indices.last(where: { $0 > 0 && bytes[$0] == newline && bytes[$0 - 1] == newline })
        else { throw .noSignatures }
        guard let text = String(validating: bytes[..<empty], as: UTF8.self) else { throw .notUTF8 }
        try Self.check(text)
        let lines = bytes[(empty + 1)...].split(separator: newline, omittingEmptySubsequences: false)
        guard lines.count > 1 else { throw lines[0].isEmpty ? .noSignatures : .unfinishedLine }
        guard lines[lines.count - 1].isEmpty else { throw .unfinishedLine }
        guard lines.count - 1 <= Self.maximumSignatures else { throw .tooManySignatures }
        var signatures: [Signature] = []
        for (index, line) in lines.dropLast().enumerated() {
            guard let signature = Signature(line) else { throw .signatureLine(index + 1) }
            signatures.append(signature)
        }
        self.text = text
        self.signatures = signatures
        description = Self.whole(text, signatures)
    }

    private static func check(_ text: String) throws(Malformed) {
        guard text.utf8.last == UInt8(ascii: "\n") else { throw .unfinishedText }
        guard text.utf8.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") }) else { throw .controlCharacter }
    }

    private static func whole(_ text: String, _ signatures: [Signature]) -> String {
        text + "\n" + signatures.map(\.line).joined()
    }

    /// What is wrong with the signatures of a note.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// No signature is of a known key.
        case noKnownKey
        /// A signature by a known key is not one of this text.
        case badSignature(name: String, keyID: UInt32)

        public var description: String {
            switch self {
            case .noKnownKey: "no known key has signed it"
            case .badSignature(let name, let id): "the signature of \(name)+\(hexadecimal(id)) is not one of this text"
            }
        }
    }

    /// Checks every signature that says it is by one of `keys`, and passes over those of others; `nil` when there is at
    /// least one and all hold.
    public func fault(keys: [NoteKey], isValid: NoteSignatureCheck) -> Fault? {
        let bytes = Array(text.utf8)
        var isSigned = false
        for signature in signatures {
            let known = keys.filter { signature.isMade(by: $0) }
            guard !known.isEmpty else { continue }
            // More than one only where somebody sought two keys whose four bytes are the same.
            guard known.contains(where: { isValid($0, signature.bytes, bytes) }) else {
                return .badSignature(name: signature.name, keyID: signature.keyID)
            }
            isSigned = true
        }
        return isSigned ? nil : .noKnownKey
    }

    /// Byte by byte: texts that only look alike are signed apart.
    public static func == (left: SignedNote, right: SignedNote) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }
}

extension SignedNote: CustomStringConvertible {}

extension SignedNote.Signature {
    private static let dash = Array("— ".utf8)

    fileprivate init?(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.dash) else { return nil }
        let parts = line.dropFirst(Self.dash.count).split(
            separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = String(validating: parts[0], as: UTF8.self), NoteKey.isValid(name: name),
            let signed = Base64.decode(parts[1]), signed.count > 4
        else { return nil }
        self.init(
            name: name, keyID: signed.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, bytes: Array(signed.dropFirst(4)))
    }
}
