/// The identities that hold places of a service, or wait for some, and how many.
struct PlaceHolders: Sendable {
    struct Holder: Sendable {
        /// `nil`: free for another.
        var caller: UInt?
        /// By class.
        var inFlight = SIMD4<Int>(repeating: 0)
        var waiting = 0

        var hasNothing: Bool { waiting == 0 && inFlight == SIMD4(repeating: 0) }

        /// 1 for each class of which, with those after it, it holds a place; for all of them when it waits.
        var takesPart: SIMD4<Int> {
            guard waiting == 0 else { return SIMD4(repeating: 1) }
            let bulk = inFlight[3], pushes = inFlight[2] + bulk, all = inFlight[1] + pushes
            return SIMD4(0, all > 0 ? 1 : 0, pushes > 0 ? 1 : 0, bulk > 0 ? 1 : 0)
        }
    }

    /// So many are remembered, since most come again; beyond it those that hold nothing are forgotten.
    private static let usualCount = 1024

    private(set) var all: [Holder] = []
    /// How many take part, by class: see ``Holder/takesPart``. Kept, so that nobody has to count them.
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
        if all[index].inFlight[lane] == 0 { return change(index) { $0.inFlight[lane] = 1 } }
        all[index].inFlight[lane] += 1
    }

    mutating func ended(_ index: Int, _ lane: Int) {
        if all[index].inFlight[lane] == 1 { return change(index) { $0.inFlight[lane] = 0 } }
        all[index].inFlight[lane] -= 1
    }

    mutating func waits(_ index: Int) {
        if all[index].waiting == 0 { return change(index) { $0.waiting = 1 } }
        all[index].waiting += 1
    }

    mutating func waitsNoLonger(_ index: Int) {
        if all[index].waiting == 1 { return change(index) { $0.waiting = 0 } }
        all[index].waiting -= 1
    }

    private mutating func change(_ index: Int, _ body: (inout Holder) -> Void) {
        let before = all[index].takesPart
        body(&all[index])
        sharing = sharing &+ all[index].takesPart &- before
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
