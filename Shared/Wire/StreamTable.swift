/// Open streams by id. Ids are odd and grow by two, so a ring indexed by the id finds nearly all of them without
/// hashing; a long-lived stream whose place a later one needs moves to a dictionary.
public struct StreamTable<Element> {
    @usableFromInline struct Slot {
        @usableFromInline var id: UInt32
        @usableFromInline var element: Element

        @inlinable
        init(id: UInt32, element: Element) {
            self.id = id
            self.element = element
        }
    }

    @usableFromInline var ring: [Slot?]
    @usableFromInline var displaced: [UInt32: Element] = [:]
    @usableFromInline var elements = 0

    /// `ringSlots` is rounded up to a power of two. The ring doubles while it is more than half full.
    @inlinable
    public init(ringSlots: Int = 16) {
        var slots = 16
        while slots < ringSlots { slots *= 2 }
        ring = Array(repeating: nil, count: slots)
    }

    @inlinable
    public var count: Int { elements }

    @inlinable
    func place(of id: UInt32) -> Int { Int(id >> 1) & (ring.count - 1) }

    public subscript(id: UInt32) -> Element? {
        @inlinable get {
            if let slot = ring[place(of: id)], slot.id == id { return slot.element }
            return displaced.isEmpty ? nil : displaced[id]
        }
    }

    /// Adds an element under an id that has none.
    @inlinable
    public mutating func insert(_ element: Element, id: UInt32) {
        if elements * 2 >= ring.count { grow() }
        let place = place(of: id)
        if let occupant = ring[place] {
            assert(occupant.id != id, "stream \(id) is there already")
            displaced[occupant.id] = occupant.element
        }
        ring[place] = Slot(id: id, element: element)
        elements += 1
    }

    @usableFromInline
    mutating func grow() {
        var grown = StreamTable(ringSlots: ring.count * 2)
        // Lowest ids first: the younger stream keeps the ring's place.
        for (id, element) in all {
            let place = grown.place(of: id)
            if let occupant = grown.ring[place] { grown.displaced[occupant.id] = occupant.element }
            grown.ring[place] = Slot(id: id, element: element)
        }
        grown.elements = elements
        self = grown
    }

    @inlinable
    @discardableResult
    public mutating func remove(_ id: UInt32) -> Element? {
        let place = place(of: id)
        if let slot = ring[place], slot.id == id {
            ring[place] = nil
            elements -= 1
            return slot.element
        }
        guard !displaced.isEmpty, let element = displaced.removeValue(forKey: id) else { return nil }
        elements -= 1
        return element
    }

    /// Changes an element in place; `nil` when there is none.
    @inlinable
    public mutating func withElement<Result>(_ id: UInt32, _ body: (inout Element) -> Result) -> Result? {
        let place = place(of: id)
        if ring[place]?.id == id {
            return body(&ring[place]!.element)
        }
        guard !displaced.isEmpty, displaced[id] != nil else { return nil }
        return body(&displaced[id]!)
    }

    /// Every id with its element, lowest id first. Costs the size of the ring: for ends and timers, not for frames.
    public var all: [(id: UInt32, element: Element)] {
        var found = displaced.map { (id: $0.key, element: $0.value) }
        for slot in ring {
            if let slot { found.append((slot.id, slot.element)) }
        }
        return found.sorted { $0.id < $1.id }
    }
}

extension StreamTable {
    /// The ids whose deadline is not after `now`, lowest first, and the earliest of the other deadlines.
    func deadlines(
        at now: MonotonicInstant, of deadline: (Element) -> MonotonicInstant?
    ) -> (passed: [UInt32], next: MonotonicInstant?) {
        var passed: [UInt32] = []
        var next: MonotonicInstant?
        for (id, element) in all {
            guard let deadline = deadline(element) else { continue }
            if deadline <= now {
                passed.append(id)
            } else {
                next = min(next ?? deadline, deadline)
            }
        }
        return (passed, next)
    }
}

extension StreamTable: Sendable where Element: Sendable {}
extension StreamTable.Slot: Sendable where Element: Sendable {}
