internal import GRDB

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One connection to an SQLite file that is no open store of this program: one that another program has open, which is only
/// read, or one that is being made and nobody knows yet.
enum SQLiteFile {
    /// Calls `body` with what the file at `path` holds at one moment. Whoever has it open goes on writing; what is written
    /// meanwhile stays in the WAL.
    static func read<Value>(_ path: String, _ body: (any DriverConnection) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try translating {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try queue.read { try body(SQLiteConnection(database: $0, writing: nil)) }
        }
    }

    /// Makes a file at `path`, which is not there, of what `body` writes: whole and on the disk, or not at all.
    static func make<Value>(_ path: String, _ body: (any DriverConnection) throws -> Value) throws -> Value {
        guard !StoreFile.isThere(path) else {
            throw StorageError(.cannotOpen, "is there already: name a file that is not")
        }
        let unfinished = path + ".unfinished"
        unlink(unfinished)
        try StoreLock.createPrivately(storePath: unfinished)
        do {
            let value = try translating {
                let queue = try DatabaseQueue(path: unfinished)
                defer { try? queue.close() }
                return try queue.writeWithoutTransaction { database in
                    // It is thrown away if anything stops it.
                    for pragma in ["journal_mode = OFF", "synchronous = OFF"] {
                        try database.execute(sql: "PRAGMA \(pragma)")
                    }
                    return try body(SQLiteConnection(database: database, writing: nil))
                }
            }
            try sync(unfinished)
            guard rename(unfinished, path) == 0 else {
                throw StorageError(.cannotOpen, "cannot be made: \(String(cString: strerror(errno)))")
            }
            try StoreLock.syncDirectory(ofStoreAt: path)
            return value
        } catch {
            unlink(unfinished)
            throw error
        }
    }

    private static func sync(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StorageError(.ioFailure, "cannot be synced: \(String(cString: strerror(errno)))")
        }
    }

    /// What SQLite leaves beside a file that is gone: a WAL would bring later versions into another file of that name.
    static func removeRemains(of path: String) {
        for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
    }

    private static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw StorageError.translating(error)
        }
    }
}
