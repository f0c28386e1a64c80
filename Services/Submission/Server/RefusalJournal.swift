public import Logging
internal import Metrics
internal import SubmissionRules
internal import Synchronization

/// Keeps the journal from growing by refusals without end: ``SubmissionRules/RefusalQuota`` for this process, with what
/// operators see of it. What is not journaled is answered as ever.
public final class RefusalJournal: Sendable {
    private static let counted = Counter(label: "submission_refusals_only_counted_total")
    /// How often the end of the hour is looked for while nothing is refused.
    private static let lookInterval = Duration.seconds(30)

    private let quota = Mutex(RefusalQuota())
    private let logger: Logger

    public init(logger: Logger) {
        self.logger = logger
    }

    /// Whether a unit's refusal is journaled, at an instant of the journal. Called on the writer's thread.
    func mayJournal(unit: String, bodyBytes: Int, atUnixMicroseconds instant: Int64) -> Bool {
        let (ended, decision) = quota.withLock { quota in
            (
                quota.timeIs(unixMicroseconds: instant),
                quota.refused(unit: unit, bodyBytes: bodyBytes, atUnixMicroseconds: instant)
            )
        }
        log(ended)
        switch decision {
        case .journal: return true
        case .beginCounting:
            logger.warning(
                "refusals of a unit's reports are only counted from now on, until the hour is over",
                metadata: [
                    "unit": "\(unit)", "journaled": "\(RefusalQuota.refusals) or \(RefusalQuota.bodyBytes) bytes",
                ])
        case .count: break
        }
        Self.counted.increment()
        return false
    }

    /// Says when an hour is over, until the task is cancelled.
    ///
    /// - Parameter wallClock: microseconds since 1970: the journal's.
    public func run(wallClock: @Sendable () -> Int64) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.lookInterval)
            lookForEnd(unixMicroseconds: wallClock())
        }
    }

    func lookForEnd(unixMicroseconds instant: Int64) {
        log(quota.withLock { $0.timeIs(unixMicroseconds: instant) })
    }

    private func log(_ ended: [RefusalQuota.Ended]) {
        for unit in ended {
            logger.warning(
                "refusals of a unit's reports are journaled again",
                metadata: ["unit": "\(unit.unit)", "only_counted": "\(unit.counted)"])
        }
    }
}
