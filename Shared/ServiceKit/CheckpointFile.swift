internal import Glibc
internal import Logging
internal import Storage

/// A file that the checkpoints of a store's log are appended to, signed notes one after the other, for whoever keeps them where
/// this machine's owner cannot change them: `qmctl journal compare` holds them against the journal.
struct CheckpointFile: Sendable {
    let path: String
    let everySeconds: Int

    /// Appends the newest each time that the log has grown, until the task is cancelled; then once more.
    func run(appending store: Store, logger: Logger) async {
        var last: String?
        var failure: String?
        var isOver = false
        while true {
            do {
                // Not of the task that is cancelled: what it reads would end with it.
                let newest = try await Task { try await store.checkpoint(covering: 0) }.value
                if let newest, newest != last {
                    try append(newest)
                    last = newest
                }
                if failure != nil { logger.notice("checkpoints are appended again", metadata: ["file": "\(path)"]) }
                failure = nil
            } catch {
                if failure != "\(error)" {
                    logger.error(
                        "no checkpoint could be appended", metadata: ["file": "\(path)", "reason": "\(error)"])
                }
                failure = "\(error)"
            }
            guard !isOver else { return }
            do { try await Task.sleep(for: .seconds(everySeconds)) } catch { isOver = true }
        }
    }

    private func append(_ note: String) throws(StartError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw fault }
        defer { close(descriptor) }
        let bytes = Array(note.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else { throw fault }
    }

    private var fault: StartError {
        StartError(
            .environment,
            "store.checkpointFile: \(path): \(String(cString: strerror(errno))): name a file that this user may write")
    }
}

extension ServiceConfiguration {
    /// `nil` when none is named.
    func checkpointFile() throws -> CheckpointFile? {
        let seconds = try number(.checkpointSeconds, 1...86_400) ?? 60
        return try text(.checkpointFile).map { CheckpointFile(path: $0, everySeconds: seconds) }
    }
}
