/// What the machine's clock showed, and how long the machine had run by then, asleep or not. Microseconds.
public struct ClockReading: Sendable, Hashable {
    /// Since 1970-01-01T00:00:00Z.
    public var wall: Int64
    /// CLOCK_BOOTTIME, which nobody sets.
    public var uptime: Int64

    public init(wall: Int64, uptime: Int64) {
        self.wall = wall
        self.uptime = uptime
    }

    /// Where the clock stands against the time that the machine has run: the same as long as nobody sets it.
    fileprivate var course: Int64 { wall - uptime }
}

/// Whether the machine's clock can be believed: it is held against the time that the machine has run, and against what others
/// say the time is. Pure.
///
/// ```
///                    it jumped, and most others do not confirm the new time
///             ┌──────────────────────────────────────────────────────────▶ jumped
///             │                                                              │
///   right ◀───┼── it is on its old course again, or most others confirm it ──┘
///             └──────────── most others contradict ──▶ contradicted ── half of them or more agree ──▶ right
/// ```
///
/// Half of the others suffice to confirm, since the clock itself is one more. Who says nothing for a while is not counted; when
/// nobody says anything, a clock that was contradicted stays so.
///
/// A process whose clock has jumped tells others what it should show: so on a machine where the clock jumped for all programs
/// none confirms the jump to another, and one that is started later is contradicted. What nobody can tell from within is a jump
/// to the right time, where all programs are on one machine: then an operator stops them all, and starts them.
public struct ClockRule: Sendable, Equatable {
    /// What others said counts for so long: three times as long as they are asked after.
    static let wordLastsMicroseconds: Int64 = 35_000_000
    /// Others whose words are kept; of more the oldest go.
    static let mostOthers = 64
    /// 1970 to 2100: nobody's clock shows anything else.
    private static let instants: ClosedRange<Int64> = 1...4_102_444_800_000_000

    /// What is wrong with the clock, as it was when it was noticed.
    public struct Fault: Sendable, Hashable {
        public enum Cause: Sendable, Hashable {
            case jumped
            /// By these.
            case contradicted([String])
        }

        public var cause: Cause
        /// When that was, by what the clock should have shown.
        public var sinceUnixMicroseconds: Int64
        /// By how much it is ahead; negative when it is behind.
        public var aheadMicroseconds: Int64
    }

    private struct Word: Equatable {
        /// What time it is there, less the time that this machine had run.
        var course: Int64
        /// By how much that may be wrong.
        var doubtMicroseconds: Int64
        /// When, by this machine's running time.
        var heardAt: Int64
    }

    private enum Verdict {
        case silent
        case confirmed
        /// `ahead`: by how much the clock is ahead of the middle one of them.
        case contradicted(ahead: Int64, by: [String])
    }

    private let toleranceMicroseconds: Int64
    /// As it was when the clock was last on it. It follows a clock that is slewed.
    private var course: Int64
    private var words: [String: Word] = [:]
    public private(set) var fault: Fault?

    public init(_ reading: ClockReading, toleranceMicroseconds: Int64) {
        self.toleranceMicroseconds = toleranceMicroseconds
        course = reading.course
    }

    /// Somebody said what time it is.
    ///
    /// - Parameters:
    ///   - name: whose word it is; the last one counts.
    ///   - doubtMicroseconds: how far that may be off, since it took time to come.
    public mutating func heard(
        _ name: String, unixMicroseconds: Int64, doubtMicroseconds: Int64, at reading: ClockReading
    ) {
        guard Self.instants.contains(unixMicroseconds) else { return }
        if words.count >= Self.mostOthers, words[name] == nil,
            let oldest = words.min(by: { $0.value.heardAt < $1.value.heardAt })
        {
            words[oldest.key] = nil
        }
        words[name] = Word(
            course: unixMicroseconds - reading.uptime, doubtMicroseconds: doubtMicroseconds, heardAt: reading.uptime)
        judge(reading)
    }

    /// Judges what the clock shows; gives back what is wrong with it.
    @discardableResult
    public mutating func judge(_ reading: ClockReading) -> Fault? {
        let verdict = verdict(reading)
        let jump = reading.course - course
        guard abs(jump) <= toleranceMicroseconds else {
            if case .confirmed = verdict {
                course = reading.course
                fault = nil
            } else {
                note(.jumped, ahead: jump, since: course + reading.uptime)
            }
            return fault
        }
        course = reading.course
        switch verdict {
        case .confirmed: fault = nil
        case .contradicted(let ahead, let names):
            note(.contradicted(names), ahead: ahead, since: reading.wall - ahead)
        case .silent: if fault?.cause == .jumped { fault = nil }
        }
        return fault
    }

    /// One fault is told in the same words as long as it lasts.
    private mutating func note(_ cause: Fault.Cause, ahead: Int64, since: Int64) {
        if let fault, (fault.cause == .jumped) == (cause == .jumped),
            abs(fault.aheadMicroseconds - ahead) <= toleranceMicroseconds
        {
            return
        }
        fault = Fault(cause: cause, sinceUnixMicroseconds: since, aheadMicroseconds: ahead)
    }

    /// What time it is as far as is known here, for others to hold theirs against.
    public func believedUnixMicroseconds(_ reading: ClockReading) -> Int64 {
        guard case .contradicted = fault?.cause else { return course + reading.uptime }
        // One that contradicts may be wrong itself; several are believed, and passed on to those who ask here only.
        let courses = recent(reading).map(\.value.course).sorted()
        return (courses.count >= 2 ? courses[(courses.count - 1) / 2] : course) + reading.uptime
    }

    /// By how much the clock is ahead of the middle one of the others; `nil` when nobody has said anything lately.
    public func aheadOfOthersMicroseconds(_ reading: ClockReading) -> Int64? {
        let courses = recent(reading).map(\.value.course).sorted()
        return courses.isEmpty ? nil : reading.course - courses[(courses.count - 1) / 2]
    }

    private func recent(_ reading: ClockReading) -> [String: Word] {
        words.filter { reading.uptime - $0.value.heardAt <= Self.wordLastsMicroseconds }
    }

    private func verdict(_ reading: ClockReading) -> Verdict {
        guard !words.isEmpty else { return .silent }
        let recent = recent(reading)
        guard !recent.isEmpty else { return .silent }
        let others = recent.filter { _, word in
            abs(reading.course - word.course) > toleranceMicroseconds + word.doubtMicroseconds
        }
        guard 2 * others.count > recent.count else { return .confirmed }
        let courses = others.map(\.value.course).sorted()
        return .contradicted(
            ahead: reading.course - courses[(courses.count - 1) / 2], by: others.keys.sorted())
    }
}
