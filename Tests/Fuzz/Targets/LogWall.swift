internal import Cryptography
internal import Journal

/// What comes from another log, or is shown to somebody as a proof. Whatever is read is written again as it was.
enum LogWall {
    private static let sha256: JournalHashFunction = { bytes in JournalHash { SHA256.hash(bytes, into: $0) } }

    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let kind = bytes.first else { return }
        let content = Array(bytes.dropFirst())
        switch kind % 7 {
        case 0: entry(content)
        case 1: frontier(content)
        case 2: key(content)
        case 3: note(content)
        case 4: checkpoint(content)
        case 5: proof(content)
        default: paths(content)
        }
    }

    private static func entry(_ bytes: [UInt8]) {
        guard let entry = LogEntry(canonicalBytes: bytes) else { return }
        precondition(entry.canonicalBytes == bytes, "an entry has two encodings")
        precondition(entry.canonicalByteCount == bytes.count, "an entry has another length than it says")
    }

    private static func frontier(_ bytes: [UInt8]) {
        guard var range = CompactRange(bytes: bytes) else { return }
        precondition(range.bytes == bytes, "a frontier has two encodings")
        _ = range.root(sha256)
        guard range.size < LogTree.maximumSize else { return }
        let group = GroupTree(before: range, leaves: [.zero], sha256)
        range.append(.zero, sha256)
        precondition(group.after == range, "a group of one is not one entry more")
        precondition(group.root == range.root(sha256), "a group's root is not its frontier's")
        let proof = group.inclusionProof(of: range.size - 1)
        precondition(proof?.fault(leaf: .zero, root: group.root, sha256) == nil, "a group's proof does not hold")
    }

    private static func key(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self), let key = try? NoteKey(text: text, sha256) else {
            return
        }
        precondition(key.text.utf8.elementsEqual(bytes), "a key has two texts")
    }

    private static func note(_ bytes: [UInt8]) {
        guard let note = try? SignedNote(parsing: bytes) else { return }
        precondition(note.description.utf8.elementsEqual(bytes), "a note has two texts")
        precondition(note.signatures.count <= SignedNote.maximumSignatures, "signatures without a bound")
        precondition(
            note.fault(keys: [], isValid: { _, _, _ in true }) == .noKnownKey, "a note is believed that nobody signed")
    }

    private static func checkpoint(_ bytes: [UInt8]) {
        guard let signed = try? SignedCheckpoint(parsing: bytes) else { return }
        precondition(signed.checkpoint.text.utf8.elementsEqual(signed.note.text.utf8), "a checkpoint has two texts")
    }

    private static func proof(_ bytes: [UInt8]) {
        guard let proof = try? LogProof(parsing: bytes) else { return }
        precondition(proof.text.utf8.elementsEqual(bytes), "a proof has two texts")
        precondition(
            proof.fault(origin: proof.checkpoint.checkpoint.origin, keys: [], sha256, isValid: { _, _, _ in true })
                != nil,
            "a proof is believed that nobody signed")
    }

    /// Two sizes, and the hashes of a path.
    private static func paths(_ bytes: [UInt8]) {
        guard bytes.count >= 16 else { return }
        let numbers = [bytes[0..<8], bytes[8..<16]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        let path = stride(from: 16, to: bytes.count, by: 32).compactMap { JournalHash(bytes[$0...].prefix(32)) }
        let inclusion = InclusionProof(index: numbers[0], size: numbers[1], path: path)
        _ = inclusion.fault(leaf: .zero, root: .zero, sha256)
        let consistency = ConsistencyProof(oldSize: numbers[0], newSize: numbers[1], path: path)
        let isSame = consistency.fault(oldRoot: .zero, newRoot: .zero, sha256) == nil
        precondition(!isSame || numbers[0] == numbers[1] && path.isEmpty, "two logs of different sizes have one root")
    }
}
