/// What was found to be wrong with a store: the first faults, and how many there are in all.
public struct StoreFaults: Sendable, Hashable {
    public static let toldLimit = 100

    /// Each names the place, and what it should be.
    public private(set) var told: [String] = []
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    public mutating func add(_ fault: String) {
        count += 1
        if told.count < Self.toldLimit { told.append(fault) }
    }

    public mutating func add(_ others: StoreFaults) {
        for fault in others.told { add(fault) }
        count += others.count - others.told.count
    }
}
