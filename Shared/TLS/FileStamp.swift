#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a file's directory entry says of it: another when the file is, also behind a symbolic link. A file that is replaced
/// by a new one of the same length in the same instant differs by its number; one that is written over in place and given
/// its old time of change back (`cp -p`, `rsync -t --inplace`) by the instant at which that was done, which nobody can set.
/// (ServiceKit's watch over other files uses it, too.)
package struct FileStamp: Sendable, Hashable {
    private var device: UInt64
    private var number: UInt64
    private var bytes: Int64
    private var modified: Instant
    private var changed: Instant

    private struct Instant: Hashable {
        var seconds: Int
        var nanoseconds: Int

        init(_ time: timespec) {
            seconds = Int(time.tv_sec)
            nanoseconds = Int(time.tv_nsec)
        }
    }

    /// `nil` while there is no such file.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        bytes = Int64(status.st_size)
        #if canImport(Glibc)
            modified = Instant(status.st_mtim)
            changed = Instant(status.st_ctim)
        #else
            modified = Instant(status.st_mtimespec)
            changed = Instant(status.st_ctimespec)
        #endif
    }
}
