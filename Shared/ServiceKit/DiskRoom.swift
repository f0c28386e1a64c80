internal import Glibc

/// What is left of the file system that a file lies on.
struct DiskRoom: Sendable, Hashable {
    /// For this user.
    var freeBytes: UInt64
    var isReadOnly: Bool

    init(freeBytes: UInt64, isReadOnly: Bool = false) {
        self.freeBytes = freeBytes
        self.isReadOnly = isReadOnly
    }

    /// `nil` when it cannot be learnt.
    init?(ofFileAt path: String) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        self.init(
            freeBytes: UInt64(status.f_bavail) * UInt64(status.f_frsize),
            isReadOnly: status.f_flag & UInt(ST_RDONLY) != 0)
    }
}

/// Whether a store takes something in, with what is left of its disk. Pure.
///
/// A reserve is kept: with it the store's log and its database can still be brought together, the program can say in its
/// own log what is wrong, and end cleanly. It is let go a fourth above the reserve, so that it does not come and go.
struct DiskRule: Sendable {
    let reserveBytes: UInt64
    private var isHeld = false

    /// With 0, only a disk that cannot be written to at all holds the store.
    init(reserveBytes: UInt64) {
        self.reserveBytes = reserveBytes
    }

    /// Why nothing may be taken in; `nil` when it may.
    mutating func looked(_ room: DiskRoom) -> String? {
        if room.isReadOnly {
            isHeld = true
            return "the disk of its store can only be read: mount it anew, or look what made the system do so"
        }
        isHeld = room.freeBytes < (isHeld ? reserveBytes / 4 * 5 : reserveBytes)
        guard isHeld else { return nil }
        // Without a number that changes: each change would be news.
        return "the disk of its store has less than \(reserveBytes >> 20) MiB left, which are kept to end cleanly: "
            + "make room"
    }
}
