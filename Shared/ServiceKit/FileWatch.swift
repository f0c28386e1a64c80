internal import Synchronization
internal import TLS
internal import UnixSignals

/// Says when files are to be read again: when one of them is another than before, which is looked at once a second, and
/// on SIGHUP.
public struct FileWatch: Sendable {
    /// What was seen of the files.
    private final class Looks: Sendable {
        private let paths: [String]
        private let stamps: Mutex<(told: [FileStamp?], last: [FileStamp?])>

        init(_ paths: [String], _ first: [FileStamp?]) {
            self.paths = paths
            stamps = Mutex((told: first, last: first))
        }

        /// True when the files are others than was told last, and the same as at the last look.
        func findChange() -> Bool {
            let seen = paths.map(FileStamp.init(path:))
            return stamps.withLock { stamps in
                defer { stamps.last = seen }
                guard seen != stamps.told, seen == stamps.last else { return false }
                stamps.told = seen
                return true
            }
        }
    }

    public let paths: [String]
    private let first: [FileStamp?]

    /// Made before the files are read: a change from then on counts.
    public init(_ paths: [String]) {
        self.paths = paths
        first = paths.map(FileStamp.init(path:))
    }

    /// Calls `changed` at each change, and for nothing else while it runs. Returns when the task is cancelled.
    ///
    /// A file that is being written is not read half: it counts as changed when it was the same at two looks.
    public func run(_ changed: @escaping @Sendable () async -> Void) async throws {
        let (reasons, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let looks = Looks(paths, first)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await Self.look(everySeconds: 1) { isForced in
                    if isForced || looks.findChange() { continuation.yield() }
                }
                continuation.finish()
            }
            for await _ in reasons { await changed() }
            group.cancelAll()
        }
    }

    /// Calls `look` every so many seconds, and with `isForced` on SIGHUP, until the task is cancelled. One call may come
    /// while another runs.
    static func look(everySeconds seconds: Int, _ look: @escaping @Sendable (_ isForced: Bool) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup) { await look(true) }
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(seconds))) != nil { await look(false) }
            }
            await group.waitForAll()
        }
    }
}
