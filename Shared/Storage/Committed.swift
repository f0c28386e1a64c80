public import Journal

/// What a write gave back, once it is durable.
public struct Committed<Value: Sendable>: Sendable {
    public let value: Value
    private let batch: SealedBatch?
    /// Where this write's own entries begin among the leaves.
    private let firstLeaf: Int

    init(value: Value, batch: SealedBatch?, firstLeaf: Int) {
        self.value = value
        self.batch = batch
        self.firstLeaf = firstLeaf
    }

    /// The proof of an entry of this group commit, whichever of its writes appended it; `nil` for an entry of another:
    /// ``WriteTransaction/proof(at:)`` or ``Store/proof(at:)`` finds that one.
    public func proof(at position: JournalPosition) -> JournalProof? {
        batch?.proof(at: position, near: firstLeaf)
    }
}

/// A group commit after its seal: enough to prove any of its entries.
struct SealedBatch: Sendable {
    let seal: JournalSeal
    let tree: JournalTree
    /// In the order they were appended: by leaf.
    let headers: [JournalEntryHeader]

    /// Looks from leaf `start` on, where the entry most likely is, then before it.
    func proof(at position: JournalPosition, near start: Int) -> JournalProof? {
        let index =
            headers[start...].firstIndex { $0.position == position }
            ?? headers[..<start].firstIndex { $0.position == position }
        return index.map {
            JournalProof(header: headers[$0], leafIndex: UInt64($0), path: tree.path(to: $0), seal: seal)
        }
    }
}
