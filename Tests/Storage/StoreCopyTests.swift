import Journal
import PostgreSQL
import Storage
import TestPostgres
import TestStores
import Testing

/// Moving a store: from a file into a database, and back into a file.
@Suite("A store that is moved") struct StoreCopyTests {
    private let directory = TemporaryDirectory()

    private func options(_ place: StorePlace) -> StoreOptions {
        var options = StoreOptions(
            place, service: "submission", migrations: counterMigrations, logKey: .test, wallClock: { 1_000_000 })
        // The shared server does not sync.
        options.synchronous = .off
        return options
    }

    private func copy(from: StorePlace, to: StorePlace) -> StoreCopy {
        StoreCopy(from: from, to: to, service: "submission", migrations: counterMigrations, synchronous: .off)
    }

    private func database() async throws -> StorePlace {
        let server = try await PostgresServer.shared()
        return try .database(server.address(database: server.makeDatabase()), library: PostgresLibrary.defaultName)
    }

    /// Fills a tile and a bit, and more rows than a page holds.
    private func fill(_ store: Store) async throws {
        for group in 0..<6 {
            try await store.commit(
                Deciding(naming: { rows in for index in 0..<120 { rows.want(CounterRow.self, "\(group)-\(index)") } }) {
                    rows in
                    for index in 0..<120 {
                        rows.setCounter("\(group)-\(index)", Int64(index))
                        rows.append(kind: "test", statement: [UInt8(group)], body: Array("质量 \(index)".utf8))
                    }
                })
        }
    }

    @Test("goes on in the other place, with the same log, proofs and rows, and what was left is opened no more")
    func moves() async throws {
        let places = [StorePlace.file(directory.file("a.db")), try await database(), .file(directory.file("b.db"))]
        var proof: LogProof?
        var head: LogCursor?
        do {
            let store = try Store(opening: options(places[0]))
            try await fill(store)
            (proof, head) = (
                try await store.proof(at: JournalPosition(epoch: store.epoch, index: 300)), store.journalHead
            )
            store.close()
        }
        for (from, to) in zip(places, places.dropFirst()) {
            let summary = try await copy(from: from, to: to).run()
            #expect(summary.entryCount == head?.size)
            let store = try Store(opening: options(to))
            #expect(store.journalHead == head)
            #expect(try await store.proof(at: JournalPosition(epoch: store.epoch, index: 300)) == proof)
            #expect(try await store.counters().count == 720)
            #expect(try await store.verify().entryCount == head?.size)
            try await store.deciding { $0.append(kind: "test", body: []) }
            head = store.journalHead
            store.close()
            let left = #expect(throws: StorageError.self) { try Store(opening: options(from)) }
            #expect(left?.code == .mismatch && left?.message.contains("was moved to \(to)") == true)
            let again = await #expect(throws: StorageError.self) { try await copy(from: from, to: to).run() }
            #expect(again?.message.contains("was moved to") == true)
        }
    }

    @Test("is refused where there is one already, where there is none, and for another service")
    func refusals() async throws {
        let (first, second) = (StorePlace.file(directory.file("a.db")), StorePlace.file(directory.file("b.db")))
        let none = await #expect(throws: StorageError.self) { try await copy(from: first, to: second).run() }
        #expect(none?.message.contains("a.db: is not there") == true)
        for place in [first, second] { try Store(opening: options(place)).close() }
        let full = await #expect(throws: StorageError.self) { try await copy(from: first, to: second).run() }
        #expect(full?.message.contains("b.db: is not empty") == true)
        let other = StoreCopy(
            from: first, to: .file(directory.file("c.db")), service: "registry", migrations: counterMigrations)
        let foreign = await #expect(throws: StorageError.self) { try await other.run() }
        #expect(foreign?.message.contains("belongs to the service submission") == true)
        // What failed is as it was.
        for place in [first, second] { try Store(opening: options(place)).close() }
    }

    @Test("does not go on from a log that was altered, and the copy is opened by no service")
    func altered() async throws {
        let (from, to) = (StorePlace.file(directory.file("a.db")), try await database())
        let store = try Store(opening: options(from))
        try await fill(store)
        store.close()
        tamper(withFileAt: directory.file("a.db"), "UPDATE log_entry SET body = ? WHERE log_index = 17", [1])
        let error = await #expect(throws: StorageError.self) { try await copy(from: from, to: to).run() }
        #expect(error?.code == .journalBroken)
        let unfinished = #expect(throws: StorageError.self) { try Store(opening: options(to)) }
        #expect(unfinished?.message.contains("was interrupted") == true)
        try Store(opening: options(from)).close()
    }

    @Test("takes nothing in any more where a program still has it open")
    func stillOpen() async throws {
        let (from, to) = (try await database(), StorePlace.file(directory.file("b.db")))
        let store = try Store(opening: options(from))
        try await fill(store)
        _ = try await copy(from: from, to: to).run()
        let error = await #expect(throws: StorageError.self) {
            try await store.deciding { $0.append(kind: "test", body: []) }
        }
        #expect(error?.code == .ioFailure && error?.message.contains("moved") == true)
        #expect(store.failure != nil)
        #expect(try Store(opening: options(to)).journalHead == store.journalHead)
    }

    @Test("is copied of no database that is written to meanwhile")
    func writtenMeanwhile() async throws {
        let (from, to) = (try await database(), StorePlace.file(directory.file("b.db")))
        let store = try Store(opening: options(from))
        try await fill(store)
        let writing = Task {
            while !Task.isCancelled { try await store.deciding { $0.append(kind: "test", body: []) } }
        }
        let error = await #expect(throws: StorageError.self) { try await copy(from: from, to: to).run() }
        writing.cancel()
        _ = await writing.result
        #expect(error?.code == .busy, "\(String(describing: error))")
        #expect(error?.message.contains("was written to while it was copied") == true)
        #expect(try await store.verify().entryCount == store.journalHead.size)
    }
}
