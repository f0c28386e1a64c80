internal import CAllocator
internal import Telemetry

/// Gives memory that was freed back to the system. glibc keeps it: what a thread's arena has freed below something that is
/// still in use stays with the process, and after a burst that is nearly all of it. Its settings do not help: of 1,480 MB
/// that a burst of answers took, 818 stayed with `M_MMAP_THRESHOLD` and `M_TRIM_THRESHOLD` at 128 KiB, and of 2,450 MB
/// 1,330 with two arenas. `malloc_trim` left 18 MB more than there were before.
enum FreedMemory {
    /// How often the resident memory is glanced at.
    static let periodSeconds = 5

    /// When to. Pure.
    ///
    /// What is in use is asked for seldom: the allocator looks through all that is free to say so, and is locked meanwhile
    /// (30 ms for 100,000 pieces). Memory that grows is counted at once, and then after pauses that double.
    struct Rule: Equatable {
        /// So much is worth the search for it, which costs as much again.
        static let worthwhileBytes = 32 << 20
        /// Glances from one count to the next, at most: a minute.
        static let longestPauseGlances = 12

        enum OnGlance: Equatable {
            case rest
            /// Ask what is in use, and then ``counted(residentBytes:inUseBytes:)``.
            case count
        }

        enum OnCount: Equatable {
            case keep
            /// Give back what is free, and then ``gaveBack(residentBytes:inUseBytes:)``.
            case giveBack
        }

        /// What was resident at least, though nobody used it: code, stacks, and what lies between things in use.
        private var idleFloorBytes: Int?
        /// What was resident at the last count, or less that was since.
        private var knownResidentBytes = 0
        private var pauseGlances = 1
        /// Until the next count.
        private var glancesLeft = 0

        mutating func glanced(residentBytes: Int) -> OnGlance {
            if residentBytes - knownResidentBytes >= Self.worthwhileBytes {
                pauseGlances = 1
                return .count
            }
            knownResidentBytes = min(knownResidentBytes, residentBytes)
            glancesLeft -= 1
            return glancesLeft > 0 ? .rest : .count
        }

        mutating func counted(residentBytes: Int, inUseBytes: Int) -> OnCount {
            knownResidentBytes = residentBytes
            let idle = residentBytes - inUseBytes
            let floor = min(idleFloorBytes ?? idle, idle)
            idleFloorBytes = floor
            if idle - floor >= Self.worthwhileBytes { return .giveBack }
            glancesLeft = pauseGlances
            pauseGlances = min(pauseGlances * 2, Self.longestPauseGlances)
            return .keep
        }

        /// What did not go back this time is not asked for again.
        mutating func gaveBack(residentBytes: Int, inUseBytes: Int) {
            knownResidentBytes = residentBytes
            idleFloorBytes = residentBytes - inUseBytes
            pauseGlances = 2
            glancesLeft = pauseGlances
        }
    }

    /// Until the task is cancelled; on no event loop.
    static func giveBack() async {
        var rule = Rule()
        while !Task.isCancelled {
            look(&rule)
            try? await Task.sleep(for: .seconds(periodSeconds))
        }
    }

    private static func look(_ rule: inout Rule) {
        let resident = residentBytes
        guard rule.glanced(residentBytes: resident) == .count,
            rule.counted(residentBytes: resident, inUseBytes: inUseBytes) == .giveBack
        else { return }
        callocator_trim()
        rule.gaveBack(residentBytes: residentBytes, inUseBytes: inUseBytes)
    }

    static var residentBytes: Int { Int(ProcessFigures.residentBytesNow()) }
    static var inUseBytes: Int { callocator_bytes_in_use() }
}
