import Journal
import Storage
import TestStores
import Testing

/// Counters that follow from a log: an entry's statement is a name, its body one byte, the value.
private struct CounterProjection: LogProjection {
    private var rows = ExpectedRows(of: [CounterRow.table])

    mutating func check(_ entries: [JournalEntry], in view: ReadTransaction, _ faults: inout StoreFaults) {
        for entry in entries where entry.kind == "counted" {
            rows.put(CounterRow(String(decoding: entry.statement, as: UTF8.self), Int64(entry.body[0])))
        }
    }

    func checkWhole(in view: ReadTransaction, _ faults: inout StoreFaults) throws {
        try rows.check(in: view, &faults)
    }
}

@Suite("A store that is verified") struct VerificationTests {
    private let directory = TemporaryDirectory()

    private var headFile: String { directory.file("store.head") }

    private func open() throws -> Store {
        var options = StoreOptions.test(directory)
        options.headFile = headFile
        return try Store(opening: options)
    }

    /// Nine groups, then one that fills a tile and a bit.
    private func filled() async throws -> Store {
        let store = try open()
        for index in 0..<9 {
            try await store.commit(
                counting("c\(index)") { rows in
                    rows.setCounter("c\(index)", Int64(index))
                    rows.append(kind: "counted", statement: Array("c\(index)".utf8), body: [UInt8(index)])
                })
        }
        try await store.deciding { rows in for _ in 0..<260 { rows.append(kind: "test", body: [1]) } }
        return store
    }

    private func tamper(_ sql: String, _ blob: [UInt8] = []) {
        TestStores.tamper(withStoreAt: directory.file("store.db"), sql, blob)
    }

    private func verify(_ store: Store) async throws -> StoreVerification {
        try #require(try await store.verify(CounterProjection()) { _ in })
    }

    @Test("one that is whole has no fault, and goes on")
    func whole() async throws {
        let store = try await filled()
        let found = try await verify(store)
        #expect(found.faults.isEmpty && found.entryCount == 269 && found.groupCount == 10)
        #expect(store.trouble == nil)
        try await store.setCounter("more", 1)
        store.close()
        let offline = try await offline()
        #expect(offline?.faults.told == ["counter ('more'): no entry of the log brings it about"])
    }

    private func offline() async throws -> StoreVerification? {
        let options = StoreOptions.test(directory)
        return try await StoreVerifying(
            options.place, service: "submission", migrations: counterMigrations, projection: CounterProjection(),
            headFile: headFile, synchronous: options.synchronous
        ).run()
    }

