internal import Logging
internal import Metrics
internal import Storage

/// Tells how much of a store waits to be copied into its file, and says so in the log where that is much: a program that
/// reads the file for long, or a disk that is too slow, keeps the WAL from being begun anew.
enum WALWatch {
    private static let periodSeconds = 5
    /// As much as a read of this program's own may hold up, and each time twice as much.
    private static let largeBytes = 256 << 20

    /// When to say so: pure.
    struct Rule: Equatable {
        enum OnLook: Equatable {
            case nothing
            case isLarge
            case isSmallAgain
        }

        private var nextBytes = WALWatch.largeBytes

        mutating func looked(bytes: Int) -> OnLook {
            if bytes >= nextBytes {
                while nextBytes <= bytes { nextBytes *= 2 }
                return .isLarge
            }
            guard nextBytes > WALWatch.largeBytes, bytes < WALWatch.largeBytes / 2 else { return .nothing }
            nextBytes = WALWatch.largeBytes
            return .isSmallAgain
        }
    }

    /// Until the task is cancelled.
    static func run(_ store: Store, at place: String, _ logger: Logger) async {
        let gauge = Gauge(label: "store_wal_bytes", dimensions: [("store", place)])
        var rule = Rule()
        while !Task.isCancelled {
            let bytes = store.walBytes
            gauge.record(bytes)
            switch rule.looked(bytes: bytes) {
            case .nothing: break
            case .isLarge:
                logger.warning(
                    """
                    much of the store waits in its WAL: end the program that reads the store's file, such as a backup, or \
                    give the store a faster disk
                    """, metadata: ["store": "\(place)", "wal_bytes": "\(bytes)"])
            case .isSmallAgain:
                logger.notice(
                    "the store's WAL is small again", metadata: ["store": "\(place)", "wal_bytes": "\(bytes)"])
            }
            try? await Task.sleep(for: .seconds(periodSeconds))
        }
    }
}
