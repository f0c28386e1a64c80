import Journal
import PostgreSQL
import Storage
import Synchronization
import TestPostgres
import TestStores
import Testing

/// A site's database may have every transaction at SERIALIZABLE.
extension PostgresFaultTests {
    /// On the way to the server each BEGIN of a group commit asks for that.
    private func serializable(_ server: PostgresServer) throws -> CuttingProxy {
        try CuttingProxy(to: server.port, replacing: ["READ COMMITTED": "SERIALIZABLE  "])
    }

    private func options(_ database: String, behind proxy: CuttingProxy) throws -> StoreOptions {
        try careless(PostgresAddress(parsing: "postgresql://postgres@127.0.0.1:\(proxy.port)/\(database)"))
    }

    /// As its log has them. No transaction at READ COMMITTED fails so.
    private func failures(_ server: PostgresServer, in database: String) -> Int {
        server.log.split(separator: "\n").count { $0.contains(" \(database) 40001 ERROR:") }
    }

    static let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"

    @Test("two stores at SERIALIZABLE: what both write at once is there, once, in one order")
    func serializableStores() async throws {
        let server = try await PostgresServer.shared()
        let proxy = try serializable(server)
        let database = try server.makeDatabase()
        let options = try options(database, behind: proxy)
        let stores = [try Store(opening: options), try Store(opening: options)]
        let (tasks, writes) = (8, 25)
        let adding = adding
        let isFirst = Mutex(true)
        // The first one holds the head until the other store waits for it: whatever the load, they meet once.
        let deciding = counting("sum") { rows in
            if isFirst.takeOnce() {
                let connection = try server.connect()
                while try connection.execute(Self.waiting, [.text(database)]).rowCount == 0 {}
            }
            return try adding.decide(rows)
        }
        let values = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var values: [Int64] = []
                    while values.count < writes {
                        do {
                            values.append(try await stores[task % 2].commit(deciding).value)
                        } catch let error as StorageError where error.code == .busy {
                            // The other store had its way each time that this one tried, which a slow machine makes likely.
                            // It has written nothing then, and the other has an end.
                        }
                    }
                    return values
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let all = Array(1...Int64(tasks * writes))
        #expect(values.sorted() == all)
        #expect(try await stores[0].entries().map { String(decoding: $0.body, as: UTF8.self) } == all.map(String.init))
        #expect(try await stores[1].verify().entryCount == UInt64(all.count))
        // The head's lock does not spare them that: who waits for it sees what was before, and is told so.
        #expect(failures(server, in: database) > 0)
    }

    @Test("a decision at SERIALIZABLE whose grounds another program changes, which read what it changes, is made again")
    func serializableStranger() async throws {
        let server = try await PostgresServer.shared()
        let proxy = try serializable(server)
        let database = try server.makeDatabase()
        let store = try Store(opening: options(database, behind: proxy))
        for name in ["ours", "theirs"] { try await store.setCounter(name, 1) }
        let isFirst = Mutex(true)
        // Each makes its own the highest of both.
        let value = try await store.commit(
            counting("ours", "theirs") { rows in
                let value = (["ours", "theirs"].compactMap { rows.row(CounterRow.self, $0)?.value }.max() ?? 0) + 1
                if isFirst.takeOnce() {
                    var theirs = PostgresPipeline()
                    theirs.begin(.serializable)
                    theirs.executeOnce(
                        "UPDATE counter SET value = (SELECT MAX(value) + 1 FROM counter) WHERE name = 'theirs'")
                    theirs.commit()
                    try server.connect(database: database).run(theirs)
                }
                rows.setCounter("ours", value)
                rows.append(kind: "test", body: Array("\(value)".utf8))
                return value
            }
        ).value
        #expect(value == 3)
        #expect(failures(server, in: database) == 1)
        #expect(try await store.counters() == ["ours": 3, "theirs": 2])
        #expect(try await store.verify().entryCount == 1)
    }
}

extension Mutex<Bool> {
    /// True for the first who asks.
    borrowing func takeOnce() -> Bool {
        withLock { isFirst in
            defer { isFirst = false }
            return isFirst
        }
    }
}
