internal import CAllocator
internal import Telemetry

/// Gives memory that was freed back to the system. glibc keeps it: what a thread's arena has freed below something that is
/// still in use stays with the process, and after a burst that is nearly all of it. Measured after 450 answers of 3 MB:
/// see README.md, "Memory". Its settings do not help: `M_TRIM_THRESHOLD` looks at an arena's end only, a fixed
/// `M_MMAP_THRESHOLD` returns large buffers and not the values they are made from, and fewer arenas make threads wait for
/// each other.
enum FreedMemory {
    /// How often it is looked at, and so the least between two times that it is given back.
    static let periodSeconds = 5

    /// When to. Pure.
    struct Rule: Equatable {
        /// So much is worth the search through all that is free, during which the allocator is locked.
        static let worthwhileBytes = 32 << 20

        /// What was resident at least, though nobody used it: code, stacks, and what lies between things in use.
        private var floorBytes: Int?

        enum OnLook: Equatable {
            case keep
            /// Give back what is free, and then ``gaveBack(residentBytes:inUseBytes:)``.
            case giveBack
        }

        mutating func looked(residentBytes: Int, inUseBytes: Int) -> OnLook {
            let idle = residentBytes - inUseBytes
            let floor = min(floorBytes ?? idle, idle)
            floorBytes = floor
            return idle - floor >= Self.worthwhileBytes ? .giveBack : .keep
        }

        /// What did not go back this time is not asked for again.
        mutating func gaveBack(residentBytes: Int, inUseBytes: Int) {
            floorBytes = residentBytes - inUseBytes
        }
    }

    /// Until the task is cancelled; on no event loop.
    static func giveBack() async {
        var rule = Rule()
        while !Task.isCancelled {
            if rule.looked(residentBytes: residentBytes, inUseBytes: callocator_bytes_in_use()) == .giveBack {
                callocator_trim()
                rule.gaveBack(residentBytes: residentBytes, inUseBytes: callocator_bytes_in_use())
            }
            try? await Task.sleep(for: .seconds(periodSeconds))
        }
    }

    private static var residentBytes: Int { Int(ProcessFigures.residentBytesNow()) }
}
