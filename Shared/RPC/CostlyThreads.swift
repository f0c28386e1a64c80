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
        for _ in 0..<Self.count { startThread() }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.waiting.append(job) }
        sem_post(work)
    }

    private func startThread() {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { _ in
                // Signals are for others.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                CostlyThreads.shared.workForEver()
            }, nil)
        precondition(code == 0, "no thread for costly work: \(code)")
        pthread_detach(thread)
    }

    private func workForEver() -> Never {
        // Else the thread would have the name of the event loop that was first to need it.
        let name = open("/proc/thread-self/comm", O_WRONLY)
        if name >= 0 {
            _ = "costly work".withCString { write(name, $0, strlen($0)) }
            close(name)
        }
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
