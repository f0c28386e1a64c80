import Cryptography
import Journal
import PostgreSQL
import Storage
import TestPostgres
import TestStores
import Testing

/// A store's places, keys and contents, for what is done to stores that no service has open.
struct StorePlaces {
    let directory = TemporaryDirectory()

    enum Engine: CaseIterable {
        case file, database
    }

    func place(_ engine: Engine, _ name: String = "a.db") async throws -> StorePlace {
        guard engine == .database else { return .file(directory.file(name)) }
        let server = try await PostgresServer.shared()
        return try .database(server.address(database: server.makeDatabase()), library: PostgresLibrary.defaultName)
    }

    func options(_ place: StorePlace) -> StoreOptions {
        var options = StoreOptions(
            place, service: "submission", migrations: counterMigrations, logKey: .test, wallClock: { 1_000_000 })
        // The shared server does not sync.
        options.synchronous = .off
        return options
    }

    func renewal(
        of place: StorePlace, key: SigningKey = .test, kept: [SignedCheckpoint] = [], failing: Bool = false
    ) -> StoreRenewal {
        StoreRenewal(
            of: place, service: "submission", migrations: counterMigrations, key: key, kept: kept, synchronous: .off,
            wallClock: { 2_000_000 }
        ) { beginning, _ in
            if failing { throw Refusal() }
            return Array("goes on from \(beginning.earlierSize)".utf8)
        }
    }

    /// A counter that says how many entries there are, in as many groups.
    func append(_ count: Int, to store: Store) async throws {
        for _ in 0..<count {
            try await store.commit(
                Deciding(naming: { $0.want(CounterRow.self, "entries") }) { rows in
                    let value = (rows.row(CounterRow.self, "entries")?.value ?? 0) + 1
                    rows.setCounter("entries", value)
                    rows.append(kind: "test", statement: [7], body: Array("质量 \(value)".utf8))
                })
        }
    }

    func setting(_ name: String, of store: Store) async throws -> String? {
        try await store.read {
            try $0.first("SELECT value FROM store_setting WHERE name = ?", [.text(name)]) { try $0.text(0) }
        }
    }
}

@Suite("A store that goes on in a new epoch") struct StoreRenewalTests {
    private let places = StorePlaces()

