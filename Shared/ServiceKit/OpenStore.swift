internal import Dispatch
internal import Glibc
internal import Journal
internal import Logging
internal import Metrics
internal import Storage
internal import Synchronization

/// A store that this process has open, and what is to be watched of it.
final class OpenStore: Sendable {
    let place: StorePlace
    let store: Store
    /// How its rows follow from its log.
    let projection: (any LogProjection)?
    /// Where checkpoints of its log are appended, if anywhere.
    let checkpoints: CheckpointFile?
    /// The file that has the time of the last backup; `nil` for a store that is made anew instead.
    private let backupNote: String?
    private let disk: Mutex<DiskRule>
    private let wal = Mutex(WALWatch.Rule())
    /// Where its file and its disk are asked for: one that hangs holds up nothing else.
    private let disks = DispatchQueue(label: "disk of the store", qos: .utility)
    private let isLooking = Atomic(false)

    /// - Parameter reserveBytes: see ``DiskRule``.
    init(
        _ store: Store, at place: StorePlace, projection: (any LogProjection)?, checkpoints: CheckpointFile?,
        backupNote: String?, reserveBytes: UInt64
    ) {
        self.store = store
        self.place = place
        self.projection = projection
        self.checkpoints = checkpoints
        self.backupNote = backupNote
        disk = Mutex(DiskRule(reserveBytes: reserveBytes))
    }

    /// Calls go on where what is there can be read.
    var health: HealthStatus {
        guard let trouble = store.trouble else { return .serving }
        return switch trouble.code {
        case .held, .full: .impaired(reason: trouble.message)
        default: .notServing(reason: trouble.message)
        }
    }

    /// Has its file and its disk looked at, unless that goes on already: how large they are is noted, and the store held while
    /// there is no room; that is heard of as every trouble of the store is.
    func look(_ logger: Logger) {
        guard !isLooking.exchange(true, ordering: .relaxed) else { return }
        disks.async { [self] in
            lookAtDisk(logger)
            isLooking.store(false, ordering: .relaxed)
        }
    }

    private func lookAtDisk(_ logger: Logger) {
        if store.logKey != nil { Gauge(label: "journal_entries").record(store.journalHead.size) }
        if let backupNote {
            Gauge(label: "store_last_backup_timestamp_seconds").record(Self.status(ofFileAt: backupNote).st_mtim.tv_sec)
        }
        guard case .file(let path) = place else { return }
        Gauge(label: "store_bytes", dimensions: [("part", "database")]).record(Self.status(ofFileAt: path).st_size)
        let walBytes = store.walBytes
        Gauge(label: "store_bytes", dimensions: [("part", "wal")]).record(walBytes)
        WALWatch.tell(wal.withLock { $0.looked(bytes: walBytes) }, bytes: walBytes, of: place, logger)
        guard let room = DiskRoom(ofFileAt: path) else { return }
        Gauge(label: "store_disk_free_bytes").record(room.freeBytes)
        let reason = disk.withLock { $0.looked(room) }
        store.hold(.disk, reason.map { StorageError(.held, $0) })
    }

    /// All zero of a file that is not there.
    private static func status(ofFileAt path: String) -> stat {
        var status = stat()
        return stat(path, &status) == 0 ? status : stat()
    }
}
