#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The file that a store was opened with, as far as it can be told from another at the same path. A database that was
/// removed or replaced goes on as if nothing had happened, as long as it is open, and with the process ends whatever was
/// written meanwhile: so it is looked at before each commit.
struct StoreFile: Sendable, Equatable {
    let path: String
    private let device: UInt64
    private let number: UInt64

    /// `.cannotOpen` when there is none.
    init(path: String) throws(StorageError) {
        guard let (device, number) = Self.identity(path) else {
            throw StorageError(.cannotOpen, "store \(path): \(String(cString: strerror(errno)))")
        }
        self.path = path
        self.device = device
        self.number = number
    }

    static func isThere(_ path: String) -> Bool { identity(path) != nil }

    /// `.ioFailure` when the path leads elsewhere, or nowhere, by now.
    func check() throws(StorageError) {
        guard let (device, number) = Self.identity(path), device == self.device, number == self.number else {
            throw StorageError(
                .ioFailure, "the store's file was removed or replaced: what is written would be lost",
                detail: "\(path): stop this program and put the file back from its backup")
        }
    }

    private static func identity(_ path: String) -> (UInt64, UInt64)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}
