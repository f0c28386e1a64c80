internal import GRDB
internal import GRDBSQLite

extension StorageError {
    /// What SQLite's result code means (sqlite.org/rescode.html), with the connection's message for the log.
    static func sqlite(_ code: Int32, _ database: OpaquePointer?) -> StorageError {
        translated(code, detail: database.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "")
    }

    /// GRDB's errors as ours; ours stay themselves.
    static func translating(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return translated(error.extendedResultCode.rawValue, detail: error.message ?? "")
    }

    private static func translated(_ code: Int32, detail: String) -> StorageError {
        let detail = "\(detail); SQLite \(code)"
        // The low byte is the primary code, the rest says more.
        switch code & 0xff {
        case SQLITE_CONSTRAINT:
            let isConflict =
                code == SQLITE_CONSTRAINT | (6 << 8) || code == SQLITE_CONSTRAINT | (8 << 8)
                || code == SQLITE_CONSTRAINT | (10 << 8)
            return isConflict
                ? StorageError(.conflict, "a row with that key is there already", detail: detail)
                : StorageError(.constraint, "a value is refused by the table's constraints", detail: detail)
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StorageError(.busy, "the store is locked by another program; try again", detail: detail)
        case SQLITE_FULL:
            return StorageError(.full, "the store's disk is full; make room and try again", detail: detail)
        case SQLITE_IOERR:
            return StorageError(.ioFailure, "the store's disk failed", detail: detail)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return StorageError(.damaged, "the store is damaged, or is no store", detail: detail)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            return StorageError(.cannotOpen, "the store cannot be opened for reading and writing", detail: detail)
        case SQLITE_INTERRUPT:
            return StorageError(
                .busy,
                "the read was given up, since too much was written meanwhile, or the store is being closed; try again",
                detail: detail)
        case SQLITE_TOOBIG:
            return StorageError(.constraint, "a value is too large to be stored", detail: detail)
        default:
            return StorageError(.badStatement, "a statement failed", detail: detail)
        }
    }
}
