/// What closes a group commit: one instant, one tree over its entries, one signature.
public struct JournalSeal: Hashable, Sendable {
    public var epoch: JournalEpoch
    /// From 1, one a group commit that appended anything.
    public var number: UInt64
    /// Fixed when the group commit began; the instant of each of its entries.
    public var unixMicroseconds: Int64
    public var leafCount: UInt64
    public var root: JournalHash
    /// Ed25519 over ``statement``, 64 bytes; empty in a store without a signing key.
    public var signature: [UInt8]
    /// The first 8 bytes of SHA-256 of the raw public key; empty in a store without a signing key.
    public var keyID: [UInt8]

    public init(
        epoch: JournalEpoch, number: UInt64, unixMicroseconds: Int64, leafCount: UInt64, root: JournalHash,
        signature: [UInt8] = [], keyID: [UInt8] = []
    ) {
        self.epoch = epoch
        self.number = number
        self.unixMicroseconds = unixMicroseconds
        self.leafCount = leafCount
        self.root = root
        self.signature = signature
        self.keyID = keyID
    }

    /// The bytes that are signed: "quality journal seal 1\0", epoch, number (u64), instant (i64), leaf count (u64),
    /// root.
    public var statement: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 96)
        encoding.append(tag: "quality journal seal 1")
        encoding.append(fixed: epoch)
        encoding.append(number)
        encoding.append(unixMicroseconds)
        encoding.append(leafCount)
        encoding.append(fixed: root)
        return encoding.bytes
    }
}

/// Signs seals: a private key that stays outside this room.
public struct JournalSigner: Sendable {
    /// The first 8 bytes of SHA-256 of the raw public key.
    public let keyID: [UInt8]
    /// Ed25519 over the bytes handed in, 64 bytes.
    public let sign: @Sendable ([UInt8]) throws -> [UInt8]

    public init(keyID: [UInt8], sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.keyID = keyID
        self.sign = sign
    }
}

/// The proof that an entry stands in a journal: what a receipt carries. It verifies without the journal.
public struct JournalProof: Hashable, Sendable {
    public var header: JournalEntryHeader
    /// The entry's place among the leaves of its group commit, from 0.
    public var leafIndex: UInt64
    public var path: [JournalHash]
    public var seal: JournalSeal

    public init(header: JournalEntryHeader, leafIndex: UInt64, path: [JournalHash], seal: JournalSeal) {
        self.header = header
        self.leafIndex = leafIndex
        self.path = path
        self.seal = seal
    }

    /// What is wrong with a proof.
    public enum Fault: Hashable, Sendable {
        /// The entry and the seal do not speak of the same epoch or the same instant.
        case sealOfAnotherCommit
        /// The path does not lead from the entry to the seal's root.
        case brokenPath
        /// The signature is not one of this seal by that key.
        case badSignature
    }

    /// Checks the whole proof; `nil` when it holds. `isValidSignature` is handed the signature and the bytes it covers,
    /// and knows the public key.
    public func fault(
        _ sha256: JournalHashFunction, isValidSignature: (_ signature: [UInt8], _ statement: [UInt8]) -> Bool
    ) -> Fault? {
        guard header.position.epoch == seal.epoch, header.sealedUnixMicroseconds == seal.unixMicroseconds else {
            return .sealOfAnotherCommit
        }
        let leaf = JournalTree.leaf(header.hash(sha256), sha256)
        let root = JournalTree.root(leaf: leaf, index: leafIndex, count: seal.leafCount, path: path, sha256)
        guard root == seal.root else { return .brokenPath }
        return isValidSignature(seal.signature, seal.statement) ? nil : .badSignature
    }
}
