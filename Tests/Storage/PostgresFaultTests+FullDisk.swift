import Journal
import Storage
import TestPostgres
import TestStores
import TestSupport
import Testing

extension PostgresFaultTests {
    private func serverWithLittleDisk(isDurable: Bool) async throws -> PostgresServer {
        var options = PostgresServer.Options()
        options.isDurable = isDurable
        options.diskCanFill = true
        let server = try await PostgresServer(options)
        try await server.start()
        return server
    }

    /// As ``adding``, but what is appended needs new room, since it cannot be made smaller.
    private var addingMuch: Deciding<Int64> {
        counting("sum") { rows in
            let value = (rows.row(CounterRow.self, "sum")?.value ?? 0) + 1
            rows.setCounter("sum", value)
            rows.append(kind: "test", body: (0..<100_000).map { _ in UInt8.random(in: .min ... .max) })
            return value
        }
    }

    @Test("a full disk is said so to who writes, and is trouble for as long as there is no room")
    func fullDisk() async throws {
        let server = try await serverWithLittleDisk(isDurable: false)
        let store = try Store(opening: careless(server.address(database: server.makeDatabase())))
        #expect(try await store.commit(addingMuch).value == 1)
        try server.fillDisk(for: .tables)
        for _ in 0..<2 {
            let error = await #expect(throws: StorageError.self) { try await store.commit(addingMuch) }
            #expect(error?.code == .full)
        }
        // The store tries by itself whether there is room: the server refuses that too.
        let refusals = { server.log.split(separator: "could not extend file").count }
        let known = refusals()
        // A busy machine may lose the connection meanwhile, and then that is the trouble until the next try.
        try await Patience.until("it is tried, and refused") {
            store.trouble == nil || (refusals() > known && store.trouble?.code == .full)
        }
        #expect(store.trouble != nil, "\(server.log)")
        #expect(store.failure == nil)
        #expect(try await store.counters() == ["sum": 1])

        server.makeRoom()
        try await Patience.until("the trouble is over") { store.trouble == nil }
        #expect(try await store.commit(addingMuch).value == 2)
        #expect(try await store.entries().count == 2)
        #expect(try await store.verify().entryCount == 2)
    }

    @Test("one that is full for the server's own log ends the server: nothing is lost or done twice when it is back")
    func fullDiskOfLog() async throws {
        let server = try await serverWithLittleDisk(isDurable: true)
        let options = try options(server.address(database: server.makeDatabase()))
        let stores = [try Store(opening: options), try Store(opening: options)]
        #expect(try await stores[0].commit(adding).value == 1)
        try server.fillDisk(for: .all)
        let error = await #expect(throws: StorageError.self) { try await stores[0].commit(adding) }
        // COMMIT was not answered, unless a process of the server's own came upon it before.
        #expect(error.map { [.outcomeUnknown, .unreachable, .full].contains($0.code) } == true)
        try await server.ended()
        #expect(server.log.contains("PANIC"))
        try await Patience.until("both know it") { stores.allSatisfy { $0.trouble?.code == .unreachable } }
        #expect(stores.allSatisfy { $0.failure == nil })

        server.makeRoom()
        try await server.start()
        try await Patience.until("the trouble is over") { stores.allSatisfy { $0.trouble == nil } }
        #expect(try await stores[1].commit(adding).value == 2)
        #expect(try await stores[0].commit(adding).value == 3)
        #expect(try await stores[0].entries().map { String(decoding: $0.body, as: UTF8.self) } == ["1", "2", "3"])
        #expect(try await stores[1].verify().entryCount == 3)
    }
}