    @Test("every fault of the log and of the rows is named, and nothing is sealed upon it any more")
    func faults() async throws {
        let store = try await filled()
        tamper("UPDATE log_entry SET body = ? WHERE log_index IN (2, 4)", [9])
        tamper("DELETE FROM log_entry WHERE log_index = 6")
        tamper("UPDATE counter SET value = 77 WHERE name = 'c1'")
        tamper("DELETE FROM counter WHERE name = 'c3'")
        let found = try await verify(store)
        let told = Set(found.faults.told)
        #expect(
            told.isSuperset(of: [
                "entry 2 is not the one that was sealed", "entry 4 is not the one that was sealed",
                "entry 6 is missing", "counter ('c1'): value is 77 and should be 1",
                "counter ('c3'): is missing; it should be (3)",
            ]), "\(told)")
        #expect(found.entryCount == 269)
        let trouble = try #require(store.trouble)
        #expect(trouble.code == .held && trouble.message.contains("entry 2 is not the one that was sealed"))
        let refusal = await #expect(throws: StorageError.self) { try await store.setCounter("a", 1) }
        #expect(refusal == trouble)
        store.close()
        #expect(try await offline()?.faults == found.faults)
    }

    @Test("more faults than are told are counted")
    func bounded() async throws {
        let store = try await filled()
        tamper("UPDATE log_entry SET body = ? WHERE log_index >= 9", [9])
        let found = try await verify(store)
        #expect(found.faults.told.count == StoreFaults.toldLimit && found.faults.count >= 260)
    }

    @Test(
        "whose end does not hold takes nothing in when it is opened, and is read all the same",
        arguments: [
            "DELETE FROM log_entry WHERE log_index = 8", "UPDATE log_entry SET body = ? WHERE log_index = 8",
            "UPDATE log_entry SET sealed_unix_us = length(?) WHERE log_index = 8",
            "UPDATE log_group SET checkpoint = (SELECT checkpoint FROM log_group WHERE first_index = length(?) + 5) "
                + "WHERE first_index = 8",
            "UPDATE log_head SET log_size = length(?) + 8",
            "INSERT INTO log_entry SELECT length(?) + 7, sealed_unix_us, kind, statement, body FROM log_entry "
                + "WHERE log_index = 8",
        ])
    func end(sql: String) async throws {
        let store = try Store(opening: .test(directory))
        for index in 0..<9 { try await store.deciding { $0.append(kind: "test", body: [UInt8(index)]) } }
        store.close()
        tamper(sql, [1, 2])
        let again = try Store(opening: .test(directory))
        let trouble = try #require(again.trouble)
        #expect(trouble.code == .held && trouble.message.hasPrefix("what is stored is not what was sealed: "))
        let refusal = await #expect(throws: StorageError.self) {
            try await again.deciding { $0.append(kind: "test", body: []) }
        }
        #expect(refusal == trouble)
        #expect(try await again.proof(at: JournalPosition(epoch: again.epoch, index: 3)) != nil)
    }

    @Test("a proof that does not hold is given to nobody, nor is an entry that it does not prove")
    func proofs() async throws {
        let store = try await filled()
        let good = try #require(try await store.proof(at: JournalPosition(epoch: store.epoch, index: 5)))
        tamper("UPDATE log_entry SET body = ? WHERE log_index = 5", [9])
        let altered = await #expect(throws: StorageError.self) { try await store.entry(provenBy: good) }
        #expect(altered?.code == .journalBroken)
        await #expect(throws: StorageError.self) {
            try await store.proof(at: JournalPosition(epoch: store.epoch, index: 5))
        }
        #expect(store.trouble?.code == .held)
        #expect(try await store.proof(at: JournalPosition(epoch: store.epoch, index: 4)) != nil)
    }

    @Test("a decision that reads what does not hold fails, and nothing is taken in any more")
    func decisions() async throws {
        let store = try await filled()
        let error = await #expect(throws: StorageError.self) {
            try await store.deciding { _ in throw StorageError(.journalBroken, "the row of x") }
        }
        #expect(error?.code == .journalBroken)
        #expect(store.trouble?.message.contains("the row of x") == true)
        await #expect(throws: StorageError.self) { try await store.setCounter("a", 1) }
    }

    @Test("is not verified where it is not as long as was acknowledged")
    func shorter() async throws {
        let store = try await filled()
        store.close()
        for table in ["log_entry WHERE log_index >= 9", "log_group WHERE first_index >= 9"] {
            tamper("DELETE FROM \(table)")
        }
        tamper("DELETE FROM log_tile")
        tamper("UPDATE log_head SET log_size = 9")
        let told = try await offline()?.faults.told
        #expect(told?.count == 1)
        #expect(told?.first?.contains("269 entries were acknowledged") == true, "\(String(describing: told))")
    }

    // MARK: - What followers know

    @Test("a checkpoint of its own that it does not have says that it went back; others' and its past say nothing")
    func confronted() async throws {
        let store = try Store(opening: .test(directory))
        let further = TemporaryDirectory()
        var options = StoreOptions.test(further)
        options.makeEpoch = { [epoch = store.epoch] in epoch }
        let fork = try Store(opening: options)
        for index in 0..<3 {
            try await store.deciding { $0.append(kind: "test", body: [UInt8(index)]) }
            try await fork.deciding { $0.append(kind: "test", body: [UInt8(index)]) }
        }
        let past = try #require(try await fork.checkpoint(covering: 0))
        #expect(try await store.confront(past) == nil)
        #expect(try await store.confront("") == nil)
        try await fork.deciding { $0.append(kind: "test", body: [3]) }
        let ahead = try #require(try await fork.checkpoint(covering: 0))
        #expect(try await store.confront(ahead.replacing("\n4\n", with: "\n5\n")) == nil)
        let elsewhere = TemporaryDirectory()
        let other = try Store(opening: .test(elsewhere))
        try await other.deciding { $0.append(kind: "test", body: []) }
        #expect(try await store.confront(try #require(try await other.checkpoint(covering: 0))) == nil)
        #expect(store.trouble == nil)

        #expect(try await store.confront(ahead)?.contains("checkpoint of 4 entries") == true)
        #expect(store.trouble?.code == .held)
    }

    @Test("nor does one that went on another way have the root that a follower has")
    func forked() async throws {
        let store = try Store(opening: .test(directory))
        let further = TemporaryDirectory()
        var options = StoreOptions.test(further)
        options.makeEpoch = { [epoch = store.epoch] in epoch }
        let fork = try Store(opening: options)
        for (index, body) in [0, 1, 2, 3].enumerated() {
            try await store.deciding { $0.append(kind: "test", body: [UInt8(body)]) }
            try await fork.deciding { $0.append(kind: "test", body: [UInt8(index == 2 ? 9 : body)]) }
        }
        let told = try #require(try await fork.checkpoint(covering: 0))
        #expect(try await store.confront(told)?.contains("another root of the first 4 entries") == true)
        #expect(store.trouble?.code == .held)
    }
}
