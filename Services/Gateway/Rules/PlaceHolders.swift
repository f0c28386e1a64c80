/// The identities that hold places of a service, or wait for some, and how many.
struct PlaceHolders: Sendable {
    struct Holder: Sendable {
        /// `nil`: free for another.
        var caller: UInt?
        /// By class.
        var inFlight = SIMD4<Int>(repeating: 0)
        var waiting = 0

        var hasNothing: Bool { waiting == 0 && inFlight == SIMD4(repeating: 0) }
    }

    /// So many are remembered, since most come again; beyond it those that hold nothing are forgotten.
    private static let usualCount = 1024

    private(set) var all: [Holder] = []
    /// How many wait, or hold places of a class or of those after it. Kept, so that nobody has to count them.
    private var sharing = SIMD4<Int>(repeating: 0)
    private var indices: [UInt: Int] = [:]
    private var free: [Int] = []
    /// Looked through when there are so many.
    private var sweepAt = usualCount
    /// Where an identity was found last: hashing is most of what admitting a call would cost.
    private var recent = [Int](repeating: 0, count: 256)

    /// The index of an identity.
    mutating func holder(_ caller: UInt) -> Int {
        let slot = Int(truncatingIfNeeded: (UInt64(caller) &* 0x9e37_79b9_7f4a_7c15) >> 56)
        let index = recent[slot]
        if index < all.count, all[index].caller == caller { return index }
        recent[slot] = lookUp(caller)
        return recent[slot]
    }

    private mutating func lookUp(_ caller: UInt) -> Int {
        if let index = indices[caller] { return index }
        if indices.count >= sweepAt { sweep() }
        let index = free.popLast() ?? all.count
        if index == all.count { all.append(Holder()) }
        all[index].caller = caller
        indices[caller] = index
        return index
    }

    /// If most hold something the next look is taken when there are twice as many, so that looking costs little.
    private mutating func sweep() {
        for index in all.indices where all[index].hasNothing {
            guard let caller = all[index].caller else { continue }
            indices[caller] = nil
            all[index].caller = nil
            free.append(index)
        }
        sweepAt = max(Self.usualCount, indices.count * 2)
    }

    // MARK: What they have

    mutating func began(_ index: Int, _ lane: Int) {
        if all[index].inFlight[lane] == 0, all[index].waiting == 0 { takesPart(index, lane, 1) }
        all[index].inFlight[lane] += 1
    }

    mutating func ended(_ index: Int, _ lane: Int) {
        all[index].inFlight[lane] -= 1
        if all[index].inFlight[lane] == 0, all[index].waiting == 0 { takesPart(index, lane, -1) }
    }

    mutating func waits(_ index: Int) {
        if all[index].waiting == 0 { takesPart(index, 3, 1) }
        all[index].waiting += 1
    }

    mutating func waitsNoLonger(_ index: Int) {
        all[index].waiting -= 1
        if all[index].waiting == 0 { takesPart(index, 3, -1) }
    }

    /// An identity that does not wait has something of a class, or has it no longer: with what it has beside that, it takes
    /// part already, or still does.
    private mutating func takesPart(_ index: Int, _ lane: Int, _ change: Int) {
        let inFlight = all[index].inFlight
        if lane >= 1, Self.held(inFlight, 1) == 0 { sharing[1] += change }
        if lane >= 2, Self.held(inFlight, 2) == 0 { sharing[2] += change }
        if lane >= 3, inFlight[3] == 0 { sharing[3] += change }
    }

    // MARK: Shares

    /// Of so many by class, those of a class and the ones after it.
    static func held(_ inFlight: SIMD4<Int>, _ lane: Int) -> Int {
        switch lane {
        case 1: inFlight[1] + inFlight[2] + inFlight[3]
        case 2: inFlight[2] + inFlight[3]
        default: inFlight[lane]
        }
    }

    func held(_ index: Int, _ lane: Int) -> Int { Self.held(all[index].inFlight, lane) }

    /// An identity's share of places that a class and those after it have: rounded down, nothing where there are more
    /// identities than places.
    func share(of places: Int, _ lane: Int) -> Int { places / max(1, sharing[lane]) }
}
