/// The message bytes of calls that wait at the gateway, by the identities whose calls they are.
///
/// All may have as many as there is room for. Without room, whoever has most gives way to those who have less: a call of
/// theirs is let in, and when the event that brought it is over, the identity with most bytes loses its call with most,
/// until all fit again. So nobody fills the room for others, and no identity gains by it: what is let in beyond the room
/// leaves its identity with less than another has.
public struct WaitingBytes: Sendable {
    /// A call that waits, from ``callCame(caller:)`` to ``callWent(_:)``; then it means another.
    public typealias ID = Int

    private struct Entry: Sendable {
        var caller: UInt
        var bytes = 0
        /// In its account.
        var position: Int
    }

    private struct Account: Sendable {
        var bytes = 0
        var calls: [ID] = []
    }

    public var maximumBytes: Int
    public private(set) var bytes = 0
    private var entries: [Entry] = []
    private var freeEntries: [ID] = []
    /// By the number of the identity.
    private var accounts: [UInt: Account] = [:]

    public init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    public var isOverfull: Bool { bytes > maximumBytes }

    /// Whether an identity may have so many bytes more.
    public func hasRoom(for more: Int, of caller: UInt) -> Bool {
        if bytes + more <= maximumBytes { return true }
        // Of what cannot fit alone nothing is gained.
        guard more <= maximumBytes else { return false }
        let own = (accounts[caller]?.bytes ?? 0) + more
        return accounts.values.contains { $0.bytes > own }
    }

    public mutating func callCame(caller: UInt) -> ID {
        let position = accounts[caller]?.calls.count ?? 0
        let entry = Entry(caller: caller, position: position)
        let id: ID
        if let free = freeEntries.popLast() {
            id = free
            entries[id] = entry
        } else {
            id = entries.count
            entries.append(entry)
        }
        accounts[caller, default: Account()].calls.append(id)
        return id
    }

    /// A call has so many bytes more, or less.
    public mutating func changed(_ id: ID, by change: Int) {
        bytes += change
        entries[id].bytes += change
        accounts[entries[id].caller]?.bytes += change
    }

    /// A call waits no longer, with whatever it has.
    public mutating func callWent(_ id: ID) {
        changed(id, by: -entries[id].bytes)
        let entry = entries[id]
        freeEntries.append(id)
        guard var account = accounts.removeValue(forKey: entry.caller) else { return }
        let last = account.calls.removeLast()
        guard !account.calls.isEmpty else { return }
        if last != id {
            account.calls[entry.position] = last
            entries[last].position = entry.position
        }
        accounts[entry.caller] = account
    }

    /// The call that goes when there are too many bytes.
    public var heaviestCall: ID? {
        // Not the first of a dictionary, whose order is not the same each time.
        let heaviest = accounts.max { ($0.value.bytes, $0.key) < ($1.value.bytes, $1.key) }?.value
        return heaviest?.calls.max { entries[$0].bytes < entries[$1].bytes }
    }
}
