internal import Glibc
internal import UnixSignals

/// Says when files are to be read again: when one of them is another than before, which is looked at once a second, and
/// on SIGHUP.
public struct FileWatch: Sendable {
    /// What a file's directory entry says of it; `nil` while there is none. A file that is replaced by a new one of the
    /// same length in the same instant differs by its number.
    private struct Stamp: Hashable {
        var device: UInt64
        var number: UInt64
        var bytes: Int64
        var seconds: Int
        var nanoseconds: Int

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            number = UInt64(status.st_ino)
            bytes = Int64(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    public let paths: [String]
    private let first: [Stamp?]

    /// Made before the files are read: a change from then on counts.
    public init(_ paths: [String]) {
        self.paths = paths
        first = paths.map(Stamp.init(path:))
    }

    /// Calls `changed` at each change, and for nothing else while it runs. Returns when the task is cancelled.
    ///
    /// A file that is being written is not read half: it counts as changed when it was the same at two looks.
    public func run(_ changed: @escaping @Sendable () async -> Void) async throws {
        let (reasons, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup) { continuation.yield() }
            }
            group.addTask {
                var current = first
                var last = current
                while (try? await Task.sleep(for: .seconds(1))) != nil {
                    let seen = stamps
                    if seen != current, seen == last {
                        current = seen
                        continuation.yield()
                    }
                    last = seen
                }
                continuation.finish()
            }
            for await _ in reasons { await changed() }
            group.cancelAll()
        }
    }

    private var stamps: [Stamp?] { paths.map(Stamp.init(path:)) }
}
