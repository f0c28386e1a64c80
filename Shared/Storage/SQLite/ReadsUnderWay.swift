internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// The reads that go on, and how much was written since each began. The WAL cannot be begun anew before the oldest of them
/// ends: one beside which more than the limit was written is given up, so that the WAL does not grow without end. Nobody
/// reads for so long but by mistake; a program of others' that reads the file is not known here.
final class ReadsUnderWay: Sendable {
    private struct State {
        /// In all, since the store was opened.
        var writtenPages = 0
        /// Of the WAL, as the last commit left it.
        var walPages = 0
        /// What had been written when the read on a connection began: by the connection's address.
        var begins: [UInt: Int] = [:]

        func interrupt(where isGivenUp: (_ begin: Int) -> Bool) {
            for (connection, begin) in begins where isGivenUp(begin) {
                sqlite3_interrupt(OpaquePointer(bitPattern: connection))
            }
        }
    }

    private let limitPages: Int
    private let state = Mutex(State())

    init(limitPages: Int) {
        self.limitPages = limitPages
    }

    /// Of the WAL, as the last commit left it.
    var walPages: Int { state.withLock { $0.walPages } }

    /// A commit has left the WAL with so many pages.
    func committed(walPages: Int) {
        state.withLock { state in
            let isBegunAnew = walPages < state.walPages
            state.writtenPages += isBegunAnew ? walPages : walPages - state.walPages
            state.walPages = walPages
            // Under the lock: none of these connections is closed meanwhile.
            state.interrupt { state.writtenPages - $0 > limitPages }
        }
    }

    /// The WAL is copied whole and empty.
    func truncated() { state.withLock { $0.walPages = 0 } }

    func during<Value>(readOn database: Database, _ body: () throws -> Value) throws -> Value {
        let connection = UInt(bitPattern: database.sqliteConnection)
        state.withLock { $0.begins[connection] = $0.writtenPages }
        defer { state.withLock { $0.begins[connection] = nil } }
        return try body()
    }

    /// Gives up those that go on.
    func interrupt() {
        state.withLock { $0.interrupt { _ in true } }
    }
}
