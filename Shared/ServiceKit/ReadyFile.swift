internal import Glibc

/// A file that holds HOST:PORT while a service answers: whoever started the service waits for it.
struct ReadyFile {
    let path: String

    /// One that a process left behind when it was killed says nothing about this one.
    func remove() {
        unlink(path)
    }

    /// Written beside and renamed, so that nobody reads half of it.
    func write(_ text: String) throws(StartError) {
        let temporary = "\(path).\(getpid())"
        let bytes = Array((text + "\n").utf8)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, rename(temporary, path) == 0 else {
            throw failure()
        }
    }

    private func failure() -> StartError {
        StartError(.environment, "--ready-file \(path): \(String(cString: strerror(errno)))")
    }
}
