#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a file's directory entry says of it: another when the file is, also behind a symbolic link. A file that is replaced
/// by a new one of the same length in the same instant differs by its number. (ServiceKit's watch over other files uses it,
/// too.)
package struct FileStamp: Sendable, Hashable {
    private var device: UInt64
    private var number: UInt64
    private var bytes: Int64
    private var seconds: Int
    private var nanoseconds: Int

    /// `nil` while there is no such file.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        bytes = Int64(status.st_size)
        #if canImport(Glibc)
            let changed = status.st_mtim
        #else
            let changed = status.st_mtimespec
        #endif
        seconds = Int(changed.tv_sec)
        nanoseconds = Int(changed.tv_nsec)
    }
}
