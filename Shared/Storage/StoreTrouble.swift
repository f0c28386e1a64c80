/// Why a store that could be written to is not. Earlier ones are told first.
public enum StoreHold: Int, Sendable, Hashable, Comparable {
    /// What is stored is not what was sealed, or not all of it.
    case log
    /// Nobody knows what time it is.
    case clock
    /// What is left of the disk is kept for ending cleanly.
    case disk

    public static func < (one: StoreHold, other: StoreHold) -> Bool { one.rawValue < other.rawValue }
}

/// All that keeps a store from being written to, or read.
struct StoreTrouble: Sendable {
    /// The store's failure, or why the database could not be used when it was last tried.
    var outage: StorageError?
    /// Why nothing can be read from it, though it may be written to.
    var readFailure: StorageError?
    var holds: [StoreHold: StorageError] = [:]

    var hold: StorageError? { holds.min { $0.key < $1.key }?.value }
    var first: StorageError? { outage ?? readFailure ?? hold }
}
