internal import Glibc
internal import Logging
internal import RPC
internal import Synchronization

/// What a process does when it is told to stop, and told again: pure, the clock is its caller's.
///
///     running ──signal──▶ stopping ──signal, or the time is over──▶ ended
///                            └──the process has ended by itself──▶ (nobody is left to ask)
///
/// Who tells a program and its group to stop, as timeout(1) does, tells it twice within microseconds and means it once.
struct StopRule: Equatable {
    /// A signal that comes so soon after the first is the same one.
    static let sameSignalNanoseconds: UInt64 = 50_000_000

    /// From the first signal to the end that is not waited beyond.
    let boundNanoseconds: UInt64
    private var stoppingSince: UInt64?

    init(boundNanoseconds: UInt64) {
        self.boundNanoseconds = boundNanoseconds
    }

    enum OnSignal: Equatable {
        /// Begin to stop.
        case stop
        /// End the process now.
        case end
        case ignore
    }

    mutating func signalled(at nanoseconds: UInt64) -> OnSignal {
        guard let stoppingSince else {
            stoppingSince = nanoseconds
            return .stop
        }
        return nanoseconds &- stoppingSince < Self.sameSignalNanoseconds ? .ignore : .end
    }

    /// How long there is to wait; 0: end the process now. `nil`: for ever, nobody has told it to stop.
    func patienceNanoseconds(at nanoseconds: UInt64) -> UInt64? {
        guard let stoppingSince else { return nil }
        let passed = nanoseconds &- stoppingSince
        return passed < boundNanoseconds ? boundNanoseconds - passed : 0
    }
}

/// SIGTERM and SIGINT, on a thread of their own that needs nothing else of the process: neither its event loops, nor the
/// threads that tasks run on, nor a lock that somebody holds who waits for a disk.
final class StopSignals: Sendable {
    /// Beyond the time that calls are given.
    static let graceNanoseconds: UInt64 = 1_000_000_000
    /// How long the last line may take: whoever reads it may have stopped.
    private static let lastLineMilliseconds = 200
    /// What the process ends with when it does not end by itself.
    static let exitCode: Int32 = 1

    /// What has not ended yet, in the order it was begun.
    private let unfinished = Mutex<[String]>([])
    private let logHandler: LineLogHandler

    init(_ logHandler: LineLogHandler) {
        self.logHandler = logHandler
    }

    /// From now on a first signal calls `stop`, on that thread; a second one, or `drain` and a second without an end, ends
    /// the process at once.
    func listen(drainNanoseconds: UInt64, _ stop: @escaping @Sendable () -> Void) {
        Self.blockEverywhere()
        let rule = StopRule(boundNanoseconds: drainNanoseconds + Self.graceNanoseconds)
        startThread("signals") { [self] in wait(rule, stop) }
    }

    /// Runs `body`, and says so if the process must end before it does.
    func during<Result>(_ what: String, _ body: () async throws -> Result) async rethrows -> Result {
        begin(what)
        defer { end(what) }
        return try await body()
    }

    func begin(_ what: String) {
        unfinished.withLock { $0.append(what) }
    }

    func end(_ what: String) {
        unfinished.withLock { list in
            if let index = list.firstIndex(of: what) { list.remove(at: index) }
        }
    }

    // MARK: The thread

    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }

    /// Only a thread that waits for a signal may get it. Threads that are made from now on block it; one that was there
    /// before blocks it when it is struck, and hands it on.
    private static func blockEverywhere() {
        var set = signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, signal)
            pthread_sigmask(SIG_BLOCK, &set, nil)
            kill(getpid(), signal)
        }
        action.sa_flags = SA_RESTART
        sigaction(SIGTERM, &action, nil)
        sigaction(SIGINT, &action, nil)
    }

    private func wait(_ rule: StopRule, _ stop: () -> Void) {
        var rule = rule
        var set = Self.signals
        while true {
            var signal: Int32 = -1
            if let patience = rule.patienceNanoseconds(at: Self.now) {
                guard patience > 0 else { return endProcess("the time to stop is over") }
                var time = timespec()
                time.tv_sec = Int(patience / 1_000_000_000)
                time.tv_nsec = Int(patience % 1_000_000_000)
                signal = sigtimedwait(&set, nil, &time)
            } else {
                signal = sigwaitinfo(&set, nil)
            }
            // The time is over, or a debugger was there.
            guard signal > 0 else { continue }
            switch rule.signalled(at: Self.now) {
            case .stop: stop()
            case .end: return endProcess("a second signal came")
            case .ignore: break
            }
        }
    }

    private func endProcess(_ why: String) {
        logHandler.log(
            level: .error, "ended before everything had",
            ["reason": "\(why)", "unfinished": "\(unfinished.withLock { $0 }.joined(separator: "; "))"])
        StandardError.shared.flush(milliseconds: Self.lastLineMilliseconds)
        _exit(Self.exitCode)
    }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
