internal import Logging
internal import Storage

/// Tells how much of a store waits to be copied into its file, and says so in the log where that is much: a program that
/// reads the file for long, or a disk that is too slow, keeps the WAL from being begun anew.
enum WALWatch {
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

    /// Says what the rule found.
    static func tell(_ found: Rule.OnLook, bytes: Int, of place: StorePlace, _ logger: Logger) {
        let metadata: Logger.Metadata = ["store": "\(place)", "wal_bytes": "\(bytes)"]
        switch found {
        case .nothing: break
        case .isLarge:
            logger.warning(
                """
                much of the store waits in its WAL: end the program that reads the store's file, such as a backup, or \
                give the store a faster disk
                """, metadata: metadata)
        case .isSmallAgain: logger.notice("the store's WAL is small again", metadata: metadata)
        }
    }
}
