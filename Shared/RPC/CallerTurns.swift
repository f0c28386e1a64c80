/// Who goes on next when only so many may at once: callers take turns, and the tasks of one caller go in their order. Pure;
/// whoever holds it wakes the tasks.
///
/// Two bounds: `limit` over all callers and `share` for one of them. While a caller has less than its share and there is
/// room, its task goes on at once; else it waits. A place that is given back goes to the caller that has fewest, of those to
/// the one that has waited for longest since it last had one. So whoever has none waits for one place to come free for each
/// other caller that has none either, however many tasks others have going and waiting.
///
/// Those that wait are as many as whoever holds this has tasks: it bounds them.
public struct CallerTurns: Sendable, Equatable {
    /// What a task that waits is known by. Never used twice.
    public typealias Ticket = UInt64

    private struct Line: Equatable {
        var taken = 0
        /// Those before `firstIndex` have gone.
        var waiting: [Ticket] = []
        var firstIndex = 0

        var isWaiting: Bool { firstIndex < waiting.count }
        var isOver: Bool { taken == 0 && !isWaiting }

        mutating func next() -> Ticket {
            defer {
                firstIndex += 1
                if firstIndex >= 64, firstIndex * 2 >= waiting.count {
                    waiting.removeFirst(firstIndex)
                    firstIndex = 0
                }
            }
            return waiting[firstIndex]
        }
    }

    public let limit: Int
    public let share: Int
    /// Places taken by all callers.
    public private(set) var taken = 0
    private var lines: [String: Line] = [:]
    /// Callers that wait, in the order of their turns.
    private var order: [String] = []

    /// Both at least 1; `share` is at most `limit`.
    public init(limit: Int, share: Int) {
        precondition(limit >= 1 && share >= 1, "a gate that lets nobody through")
        self.limit = limit
        self.share = min(share, limit)
    }

    /// Takes a place for the caller, if it may have one now. Nobody is passed by: who waits does so because its caller has
    /// its share, or because there is no room.
    public mutating func take(_ caller: String) -> Bool {
        guard taken < limit else { return false }
        var line = lines[caller] ?? Line()
        guard line.taken < share else { return false }
        line.taken += 1
        taken += 1
        lines[caller] = line
        return true
    }

    public enum OnAsk: Sendable, Equatable {
        /// It has its place.
        case go
        /// Until ``giveBack(_:)`` names the ticket.
        case wait
    }

    /// Takes a place for the caller, or has the task wait for one.
    public mutating func ask(_ caller: String, _ ticket: Ticket) -> OnAsk {
        if take(caller) { return .go }
        if lines[caller]?.isWaiting != true { order.append(caller) }
        lines[caller, default: Line()].waiting.append(ticket)
        return .wait
    }

    /// Gives back a place of the caller's, once. Answers with the task that has it now.
    public mutating func giveBack(_ caller: String) -> Ticket? {
        guard var line = lines[caller], line.taken > 0 else {
            assertionFailure("a caller gives back a place that it did not have")
            return nil
        }
        line.taken -= 1
        taken -= 1
        lines[caller] = line.isOver ? nil : line
        return next()
    }

    private mutating func next() -> Ticket? {
        let fewest = order.indices.min { taken(by: order[$0]) < taken(by: order[$1]) }
        guard let fewest, taken(by: order[fewest]) < share else { return nil }
        let caller = order.remove(at: fewest)
        guard var line = lines[caller], line.isWaiting else { return nil }
        let ticket = line.next()
        line.taken += 1
        taken += 1
        lines[caller] = line
        if line.isWaiting { order.append(caller) }
        return ticket
    }

    private func taken(by caller: String) -> Int { lines[caller]?.taken ?? 0 }

    /// The task waits no longer. False when it did not wait.
    public mutating func withdraw(_ ticket: Ticket, of caller: String) -> Bool {
        guard var line = lines[caller], let index = line.waiting[line.firstIndex...].firstIndex(of: ticket) else {
            return false
        }
        line.waiting.remove(at: index)
        if !line.isWaiting { order.removeAll { $0 == caller } }
        lines[caller] = line.isOver ? nil : line
        return true
    }
}
