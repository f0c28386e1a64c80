#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A small file with one key, which only its owner reads. `what` is how a sentence names the key.
struct KeyFile {
    let what: String
    let path: String

    /// More than any file of one key has; a longer file is no key.
    private static let largestBytes = 16 * 1024

    /// - Parameter mustBePrivate: refuses a file that others than its owner may read or write.
    func load(mustBePrivate: Bool = false) throws(CryptographyError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot read") }
        defer { close(descriptor) }
        if mustBePrivate {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw failure("cannot read") }
            guard status.st_mode & 0o077 == 0 else {
                throw CryptographyError(
                    .file, "\(what) \(path): others than its owner may read or write it: chmod 0600 it, or 0400")
            }
        }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read") }
            if count == 0 { break }
            text += chunk.prefix(count)
            guard text.count <= Self.largestBytes else {
                throw CryptographyError(.malformedKey, "\(what) \(path): too long for a key")
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Writes a new file, whole or not at all, and syncs it: what was done with a key that a crash then takes away could
    /// never be undone. `.fileExists` when it is there already.
    func save(_ text: String) throws(CryptographyError) {
        // Another program that makes the same key at the same time finds all of it, or nothing.
        let draft = "\(path).\(getpid()).new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot write") }
        defer {
            close(descriptor)
            unlink(draft)
        }
        try fill(descriptor, with: Array(text.utf8))
        guard link(draft, path) == 0 else { throw failure("cannot write") }
        syncDirectory()
    }

    private func fill(_ descriptor: Int32, with text: [UInt8]) throws(CryptographyError) {
        var written = 0
        while written < text.count {
            let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot write") }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync") }
    }

    /// The file's name is in it. A file system that cannot do that keeps names by itself.
    private func syncDirectory() {
        let end = path.lastIndex(of: "/")
        let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private func failure(_ action: String) -> CryptographyError {
        CryptographyError(
            errno == EEXIST ? .fileExists : .file, "\(action) the \(what) \(path): \(String(cString: strerror(errno)))")
    }
}