    private func hexadecimal(_ epoch: JournalEpoch) -> String {
        epoch.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(
        "keeps entries and tree, signs every checkpoint again, and says what it goes on from",
        arguments: StorePlaces.Engine.allCases)
    func renewed(engine: StorePlaces.Engine) async throws {
        let place = try await places.place(engine)
        var store = try Store(opening: places.options(place))
        try await places.append(600, to: store)
        let (earlier, key) = (store.epoch, try #require(store.logKey))
        let position = JournalPosition(epoch: earlier, index: 300)
        let proof = try #require(try await store.proof(at: position))
        let head = store.journalHead
        store.close()

        let summary = try await places.renewal(of: place).run()
        #expect(summary.beginning.earlierEpoch == earlier && summary.beginning.earlierSize == 600)
        #expect(summary.beginning.stateUnixMicroseconds == 1_000_000 && summary.beginning.lastKnown == nil)
        store = try Store(opening: places.options(place))
        #expect(store.epoch == summary.epoch && store.epoch != earlier)
        #expect(store.journalHead.size == 601)
        #expect(try await store.verify() == LogVerification(entryCount: 601, groupCount: 601))
        let last = try #require(try await store.entries().last)
        #expect(last.kind == "epoch.begun" && last.body == Array("goes on from 600".utf8))
        #expect(last.sealedUnixMicroseconds == 2_000_000)
        #expect(try await places.setting("renewed_from", of: store) == hexadecimal(earlier))

        #expect(try await store.proof(at: position) == nil)
        let again = try #require(try await store.proof(at: JournalPosition(epoch: store.epoch, index: 300)))
        #expect(again.entry == proof.entry && again.path == proof.path)
        #expect(again.checkpoint.checkpoint.root == proof.checkpoint.checkpoint.root)
        #expect(
            again.checkpoint.fault(
                origin: try #require(store.logKey).name, keys: [try #require(store.logKey)],
                isValid: NoteKey.signatureCheck) == nil)
        // The same key: what was given out before is as true as it was.
        #expect(proof.checkpoint.fault(origin: key.name, keys: [key], isValid: NoteKey.signatureCheck) == nil)
        let stale = await #expect(throws: StorageError.self) { try await store.logPiece(after: head, limitBytes: 1) }
        #expect(stale?.code == .cursorOfAnotherHistory)
        try await places.append(3, to: store)
        #expect(try await store.verify().entryCount == 604)
    }

    @Test(
        "is opened by no service until that is finished, which the same again does",
        arguments: StorePlaces.Engine.allCases)
    func interrupted(engine: StorePlaces.Engine) async throws {
        let place = try await places.place(engine)
        do {
            let store = try Store(opening: places.options(place))
            try await places.append(5, to: store)
            store.close()
        }
        await #expect(throws: Refusal.self) { try await places.renewal(of: place, failing: true).run() }
        let half = #expect(throws: StorageError.self) { try Store(opening: places.options(place)) }
        #expect(half?.message.contains("new epoch, which was not finished") == true)
        let summary = try await places.renewal(of: place).run()
        let store = try Store(opening: places.options(place))
        #expect(store.epoch == summary.epoch)
        #expect(try await store.verify().entryCount == 6)
    }

    @Test("says what is lost where a checkpoint was kept, and does not go on from another history")
    func kept() async throws {
        let (place, other) = (try await places.place(.file), try await places.place(.file, "b.db"))
        var options = places.options(place)
        let epoch = JournalEpoch(Array(repeating: 9, count: 16))!
        options.makeEpoch = { epoch }
        var store = try Store(opening: options)
        try await places.append(4, to: store)
        store.close()
        // As it went on where it was, before it was lost.
        options.place = other
        store = try Store(opening: options)
        try await places.append(9, to: store)
        let known = try SignedCheckpoint(parsing: Array(try #require(try await store.checkpoint(covering: 0)).utf8))
        let early = try SignedCheckpoint(parsing: Array(try #require(try await store.checkpoint(covering: 3)).utf8))
        try await store.deciding { $0.append(kind: "another", body: []) }
        store.close()
        let text = "\(early)\n\(known)"
        let all = try SignedCheckpoint.all(in: Array(text.utf8))
        #expect(all == [early, known])
        let summary = try await places.renewal(of: place, kept: all).run()
        #expect(summary.beginning.earlierSize == 4 && summary.beginning.lastKnown == known)

        let third = try await places.place(.file, "c.db")
        options.place = third
        store = try Store(opening: options)
        try await store.deciding { for _ in 0..<5 { $0.append(kind: "another", body: []) } }
        store.close()
        let foreign = await #expect(throws: StorageError.self) { try await places.renewal(of: third, kept: all).run() }
        #expect(foreign?.code == .journalBroken && foreign?.message.contains("another history") == true)
        try Store(opening: options).close()
    }

    @Test("is left as it was where the key is another one, the log is altered, or a service has it open")
    func refused() async throws {
        let place = try await places.place(.file)
        let store = try Store(opening: places.options(place))
        try await places.append(5, to: store)
        let open = await #expect(throws: StorageError.self) { try await places.renewal(of: place).run() }
        #expect(open?.code == .alreadyOpen)
        store.close()
        let foreign = try SigningKey(rawRepresentation: Array(repeating: 8, count: SigningKey.rawBytes))
        let key = await #expect(throws: StorageError.self) { try await places.renewal(of: place, key: foreign).run() }
        #expect(key?.message.contains("signed with another key") == true)
        try Store(opening: places.options(place)).close()
        tamper(withFileAt: places.directory.file("a.db"), "UPDATE log_entry SET body = ? WHERE log_index = 2", [1])
        let broken = await #expect(throws: StorageError.self) { try await places.renewal(of: place).run() }
        #expect(broken?.code == .journalBroken)
        try Store(opening: places.options(place)).close()
    }
}
