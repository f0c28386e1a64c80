public import Wire

/// The calls in flight, all but those of the class control, by identity, class and use. In each list the one that has gone
/// longest without a move comes first; of those that are ``PlaceUse/served`` the one that the service has had for longest.
/// The lists lead through the queue's entries; here are their ends. -1 for none.
struct CallsByUse: Sendable {
    struct List: Sendable {
        var oldest = -1
        var newest = -1
    }

    private struct Seat: Sendable {
        var calls = 0
        /// In ``holders``.
        var position = -1
    }

    private static let uses = 4
    /// Of the classes after control.
    private static let listsOfHolder = uses * 3

    private var lists: [List] = []
    private var seats: [Seat] = []
    /// The identities that have some, in no order.
    private(set) var holders: [Int] = []

    private func slot(_ holder: Int, _ lane: Int, _ use: UInt8) -> Int {
        holder * Self.listsOfHolder + (lane - 1) * Self.uses + Int(use)
    }

    /// `use`: of a ``PlaceUse``.
    subscript(holder: Int, lane: Int, use: UInt8) -> List {
        get { lists[slot(holder, lane, use)] }
        set { lists[slot(holder, lane, use)] = newValue }
    }

    /// An identity has a call more; its list is there from then on.
    mutating func comes(_ holder: Int) {
        while seats.count <= holder {
            seats.append(Seat())
            for _ in 0..<Self.listsOfHolder { lists.append(List()) }
        }
        if seats[holder].calls == 0 {
            seats[holder].position = holders.count
            holders.append(holder)
        }
        seats[holder].calls += 1
    }

    /// An identity has a call less.
    mutating func goes(_ holder: Int) {
        seats[holder].calls -= 1
        guard seats[holder].calls == 0 else { return }
        let position = seats[holder].position
        let last = holders.removeLast()
        if last != holder {
            holders[position] = last
            seats[last].position = position
        }
    }
}

extension AdmissionQueue {
    /// A call has begun to use its place in another way, or has moved on.
    ///
    /// - Parameter tick: a count that grows by one about each second, never faster.
    public mutating func placeUsed(_ ticket: Ticket, _ use: PlaceUse, tick: Int, now: MonotonicInstant) {
        // Calls of the class control have places of their own, and a list.
        guard isInFlight(ticket), entries[ticket.index].trafficClass != .control else { return }
        isUsedNoLonger(ticket.index)
        entries[ticket.index].movedAt = tick
        isUsed(ticket.index, use, since: now)
    }

    mutating func isUsed(_ index: Int, _ use: PlaceUse, since now: MonotonicInstant) {
        entries[index].use = use
        entries[index].since = now
        let entry = entries[index]
        let lane = Int(entry.trafficClass.rawValue)
        byUse.comes(entry.holder)
        var list = byUse[entry.holder, lane, use.rawValue]
        // Time only grows, but for moments between one clock reading and the next: this ends where it begins.
        var older = list.newest
        while older >= 0, isLater(entries[older], entry) { older = entries[older].older }
        let newer = older >= 0 ? entries[older].newer : list.oldest
        entries[index].older = older
        entries[index].newer = newer
        if older >= 0 { entries[older].newer = index } else { list.oldest = index }
        if newer >= 0 { entries[newer].older = index } else { list.newest = index }
        byUse[entry.holder, lane, use.rawValue] = list
    }

    private func isLater(_ one: Entry, _ other: Entry) -> Bool {
        other.use == .served ? one.since > other.since : one.movedAt > other.movedAt
    }

    /// Its place is used in another way, or it is in flight no longer.
    mutating func isUsedNoLonger(_ index: Int) {
        let entry = entries[index]
        let lane = Int(entry.trafficClass.rawValue)
        var list = byUse[entry.holder, lane, entry.use.rawValue]
        if entry.older >= 0 { entries[entry.older].newer = entry.newer } else { list.oldest = entry.newer }
        if entry.newer >= 0 { entries[entry.newer].older = entry.older } else { list.newest = entry.older }
        byUse[entry.holder, lane, entry.use.rawValue] = list
        byUse.goes(entry.holder)
    }
}
