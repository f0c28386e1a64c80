#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Holds a store for one opener: an exclusive flock on a file beside it, which the kernel gives back however the
/// process dies.
///
/// Not on the store's own file: closing a second descriptor of that file would drop SQLite's own locks on it.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// `.alreadyOpen` when another opener holds the store at `path`, `.cannotOpen` when the lock cannot be made.
    init(storePath path: String) throws(StorageError) {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError(
                .cannotOpen,
                "store \(path): \(String(cString: strerror(errno))): name a file in a directory that exists and that "
                    + "this user may write (store.path)", detail: "open \(lockPath)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw reason == EWOULDBLOCK
                ? StorageError(
                    .alreadyOpen,
                    "store \(path): is open already\(holder): stop that process, or give this one a store of its own "
                        + "(store.path)")
                : StorageError(.cannotOpen, "store \(path): cannot be locked: \(String(cString: strerror(reason)))")
        }
        let owner = Array("\(getpid())\n".utf8)
        // For the message above only: the lock holds without it.
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, owner, owner.count, 0)
        self.descriptor = descriptor
    }

    deinit {
        release()
        close(descriptor)
    }

    /// Gives the store back; again without effect. Closing the descriptor alone would not do: a child of this process
    /// that was forked and has not yet run its program holds a copy of it, and with that the lock.
    func release() {
        _ = flock(descriptor, LOCK_UN)
    }

    private static func holder(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = max(0, pread(descriptor, &buffer, buffer.count, 0))
        let text = String(decoding: buffer.prefix(count), as: UTF8.self).filter(\.isNumber)
        return text.isEmpty ? "" : " in process \(text)"
    }

    /// Follows symbolic links, so that two names of one store meet at one lock; `path` itself if it does not exist.
    static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Makes an empty file for a store that is not there yet, for its owner's eyes only; SQLite would let others read it
    /// and gives its other files the same mode. Called before SQLite opens the file.
    static func createPrivately(storePath path: String) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError(.cannotOpen, "\(String(cString: strerror(errno))): choose another file (store.path)")
        }
        close(descriptor)
    }

    /// Makes the names of files that were just created survive a power cut.
    static func syncDirectory(ofStoreAt path: String) throws(StorageError) {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StorageError(.cannotOpen, "store \(path): its directory cannot be opened")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StorageError(.ioFailure, "store \(path): its directory cannot be synced")
        }
    }
}
