public import Journal

/// What a write gave back, once it is durable.
public struct Committed<Value: Sendable>: Sendable {
    public let value: Value
    private let batch: SealedBatch?

    init(value: Value, batch: SealedBatch?) {
        self.value = value
        self.batch = batch
    }

    /// The proof of an entry of this group commit, whichever of its writes appended it; `nil` for an entry of another:
    /// ``Store/proof(at:)`` finds that one.
    public func proof(at position: JournalPosition) -> LogProof? { batch?.proof(at: position) }
}
