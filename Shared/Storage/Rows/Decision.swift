/// A write: which rows it needs, and what becomes of them. Pure but for what it does to the working set.
///
/// It is made and checked on the caller's task; ``decide(_:)`` runs on the one thread that writes, and should only look up,
/// compare and put.
public protocol Decision<Answer>: Sendable {
    associatedtype Answer: Sendable

    /// Names the rows that ``decide(_:)`` reads or changes: ``WorkingSet/want(_:_:)``. It is asked again when what it named
    /// has been loaded, until it names nothing new: so one row may lead to the next.
    func load(_ rows: WorkingSet)

    /// About how many bytes it adds to the store, where that may be many: decisions that are waited for by many do not share
    /// their commit with megabytes.
    var byteCount: Int { get }

    /// It shares its commit with no other: it removes rows that nobody has named. Few are.
    var isAlone: Bool { get }

    /// Whether what it did is on the disk before it is answered. Not what is done again when a power cut took it, and the
    /// program that counts on it: what is followed, with its cursor. A later commit that must be on the disk takes it along, and none ever goes without those
    /// before it.
    var mustReachDisk: Bool { get }

    /// Decides. What it throws comes out of ``Store/commit(_:)``, and then it has changed nothing.
    func decide(_ rows: WorkingSet) throws -> Answer
}

extension Decision {
    public var byteCount: Int { 0 }
    public var isAlone: Bool { false }
    public var mustReachDisk: Bool { true }
}
