internal import Wire

/// The ``CallFigures`` of one loop by name, found by the bytes of a frame. Names come from callers, so they are bounded:
/// one that nobody vouches for is counted under its service, or under ``other``.
public struct FiguresTable {
    /// The name that stands for all without one of their own.
    public static let other = "other"

    private let limit: Int
    private var table = PathTable<CallFigures>()
    private var all: [CallFigures]
    private let rest = CallFigures(name: Self.other)

    public init(limit: Int) {
        self.limit = limit
        all = [rest]
    }

    /// Gives a name that this process knows its own figures; those of ``other`` when there are too many.
    @discardableResult
    public mutating func register(_ name: String) -> CallFigures {
        var bytes = name
        if let known = bytes.withUTF8({ table[UnsafeRawBufferPointer($0)] }) { return known }
        guard all.count <= limit else { return rest }
        let figures = CallFigures(name: name)
        table.insert(name, figures)
        all.append(figures)
        return figures
    }

    /// The figures of a name, if it has its own.
    public subscript(_ name: UnsafeRawBufferPointer) -> CallFigures? { table[name] }

    /// For a path without figures of its own: those of "SERVICE/other" when they were registered, else of ``other``.
    public func remainder(of path: UnsafeRawBufferPointer) -> CallFigures {
        guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return rest }
        var name = Array(path[...slash])
        name.append(contentsOf: Self.other.utf8)
        return name.withUnsafeBytes { table[$0] } ?? rest
    }

    /// Every name with its figures now, those that never had a call left out.
    public var snapshots: [String: CallSnapshot] {
        var found: [String: CallSnapshot] = [:]
        for figures in all {
            let snapshot = figures.snapshot
            if snapshot.started > 0 { found[figures.name] = snapshot }
        }
        return found
    }
}
