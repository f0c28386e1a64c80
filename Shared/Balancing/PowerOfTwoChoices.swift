/// Power of two choices: of two endpoints drawn at random the one with fewer calls in flight takes the call.
///
/// Almost as even as asking all of them, and without the herd that runs to whoever was idle a moment ago (Mitzenmacher,
/// "The Power of Two Choices in Randomized Load Balancing"; Envoy's LEAST_REQUEST).
public enum PowerOfTwoChoices {
    /// Two different positions below `count`, which is at least 2. `random`: any 64 bits.
    @inlinable
    public static func draw(among count: Int, random: UInt64) -> (first: Int, second: Int) {
        let first = Int(((random >> 32) &* UInt64(count)) >> 32)
        var second = Int(((random & 0xffff_ffff) &* UInt64(count - 1)) >> 32)
        if second >= first { second += 1 }
        return (first, second)
    }

    /// Whether the first of the two drawn takes the call. One that is still warming up and declines leaves it to the
    /// other; between two that are alike in this the load decides, and the order of drawing, which is random, a tie.
    @inlinable
    public static func prefersFirst(
        firstLoad: Int, secondLoad: Int, firstDeclines: Bool, secondDeclines: Bool
    ) -> Bool {
        firstDeclines == secondDeclines ? firstLoad <= secondLoad : secondDeclines
    }
}

/// A small generator of random numbers for choices that nobody must foresee for long (SplitMix64): the system's own
/// costs more than the choice.
public struct ChoiceRandom: Sendable {
    @usableFromInline var state: UInt64

    /// Any seed; each loop takes one from the system.
    public init(seed: UInt64) {
        state = seed
    }

    @inlinable
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
