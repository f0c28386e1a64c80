internal import Glibc
internal import Synchronization

/// The threads for work that costs more than a moment: large requests and answers. As many as there are cores, and of
/// lower priority than the event loops and the thread that commits. Where all cores are busy, what is large waits for what
/// is small, and not the other way round; where they are not, it costs nothing.
///
/// On Linux the nice value is a thread's own (sched(7)), and anybody may raise it.
public final class CostlyThreads: TaskExecutor {
    /// The process's own. They begin when they are first needed, and never end.
    public static let shared = CostlyThreads()
    /// How many there are: one for each core, and two at least.
    public static let count = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// What is added to the process's nice value. A thread ten steps below its neighbours has a tenth of their share of a
    /// core that they want all of, so it goes on whatever they do.
    public static let addedNiceness: Int32 = 10

    private struct Jobs {
        /// Those before `firstIndex` have gone.
        var waiting: [UnownedJob] = []
        var firstIndex = 0

        mutating func next() -> UnownedJob? {
            guard firstIndex < waiting.count else { return nil }
            defer {
                firstIndex += 1
                if firstIndex == waiting.count {
                    waiting.removeAll(keepingCapacity: true)
                    firstIndex = 0
                }
            }
            return waiting[firstIndex]
        }
    }

    private let jobs = Mutex(Jobs())
    /// Counts the jobs. It stays where it is for as long as the process lives, as the threads do.
    private nonisolated(unsafe) let work = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    private init() {
        sem_init(work, 0, 0)
        for _ in 0..<Self.count { startThread("costly work") { CostlyThreads.shared.workForEver() } }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.waiting.append(job) }
        sem_post(work)
    }

    private func workForEver() -> Never {
        // Of this thread alone. A process that may not do even that works as it would without.
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        setpriority(process, 0, getpriority(process, 0) + Self.addedNiceness)
        let executor = asUnownedTaskExecutor()
        while true {
            while sem_wait(work) != 0 {}
            if let job = jobs.withLock({ $0.next() }) { job.runSynchronously(on: executor) }
        }
    }
}
