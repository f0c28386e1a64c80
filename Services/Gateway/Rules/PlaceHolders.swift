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

    mutating func began(_ index: Int, _ lane: Int) { all[index].inFlight[lane] += 1 }

    mutating func ended(_ index: Int, _ lane: Int) { all[index].inFlight[lane] -= 1 }

    mutating func waits(_ index: Int) { all[index].waiting += 1 }

    mutating func waitsNoLonger(_ index: Int) { all[index].waiting -= 1 }
}
