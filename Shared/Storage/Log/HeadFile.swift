internal import Foundation
internal import Journal

/// How far a log was acknowledged, as it is known outside of its database.
struct AcknowledgedHead: Equatable {
    var cursor: LogCursor
    var root: JournalHash
    /// When the last of its entries was sealed.
    var sealedUnixMicroseconds: Int64

    /// "2019-08-31T16:00:00Z".
    var sealedText: String { Self.text(ofUnixMicroseconds: sealedUnixMicroseconds) }

    static func text(ofUnixMicroseconds instant: Int64) -> String {
        Date(timeIntervalSince1970: Double(instant) / 1_000_000).formatted(.iso8601)
    }
}

/// The log's head in a small file outside of the database, written before anybody is told of a group commit: an older copy of
/// the database that is put back does not have what the file says was acknowledged.
///
/// Two slots are written in turns, each with a checksum, so that a write that was torn leaves the earlier one. It is synced
/// when it is made, about every ten seconds and when the store is closed, and not with each group commit, which would cost
/// as much as the commit itself. What a power cut leaves is therefore older than the log, and true all the same: at least
/// that much was acknowledged. Copies of a service on one machine may share it.
///
/// Used by one thread at a time: who opens the store, then the writer's.
final class HeadFile {
    private static let slotBytes = 512
    private static let magic = Array("qm-head1".utf8)
    private static let syncInterval = Duration.seconds(10)

    let path: String
    /// What it says; `nil` for a file that is not there yet.
    private(set) var known: AcknowledgedHead?
    private var descriptor: Int32 = -1
    private var sequence: UInt64 = 0
    private var lastSync = ContinuousClock.now
    private let syncing = DispatchQueue(label: "head file", qos: .utility)

