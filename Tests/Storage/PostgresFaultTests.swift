import Journal
import PostgreSQL
import Storage
import Synchronization
import TestPostgres
import TestStores
import TestSupport
import Testing

/// A PostgreSQL server that fails while it is written to. Each test has a server, or a database, of its own.
@Suite("A database that fails tells the truth, and loses nothing that was acknowledged")
struct PostgresFaultTests {
    func options(_ address: PostgresAddress) -> StoreOptions {
        // At an instant of its own, no group commit is another store's to the byte, which had the same to append: whose it
        // is must show when an answer was lost.
        let clock = Atomic<Int64>(1_000_000)
        return StoreOptions(
            .database(address, library: PostgresLibrary.defaultName), service: "submission",
            migrations: counterMigrations, logKey: .test,
            wallClock: { clock.add(1, ordering: .relaxed).newValue })
    }

    /// Of a server that does not sync.
    func careless(_ address: PostgresAddress) -> StoreOptions {
        var options = options(address)
        options.synchronous = .off
        return options
    }

    /// Counts up and appends what it came to.
    let adding = counting("sum") { rows -> Int64 in
        let value = (rows.row(CounterRow.self, "sum")?.value ?? 0) + 1
        rows.setCounter("sum", value)
        rows.append(kind: "test", body: Array("\(value)".utf8))
        return value
    }

