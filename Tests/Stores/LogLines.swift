package import Logging
internal import Synchronization

/// Keeps what is logged.
package final class LogLines: LogHandler, Sendable {
    package struct Line: Sendable, Hashable {
        package var level: Logger.Level
        package var message: String
        /// "KEY=VALUE", sorted.
        package var metadata: [String]
    }

    private let kept = Mutex<[Line]>([])

    package init() {}

    package var logger: Logger { Logger(label: "test") { _ in self } }

    package var all: [Line] { kept.withLock { $0 } }

    package func lines(from level: Logger.Level) -> [Line] { all.filter { $0.level >= level } }

    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    package var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    package func log(event: LogEvent) {
        kept.withLock {
            $0.append(
                Line(
                    level: event.level, message: "\(event.message)",
                    metadata: (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()))
        }
    }
}
