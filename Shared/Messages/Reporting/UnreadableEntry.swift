public import Journal
internal import RPC

/// An entry of a known kind that its follower cannot read. It stops the following, since what is left out silently would
/// be worse.
public struct UnreadableEntry: Error, CustomStringConvertible {
    public var kind: String
    public var index: UInt64
    public var reason: String

    public var description: String {
        "entry \(index) (\(kind)) cannot be read: \(reason)"
    }
}

extension JournalEntry {
    /// Runs `body`, which decodes and translates what the entry says: where it cannot, ``UnreadableEntry`` is thrown. Other
    /// errors pass.
    public func reading(_ body: () throws -> Void) throws {
        func unreadable(_ reason: String) -> UnreadableEntry {
            UnreadableEntry(kind: kind, index: index, reason: reason)
        }
        do {
            try body()
        } catch let error as RPCError {
            throw unreadable(error.message)
        } catch let error as TranslationError {
            throw unreadable(error.description)
        }
    }
}
