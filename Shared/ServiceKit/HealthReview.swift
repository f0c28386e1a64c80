internal import Logging
internal import Metrics
internal import Storage

/// Looks once a second, and when it is told to, at all that this process needs to serve. What has become of it gets a line,
/// a metric, and the word to those who watch.
final class HealthReview: Sendable {
    private static let period = Duration.seconds(1)

    private let board: HealthBoard
    private let logger: Logger
    // One is as good as many.
    private let occasions = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(_ board: HealthBoard, _ logger: Logger) {
        self.board = board
        self.logger = logger
    }

    /// Until the task is cancelled. `alsoEachTime` is what else is to be looked at.
    func run(alsoEachTime look: @escaping @Sendable () async -> Void) async {
        await withTaskGroup { group in
            group.addTask { [occasions] in
                while !Task.isCancelled {
                    occasions.continuation.yield()
                    try? await Task.sleep(for: Self.period)
                }
            }
            group.addTask { [self] in
                var known: [String: Known] = [:]
                for await _ in occasions.stream {
                    await look()
                    review(&known)
                }
            }
        }
    }

    /// Until the task is cancelled, looks as soon as something else troubles the store.
    func follow(_ store: Store) async throws {
        do {
            var known = store.trouble
            while true {
                known = try await store.waitForTrouble(otherThan: known)
                occasions.continuation.yield()
            }
        } catch is CancellationError {}
    }

    /// What was seen of a condition last.
    private struct Known: Equatable {
        var status = HealthStatus.serving
        /// What the log was told.
        var told = ""
    }

    private func review(_ known: inout [String: Known]) {
        var hasChanged = false
        for condition in board.conditions {
            let status = condition.status()
            Gauge(label: "health_condition", dimensions: [("condition", condition.name)]).record(status.level)
            let before = known[condition.name] ?? Known()
            // A reason that others see may have numbers in it that change: that is no news. What is for the log has none.
            var now = Known(status: status, told: before.told)
            if status == .serving { now.told = "" } else if let logged = condition.logged?() { now.told = logged }
            known[condition.name] = now
            hasChanged = hasChanged || status != before.status
            guard status.level != before.status.level || now.told != before.told else { continue }
            tell(condition, now)
        }
        if hasChanged { board.conditionsHaveChanged() }
    }

    private func tell(_ condition: HealthCondition, _ known: Known) {
        let status = known.status
        var metadata: Logger.Metadata = ["condition": "\(condition.name)"]
        if status != .serving { metadata["reason"] = "\(known.told.isEmpty ? status.reason : known.told)" }
        func line(_ usual: String) -> Logger.Message {
            let own = status == .serving ? condition.words?.well : condition.words?.wrong
            return "\(own ?? usual)"
        }
        switch status {
        case .serving: logger.notice(line("all is well again"), metadata: metadata)
        case .noted: logger.warning(line("something is missing"), metadata: metadata)
        case .impaired: logger.error(line("not everything is served"), metadata: metadata)
        case .notServing: logger.error(line("nothing is served"), metadata: metadata)
        }
    }
}
