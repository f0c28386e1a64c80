internal import PostgreSQL

extension StorageError {
    /// PostgreSQL's errors as ours.
    init(_ error: PostgresError) {
        let said = [error.message, error.detail, error.hint, error.sqlState.map { "SQLSTATE \($0)" }]
        let detail = said.compactMap { $0 }.joined(separator: "; ")
        self =
            switch error.kind {
            case .retryTransaction, .lockNotAvailable, .rolledBack:
                StorageError(.busy, "the database is busy with what others do; try again", detail: detail)
            case .connectionLost:
                StorageError(.unreachable, "the database cannot be reached; try again later", detail: detail)
            case .tooManyConnections:
                StorageError(
                    .unreachable, "the database has no connection to spare; give it more (max_connections)",
                    detail: detail)
            case .readOnly:
                StorageError(
                    .unreachable, "the database takes no writes: store.url must name the server that does",
                    detail: detail)
            case .outcomeUnknown:
                StorageError(
                    .outcomeUnknown,
                    "the database was lost while it committed, and nobody knows whether it did; try again with the same key",
                    detail: detail)
            case .diskFull:
                StorageError(.full, "the store's disk is full; make room and try again", detail: detail)
            case .authentication:
                StorageError(.cannotOpen, "the database does not let this program in: \(error.message)")
            case .missingDatabase:
                StorageError(.cannotOpen, "\(error.message): make it (CREATE DATABASE) or name another (store.url)")
            case .library, .configuration, .unsuitableServer:
                StorageError(.cannotOpen, error.message)
            case .uniqueViolation:
                StorageError(.conflict, "a row with that key is there already", detail: detail)
            case .constraintViolation, .invalidArgument:
                StorageError(.constraint, "a value is refused by the table's constraints", detail: detail)
            case .malformedAnswer:
                StorageError(.malformedData, "the database's answer is not what was asked for", detail: detail)
            case .other where error.sqlState == "42501":
                StorageError(
                    .cannotOpen,
                    "the database does not permit this program's role to do that: make the role the database's owner, or "
                        + "grant it the schema and its tables", detail: detail)
            case .other where error.sqlState == "57014":
                StorageError(.busy, "the database takes too long; try again later", detail: detail)
            case .other where error.sqlState == "42P01" || error.sqlState == "42703":
                StorageError(
                    .damaged, "a table of the store, or a column, is not there any more: put it back from a backup",
                    detail: detail)
            case .other:
                StorageError(.badStatement, "a statement failed", detail: detail)
            }
    }
}
