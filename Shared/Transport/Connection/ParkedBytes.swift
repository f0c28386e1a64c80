/// How many message bytes of the calls that it serves or forwards may wait in a process, to be taken or to be sent, together
/// with what waits for its callers' sockets.
public struct BytesInFlightLimits: Sendable, Hashable {
    /// Of all callers together. Beyond it the heaviest caller's call that has been parked for longest gives way.
    public var bytes: Int
    /// Of one caller. Beyond it its call that has been parked for longest gives way, or its connection.
    public var callerBytes: Int

    public init(bytes: Int = 256 << 20, callerBytes: Int = 64 << 20) {
        self.bytes = bytes
        self.callerBytes = callerBytes
    }

    package static let unlimited = BytesInFlightLimits(bytes: .max, callerBytes: .max)

    /// One of `loops` equal shares.
    func share(of loops: Int) -> BytesInFlightLimits {
        BytesInFlightLimits(bytes: bytes / loops, callerBytes: callerBytes / loops)
    }
}

/// What one event loop keeps of the message bytes of calls that it serves or forwards, because nobody has taken them yet
/// or a peer does not read: whole and unfinished messages, requests and responses alike, and what waits for a connection's
/// socket (as if that were one more of its calls). By call and by caller, and when
/// it becomes too much, which call gives way. Pure.
///
/// A call has a place here only while something of it waits, so that the ordinary call, which is dealt with as it comes,
/// costs nothing. When one caller's bytes exceed its bound, the call of that caller that has been parked for longest
/// gives way; when all bytes together do, the same of the caller with most, and of callers with equally many the one whose
/// call that is. Parked for longest: whose bytes have been here for longest without one of them moving on.
///
/// It is looked for among all calls that wait: some thousand comparisons for the 64 KiB and more that a call gives way
/// with.
struct ParkedBytes<Owner: AnyObject> {
    struct Call {
        let owner: Owner
        let id: UInt32
        /// What was counted of it last.
        var bytes: Int
    }

    private struct Key: Hashable {
        let owner: ObjectIdentifier
        let id: UInt32
    }

    private struct Entry {
        var call: Call
        let caller: String
        /// Of two, the one with the lower number has waited longer.
        var since: UInt64
    }

    private let limits: BytesInFlightLimits
    private var entries: [Key: Entry] = [:]
    private var bytesByCaller: [String: Int] = [:]
    private var moves: UInt64 = 0
    /// All bytes that wait.
    private(set) var bytes = 0
    /// A bound may be exceeded: ask ``nextToGiveWay()``.
    private(set) var isOver = false

    init(_ limits: BytesInFlightLimits) {
        self.limits = limits
    }

    /// Calls of which something waits.
    var count: Int { entries.count }

    /// So many bytes of this call wait now.
    mutating func changed(_ owner: Owner, _ id: UInt32, caller: @autoclosure () -> String, to bytes: Int) {
        let key = Key(owner: ObjectIdentifier(owner), id: id)
        guard let index = entries.index(forKey: key) else {
            guard bytes > 0 else { return }
            moves += 1
            let entry = Entry(call: Call(owner: owner, id: id, bytes: bytes), caller: caller(), since: moves)
            entries[key] = entry
            account(entry.caller, bytes)
            return
        }
        let before = entries.values[index].call.bytes
        account(entries.values[index].caller, bytes - before)
        guard bytes > 0 else {
            entries.remove(at: index)
            return
        }
        entries.values[index].call.bytes = bytes
        guard bytes < before else { return }
        moves += 1
        entries.values[index].since = moves
    }

    private mutating func account(_ caller: String, _ change: Int) {
        guard change != 0 else { return }
        bytes += change
        let sum = bytesByCaller[caller, default: 0] + change
        bytesByCaller[caller] = sum > 0 ? sum : nil
        if change > 0, sum > limits.callerBytes || bytes > limits.bytes { isOver = true }
    }

    /// The next call that must give way, which is out of the account with that; asked again until there is none.
    mutating func nextToGiveWay() -> Call? {
        guard isOver else { return nil }
        // The heaviest comes first, whichever bound is exceeded.
        guard let most = bytesByCaller.values.max(), most > limits.callerBytes || bytes > limits.bytes,
            let longest = longestParked(ofCallersWith: most)
        else {
            isOver = false
            return nil
        }
        entries.removeValue(forKey: longest.key)
        account(longest.value.caller, -longest.value.call.bytes)
        return longest.value.call
    }

    private func longestParked(ofCallersWith sum: Int) -> (key: Key, value: Entry)? {
        entries.lazy.filter { bytesByCaller[$0.value.caller] == sum }.min { $0.value.since < $1.value.since }
    }
}