    @Test("killed and started again while two stores write: what was acknowledged is there, once, in one order")
    func killed() async throws {
        let server = try await PostgresServer()
        try await server.start()
        let options = try options(server.address(database: server.makeDatabase()))
        let stores = [try Store(opening: options), try Store(opening: options)]
        let tally = Tally()
        let adding = adding
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    while !tally.isOver.withLock({ $0 }) {
                        do {
                            let value = try await stores[index % 2].commit(adding).value
                            tally.acknowledged.withLock { $0.append(value) }
                        } catch let error as StorageError {
                            // Said when it could not be done, or could not be learnt.
                            #expect([.unreachable, .outcomeUnknown, .busy].contains(error.code), "\(error)")
                        }
                    }
                }
            }
            for _ in 0..<3 {
                let count = tally.acknowledged.withLock { $0.count }
                try await Patience.until("more is acknowledged") {
                    tally.acknowledged.withLock { $0.count } > count + 20
                }
                try await server.kill()
                try await server.start()
            }
            let count = tally.acknowledged.withLock { $0.count }
            try await Patience.until("more is acknowledged") { tally.acknowledged.withLock { $0.count } > count + 20 }
            tally.isOver.withLock { $0 = true }
            try await group.waitForAll()
        }
        let values = tally.acknowledged.withLock { $0 }
        #expect(Set(values).count == values.count, "each acknowledged once")
        let entries = try await stores[0].entries().compactMap { Int64(String(decoding: $0.body, as: UTF8.self)) }
        #expect(entries == Array(1...Int64(entries.count)))
        #expect(Set(values).isSubset(of: entries))
        #expect(try await stores[1].verify().entryCount == UInt64(entries.count))
        #expect(stores.allSatisfy { $0.failure == nil })
        try await Patience.until("the trouble is over") { stores.allSatisfy { $0.trouble == nil } }
    }

    @Test("what is followed is not taken back either by a server that ends, while its followers go on")
    func killedBehindFollowers() async throws {
        let server = try await PostgresServer()
        try await server.start()
        let store = try Store(opening: options(server.address(database: server.makeDatabase())))
        for value: Int64 in 1...3 {
            try await store.commit(Followed(value: value))
            try await server.kill()
            try await server.start()
            #expect(try await store.counters() == ["followed": value])
        }
    }

    /// The statement, and the tag of its answer; BEGIN says READ COMMITTED.
    private static let commit = "COMMIT\0"

    @Test(
        "cut off between COMMIT and its answer, or before: it is looked up, and done once",
        arguments: [CuttingProxy.Rule.cutAfter(commit), .cutBefore(commit)])
    func cut(_ rule: CuttingProxy.Rule) async throws {
        let server = try await PostgresServer.shared()
        let proxy = try CuttingProxy(to: server.port)
        let database = try server.makeDatabase()
        let store = try Store(
            opening: careless(PostgresAddress(parsing: "postgresql://postgres@127.0.0.1:\(proxy.port)/\(database)")))
        #expect(try await store.commit(adding).value == 1)
        for value: Int64 in [2, 4] {
            proxy.arm(rule)
            #expect(try await store.commit(adding).value == value)
            #expect(proxy.isSpent)
            // Nothing that another one committed meanwhile is taken for it.
            #expect(try await store.commit(adding).value == value + 1)
        }
        #expect(try await store.entries().count == 5)
        #expect(try await store.verify().entryCount == 5)
    }

    @Test("cut off before its COMMIT, with another store's in its place that appended the same at the same instant")
    func twins() async throws {
        let server = try await PostgresServer.shared()
        let proxy = try CuttingProxy(to: server.port)
        let database = try server.makeDatabase()
        func store(_ port: Int) throws -> Store {
            var options = try careless(
                PostgresAddress(parsing: "postgresql://postgres@127.0.0.1:\(port)/\(database)"))
            options.wallClock = { 1_000_000 }
            return try Store(opening: options)
        }
        let (first, second) = (try store(proxy.port), try store(server.port))
        let isFirst = Mutex(true)
        let holds = Mutex(false)
        let adding = adding
        let deciding = counting("sum") { rows in
            if isFirst.takeOnce() {
                holds.withLock { $0 = true }
                let connection = try server.connect()
                while try connection.execute(Self.waiting, [.text(database)]).rowCount == 0 {}
            }
            return try adding.decide(rows)
        }
        proxy.arm(.cutBefore(Self.commit))
        async let cut = first.commit(deciding).value
        try await Patience.until("the first holds the head") { holds.withLock { $0 } }
        async let other = second.commit(adding).value
        let values = try await [cut, other]
        #expect(values.sorted() == [1, 2])
        #expect(try await first.verify().entryCount == 2)
    }

    @Test("cut off in the COMMIT of what appends nothing: looked up too")
    func cutWithoutEntry() async throws {
        let server = try await PostgresServer.shared()
        let proxy = try CuttingProxy(to: server.port)
        let database = try server.makeDatabase()
        let store = try Store(
            opening: careless(PostgresAddress(parsing: "postgresql://postgres@127.0.0.1:\(proxy.port)/\(database)")))
        for (value, rule) in [(1, CuttingProxy.Rule.cutAfter(Self.commit)), (2, .cutBefore(Self.commit))] {
            proxy.arm(rule)
            let made = Mutex(0)
            try await store.commit(
                Deciding(naming: { $0.want(CounterRow.self, "a") }) { rows in
                    made.withLock { $0 += 1 }
                    rows.setCounter("a", (rows.row(CounterRow.self, "a")?.value ?? 0) + 1)
                })
            #expect(try await store.counters() == ["a": Int64(value)])
            #expect(made.withLock { $0 } == value, "made again only where it had not taken place")
        }
    }

    @Test(
        "a serialization failure, a deadlock and an administrator's end: the group commit is made again",
        arguments: ["40001", "40P01", "57P01"])
    func madeAgain(_ state: String) async throws {
        let server = try await PostgresServer.shared()
        let database = try server.makeDatabase()
        let store = try Store(opening: careless(server.address(database: database)))
        try await store.commit(adding)
        try failing(server.connect(database: database), times: 3, state)
        #expect(try await store.commit(adding).value == 2)
        #expect(try await store.verify().entryCount == 2)
    }

    @Test("what the database forbids, or lacks, is trouble until it is allowed and there again, and told so")
    func forbidden() async throws {
        let server = try await PostgresServer.shared()
        let database = try server.makeDatabase()
        let connection = try server.connect(database: database)
        let store = try Store(opening: careless(server.address(database: database)))
        try await store.commit(adding)
        for (away, back, code) in [
            ("ALTER TABLE log_entry RENAME TO gone", "ALTER TABLE gone RENAME TO log_entry", StorageError.Code.damaged),
            (
                "ALTER DATABASE \(database) SET default_transaction_read_only = on",
                "ALTER DATABASE \(database) RESET default_transaction_read_only", .unreachable
            ),
        ] {
            try connection.executeOnce(away)
            // The sessions that are there were told otherwise.
            try server.connect().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'qm-%'",
                [.text(database)])
            let error = await #expect(throws: StorageError.self) { try await store.commit(adding) }
            #expect(error?.code == code)
            #expect(store.trouble?.code == code)
            try connection.executeOnce("SET default_transaction_read_only = off")
            try connection.executeOnce(back)
            try await Patience.until("the trouble is over") { store.trouble == nil }
            try await store.commit(adding)
        }
        #expect(try await store.verify().entryCount == 3)
    }

    @Test("a database that takes no writes is refused at start, and one of a stranger's is left as it was")
    func unwritable() async throws {
        let server = try await PostgresServer.shared()
        let database = try server.makeDatabase()
        try Store(opening: careless(server.address(database: database))).close()
        let connection = try server.connect(database: database)
        try connection.executeOnce("ALTER DATABASE \(database) SET default_transaction_read_only = on")
        let error = #expect(throws: StorageError.self) {
            try Store(opening: careless(server.address(database: database)))
        }
        #expect(error?.code == .unreachable && error?.message.contains("takes no writes") == true)

        let foreign = try server.makeDatabase()
        let stranger = try server.connect(database: foreign)
        try stranger.executeOnce("CREATE TABLE counter (what TEXT)")
        let refused = #expect(throws: StorageError.self) {
            try Store(opening: careless(server.address(database: foreign)))
        }
        #expect(refused?.code == .mismatch && refused?.message.contains("counter") == true)
        let tables = try stranger.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")
        #expect(try tables.integer(0, 0) == 1)
    }

    /// Has the next insertions into the log fail with a SQLSTATE: sequences are not rolled back.
    private func failing(_ connection: PostgresConnection, times: Int, _ state: String) throws {
        try connection.executeOnce("CREATE SEQUENCE failures")
        try connection.executeOnce(
            """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('failures') <= \(times) THEN
                    RAISE EXCEPTION 'as told' USING ERRCODE = '\(state)';
                END IF;
                RETURN NEW;
            END $$
            """)
        try connection.executeOnce(
            "CREATE TRIGGER failing BEFORE INSERT ON log_group FOR EACH ROW EXECUTE FUNCTION fail()")
    }

    @Test(
        "one that is gone for longer is told as unreachable, for reads and writes, and the store goes on when it is back"
    )
    func gone() async throws {
        let server = try await PostgresServer()
        try await server.start()
        let store = try Store(opening: options(server.address(database: server.makeDatabase())))
        try await store.commit(adding)
        try await server.stop(.fast)
        let written = await #expect(throws: StorageError.self) { try await store.commit(adding) }
        #expect(written?.code == .unreachable)
        let read = await #expect(throws: StorageError.self) { try await store.counters() }
        #expect(read?.code == .unreachable)
        #expect(store.trouble?.code == .unreachable && store.failure == nil)
        try await server.start()
        #expect(try await store.counters() == ["sum": 1])
        #expect(try await store.commit(adding).value == 2)
        #expect(store.trouble == nil)
    }

    private final class Tally: Sendable {
        let acknowledged = Mutex<[Int64]>([])
        let isOver = Mutex(false)
    }

    // MARK: At start

    @Test("what stands in the way at start is one sentence with its remedy")
    func refusals() async throws {
        let server = try await PostgresServer.shared()
        func refusal(_ options: StoreOptions) -> StorageError? {
            #expect(throws: StorageError.self) { try Store(opening: options) }
        }
        let missing = try refusal(careless(server.address(database: "nowhere")))
        #expect(missing?.code == .cannotOpen)
        #expect(missing?.message.contains("CREATE DATABASE") == true)

        var options = try careless(server.address(database: server.makeDatabase()))
        if case .database(let address, _) = options.place {
            options.place = .database(address, library: "libnowhere.so.5")
        }
        #expect(refusal(options)?.message.contains("libnowhere.so.5") == true)
        #expect(refusal(options)?.message.contains("libpq5") == true)

        let closed = try PostgresAddress(parsing: "postgresql://postgres@127.0.0.1:1/postgres")
        #expect(refusal(careless(closed))?.code == .unreachable)
        #expect(refusal(careless(closed))?.message.contains("127.0.0.1:1") == true)

        let encoding = try server.makeDatabase("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
        #expect(try refusal(careless(server.address(database: encoding)))?.message.contains("UTF8") == true)

        let database = try server.makeDatabase()
        try Store(opening: careless(server.address(database: database))).close()
        var other = try careless(server.address(database: database))
        other.service = "registry"
        #expect(refusal(other)?.code == .mismatch)
        #expect(refusal(other)?.message.contains("store.url") == true)
    }
}