    /// Reads the file at `path`, if it is there.
    init(path: String) throws(StorageError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw fault(.cannotOpen, "opened") }
            return
        }
        var bytes = [UInt8](repeating: 0, count: 2 * Self.slotBytes)
        guard pread(descriptor, &bytes, bytes.count, 0) >= 0 else { throw fault(.cannotOpen, "read") }
        let records = [bytes[..<Self.slotBytes], bytes[Self.slotBytes...]].compactMap(Self.record)
        guard let latest = records.max(by: { $0.sequence < $1.sequence }) else {
            throw StorageError(
                .damaged,
                "store.headFile: \(path) is damaged: put it back from its backup, or, when you know that this store has "
                    + "all that was acknowledged, remove it")
        }
        (sequence, known) = (latest.sequence, latest.head)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Notes that so much is to be acknowledged; makes the file if need be.
    func write(_ head: AcknowledgedHead) throws(StorageError) {
        let isNew = descriptor < 0
        if isNew {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw fault(.cannotOpen, "made") }
            // What is written later needs no room.
            let empty = [UInt8](repeating: 0, count: 2 * Self.slotBytes)
            guard pwrite(descriptor, empty, empty.count, 0) == empty.count else { throw fault(.cannotOpen, "made") }
        }
        let record = Self.record(of: head, sequence + 1)
        let slot = Int((sequence + 1) % 2) * Self.slotBytes
        guard pwrite(descriptor, record, record.count, off_t(slot)) == record.count else {
            throw fault(.ioFailure, "written")
        }
        sequence += 1
        known = head
        if isNew {
            try sync()
            try StoreLock.syncDirectory(ofStoreAt: path)
        } else if ContinuousClock.now - lastSync >= Self.syncInterval {
            lastSync = .now
            // The file may be closed before its turn comes.
            let copy = dup(descriptor)
            syncing.async {
                _ = fdatasync(copy)
                close(copy)
            }
        }
    }

    /// Goes on from a log that has all that it says. Gives back its path where it had to be made for a log that was there.
    func goOn(from log: LogWriter) throws(StorageError) -> String? {
        let isMissing = known == nil && log.size > 0
        try write(log.head.acknowledged)
        return isMissing ? path : nil
    }

    func sync() throws(StorageError) {
        guard descriptor < 0 || fdatasync(descriptor) == 0 else { throw fault(.ioFailure, "written") }
    }

    private func fault(_ code: StorageError.Code, _ what: String) -> StorageError {
        StorageError(
            code,
            "store.headFile: \(path) cannot be \(what): \(String(cString: strerror(errno))): nothing is acknowledged "
                + "without it; mend that, or name another file, and start again")
    }

    // MARK: A record

    private static func record(of head: AcknowledgedHead, _ sequence: UInt64) -> [UInt8] {
        var bytes = magic
        bytes.reserveCapacity(magic.count + 72 + JournalHash.byteCount)
        append(sequence, to: &bytes)
        bytes += head.cursor.epoch.bytes
        append(head.cursor.size, to: &bytes)
        bytes += head.root.bytes
        append(UInt64(bitPattern: head.sealedUnixMicroseconds), to: &bytes)
        return bytes + bytes.withUnsafeBytes { journalSHA256($0) }.bytes
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    /// `nil` for one that was torn.
    private static func record(_ slot: ArraySlice<UInt8>) -> (sequence: UInt64, head: AcknowledgedHead)? {
        var rest = slot
        func take(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        func number() -> UInt64 { take(8).reduce(0) { $0 << 8 | UInt64($1) } }
        guard take(magic.count) == magic else { return nil }
        let sequence = number()
        guard let epoch = JournalEpoch(take(JournalEpoch.byteCount)) else { return nil }
        let size = number()
        guard let root = JournalHash(take(JournalHash.byteCount)) else { return nil }
        let head = AcknowledgedHead(
            cursor: LogCursor(epoch: epoch, size: size), root: root,
            sealedUnixMicroseconds: Int64(bitPattern: number()))
        let record = record(of: head, sequence)
        return slot.starts(with: record) ? (sequence, head) : nil
    }
}

extension AcknowledgedHead {
    /// Throws unless the store has all that was acknowledged.
    ///
    /// - Parameters:
    ///   - settings: the store's.
    ///   - writer: at the end of the store's log.
    ///   - path: where this was read.
    func check(
        _ settings: StoreSettings, _ writer: LogWriter, of options: StoreOptions, from path: String,
        on connection: any DriverConnection
    ) throws {
        let here = writer.head.acknowledged
        guard cursor.epoch == here.cursor.epoch else {
            // Renewed by the operator's word.
            if settings.renewedFrom.contains(cursor.epoch) { return }
            throw went(
                "is another one than the one of which \(path) says that \(words): it was made anew or restored",
                options, or: "if it is meant to be another one, remove that file")
        }
        guard cursor.size <= here.cursor.size else {
            throw went(
                "went back: its journal has \(here.words("entries")), but \(path) says that \(words)", options,
                or: "to go on without the entries between them, in a new epoch: qm-\(options.service) store renew")
        }
        guard try connection.logRoot(ofFirst: cursor.size) == root else {
            throw went(
                "has another history: its first \(cursor.size) entries are not those of which \(path) says that \(words)",
                options,
                or: "to go on from what is here, in a new epoch: qm-\(options.service) store renew")
        }
    }

    /// Throws unless nothing was acknowledged yet, where there is no store.
    func checkNothingIsLost(_ options: StoreOptions, from path: String) throws(StorageError) {
        guard cursor.size > 0 else { return }
        throw went(
            "is not there, though \(path) says that \(words)", options,
            or: "if a new one is meant to begin, remove that file")
    }

    private func went(_ what: String, _ options: StoreOptions, or renewal: String) -> StorageError {
        StorageError(.mismatch, "\(what). Put the right one back (\(options.place.setting)); \(renewal)")
    }

    /// "46 entries were acknowledged, the last one of 2019-08-31T16:00:00Z".
    private var words: String { words("entries were acknowledged") }

    private func words(_ what: String) -> String {
        cursor.size == 0 ? "no \(what)" : "\(cursor.size) \(what), the last one of \(sealedText)"
    }
}

extension LogHead {
    /// As it is to be known outside.
    var acknowledged: AcknowledgedHead {
        AcknowledgedHead(cursor: cursor, root: root, sealedUnixMicroseconds: max(instant.unixMicroseconds, 0))
    }
}
