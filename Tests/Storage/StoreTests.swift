import Cryptography
import Foundation
import Journal
import Storage
import TestStores
import Testing

@Suite struct StoreTests {
    let directory = TemporaryDirectory()

    @Test("what was acknowledged is there after opening again")
    func reopens() async throws {
        let epoch: JournalEpoch
        let head: LogCursor
        do {
            let store = try Store(opening: .test(directory))
            try await store.commit(
                counting("a") { rows in
                    rows.setCounter("a", 1)
                    rows.append(kind: "test", body: [1, 2, 3])
                })
            (epoch, head) = (store.epoch, store.journalHead)
            store.close()
        }
        let store = try Store(opening: .test(directory))
        #expect(store.epoch == epoch)
        #expect(store.journalHead == head)
        #expect(try await store.counters() == ["a": 1])
        try await store.deciding { $0.append(kind: "test", body: []) }
        #expect(store.journalHead.size == 2)
        #expect(try await store.verify() == LogVerification(entryCount: 2, groupCount: 2))
    }

    @Test(
        "a store that is open is refused a second time, with its path and the remedy", .enabled(if: TestEngine.isSQLite)
    )
    func lockIsExclusive() throws {
        let store = try Store(opening: .test(directory))
        defer { store.close() }
        let error = #expect(throws: StorageError.self) { try Store(opening: .test(directory)) }
        #expect(error?.code == .alreadyOpen)
        #expect(error?.message.contains(directory.file("store.db")) == true)
        #expect(error?.message.contains("store.path") == true)
    }

    @Test("only the owner may read a store's files", .enabled(if: TestEngine.isSQLite))
    func filesArePrivate() async throws {
        let store = try Store(opening: .test(directory))
        try await store.setCounter("a", 1)
        for name in ["store.db", "store.db-wal", "store.db-shm", "store.db.lock"] {
            #expect(permissions(of: directory.file(name)) == 0o600)
        }
    }

    @Test("is of the suite that opens it first, and refused to another, with the domains of both and the remedy")
    func trustDomain() async throws {
        var options = StoreOptions.test(directory)
        // Made before its suite was known.
        try Store(opening: options).close()
        options.trustDomain = "quality.example"
        for _ in 0..<2 { try Store(opening: options).close() }
        options.trustDomain = "rehearsal.example"
        let error = #expect(throws: StorageError.self) { try Store(opening: options) }
        #expect(error?.code == .mismatch)
        for words in ["quality.example", "rehearsal.example", "store.", "tls.certificate"] {
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("is there once it was made; nothing is made by asking")
    func isThere() async throws {
        let options = StoreOptions.test(directory)
        #expect(try !Store.isThere(options) && !Store.isThere(options))
        try Store(opening: options).close()
        #expect(try Store.isThere(options))
    }

    @Test("another service's store is refused and not touched")
    func wrongService() async throws {
        try Store(opening: .test(directory)).close()
        let migration = Migration(
            version: 1, name: "other", tables: [Table("other", key: [.integer("id")], values: [])])
        let error = #expect(throws: StorageError.self) {
            try Store(opening: .test(directory, service: "registry", migrations: [migration]))
        }
        #expect(error?.code == .mismatch)
        #expect(error?.message.contains("submission") == true)
        let store = try Store(opening: .test(directory))
        #expect(try await store.counters().isEmpty)
    }

    @Test("a rehearsal's store is never opened for real, nor a real one in a rehearsal", arguments: [true, false])
    func rehearsalMark(isRehearsal: Bool) throws {
        try Store(opening: .test(directory, isRehearsal: isRehearsal)).close()
        let error = #expect(throws: StorageError.self) {
            try Store(opening: .test(directory, isRehearsal: !isRehearsal))
        }
        #expect(error?.code == .mismatch)
        #expect(error?.message.contains("rehearsal.clockStartsAt") == true)
    }

    @Test("a store of the first version is refused, with what to do")
    func firstVersion() throws {
        try Store(opening: .test(directory)).close()
        tamper(
            withStoreAt: directory.file("store.db"),
            "INSERT INTO store_setting (name, value) VALUES ('partition_count', '4')")
        let error = #expect(throws: StorageError.self) { try Store(opening: .test(directory)) }
        #expect(error?.code == .mismatch)
        #expect(
            error?.message.contains("earlier version") == true
                && error?.message.contains(TestEngine.isSQLite ? "store.path" : "store.url") == true)
    }

    @Test("a store whose log is signed with another key, or with none, is refused")
    func otherLogKey() throws {
        try Store(opening: .test(directory)).close()
        for key in [nil, LogKey(trustDomain: "quality.example", key: try .generate())] {
            var options = StoreOptions.test(directory)
            options.logKey = key
            let error = #expect(throws: StorageError.self) { try Store(opening: options) }
            #expect(error?.code == .mismatch)
            #expect(error?.message.contains("store.signingKey") == true)
        }
        try Store(opening: .test(directory)).close()
    }

    @Test("two stores have two epochs")
    func epochsDiffer() throws {
        let other = TemporaryDirectory()
        #expect(try Store(opening: .test(directory)).epoch != Store(opening: .test(other)).epoch)
    }

    @Test("a missing directory is named", .enabled(if: TestEngine.isSQLite))
    func missingDirectory() throws {
        var options = StoreOptions.test(directory)
        options.place = .file(directory.file("nowhere/store.db"))
        let error = #expect(throws: StorageError.self) { try Store(opening: options) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.message.contains("nowhere/store.db") == true)
    }

    @Test("a file that is no database is refused", .enabled(if: TestEngine.isSQLite))
    func noDatabase() throws {
        try write(String(repeating: "not a database ", count: 200), to: directory.file("store.db"))
        let error = #expect(throws: StorageError.self) { try Store(opening: .test(directory)) }
        #expect(error?.code == .damaged)
    }

    @Test("migrations are applied once, in order, and a newer schema is refused")
    func migrations() async throws {
        try Store(opening: .test(directory)).close()
        let second = Migration(
            version: 2, name: "notes",
            tables: [Table("note", key: [.integer("id")], values: [.text("words")], indices: [["words"]])])
        for _ in 0..<2 {
            let store = try Store(opening: .test(directory, migrations: counterMigrations + [second]))
            let notes = try await store.read { try $0.all("SELECT words FROM note") { try $0.text(0) } }
            #expect(notes.isEmpty)
            store.close()
        }
        let error = #expect(throws: StorageError.self) { try Store(opening: .test(directory)) }
        #expect(error?.code == .mismatch)
    }

    @Test("a migration that fails is not done, and the store is as usable as before")
    func failingMigration() async throws {
        let broken = Migration(
            version: 2, name: "broken",
            tables: [Table("note", key: [.integer("id")], values: [.text("twice"), .text("twice")])])
        #expect(throws: StorageError.self) {
            try Store(opening: .test(directory, migrations: counterMigrations + [broken]))
        }
        let store = try Store(opening: .test(directory))
        await #expect(throws: StorageError.self) {
            try await store.read { try $0.all("SELECT id FROM note") { try $0.integer(0) } }
        }
    }

    @Test("every kind of value comes back as it was stored")
    func values() async throws {
        let migration = Migration(version: 1, name: "values", tables: [ItemRow.table])
        let store = try Store(opening: .test(directory, migrations: [migration]))
        let texts = ["", "质量月 🎉", "a\n\\b\"{,}'"]
        let blobs: [[UInt8]] = [[], [0, 255], Array(repeating: 7, count: 100_000)]
        try await store.deciding { rows in
            for index in 0..<3 {
                rows.add(
                    ItemRow(Int64(index), index == 0 ? .min : .max, words: texts[index], data: blobs[index]))
            }
            rows.add(ItemRow(9, nil, words: nil, data: nil))
        }
        for id: Int64 in [0, 1, 2, 9] {
            let row = try await store.commit(
                Deciding(naming: { $0.want(ItemRow.self, .init(id: id)) }) { $0.row(ItemRow.self, .init(id: id)) })
            let expected = id == 9 ? nil : Int(id)
            #expect(row.value?.words == expected.map { texts[$0] } && row.value?.data == expected.map { blobs[$0] })
        }
        let rows = try await store.read { reader in
            try reader.all("SELECT number, words, data FROM item ORDER BY id LIMIT 3") {
                (try $0.integer(0), try $0.text(1), try $0.bytes(2))
            }
        }
        #expect(rows.map(\.0) == [.min, .max, .max])
        #expect(rows.map(\.1) == texts)
        #expect(rows.map(\.2) == blobs)
        let empty = try await store.read { reader in
            try reader.first("SELECT number, words, data FROM item WHERE id = ?", [9]) {
                (try $0.optionalInteger(0), try $0.optionalText(1), try $0.optionalBytes(2))
            }
        }
        #expect(empty?.0 == nil && empty?.1 == nil && empty?.2 == nil)
    }

    @Test("a column of another kind is an error, not a crash")
    func wrongKind() async throws {
        let store = try Store(opening: .test(directory))
        try await store.setCounter("a", 300)
        let error = await #expect(throws: StorageError.self) {
            try await store.read { try $0.first("SELECT value FROM counter") { try $0.text(0) } }
        }
        #expect(error?.code == .malformedData)
        let tooLarge = await #expect(throws: StorageError.self) {
            try await store.read { try $0.first("SELECT value FROM counter") { try $0.number(0, as: UInt8.self) } }
        }
        #expect(tooLarge?.code == .malformedData)
    }

    @Test("a statement can be asked again while its rows are read")
    func nestedStatements() async throws {
        let store = try Store(opening: .test(directory))
        for index in 0..<3 { try await store.setCounter("\(index)", Int64(index)) }
        let pairs = try await store.read { reader in
            try reader.all("SELECT value FROM counter ORDER BY name") { outer in
                let inner = try reader.all("SELECT value FROM counter ORDER BY name") { try $0.integer(0) }
                return (try outer.integer(0), inner)
            }
        }
        #expect(pairs.map(\.0) == [0, 1, 2])
        #expect(pairs.allSatisfy { $0.1 == [0, 1, 2] })
    }

    @Test(
        "a store whose file was removed or replaced takes no more writes: they would end with the process",
        .enabled(if: TestEngine.isSQLite), arguments: [true, false])
    func removed(isReplaced: Bool) async throws {
        let store = try Store(opening: .test(directory))
        try await store.setCounter("a", 1)
        let path = directory.file("store.db")
        #expect(rename(path, path + ".away") == 0)
        if isReplaced { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
        await #expect { try await store.setCounter("a", 2) } throws: { error in
            (error as? StorageError)?.code == .ioFailure && "\(error)".contains(path)
                && (error as? StorageError)?.message.contains(path) == false
        }
        #expect(store.failure?.message.contains("removed or replaced") == true)
    }

    @Test("a write that holds the last reference to its store ends well")
    func lastReferenceInWrite() async throws {
        var store: Store? = try Store(opening: .test(directory))
        weak let weakStore = store
        try await store?.commit(
            counting("a") { [store] rows in
                rows.setCounter("a", 1)
                withExtendedLifetime(store) {}
            })
        store = nil
        while weakStore != nil { await Task.yield() }
        let again = try await reopened()
        #expect(try await again.counters() == ["a": 1])
    }

    /// The lock is let go when the writer's thread has ended, which nobody waits for here.
    private func reopened() async throws -> Store {
        while true {
            let opened = Result { () throws(StorageError) -> Store in try Store(opening: .test(directory)) }
            if case .failure(let error) = opened, error.code == .alreadyOpen {
                await Task.yield()
                continue
            }
            return try opened.get()
        }
    }

    @Test("a read whose task is cancelled says so")
    func cancelledRead() async throws {
        let store = try Store(opening: .test(directory))
        let task = Task {
            try await store.read { reader in
                while true { _ = try reader.exists("SELECT name FROM counter") }
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("after closing, writes and waits are refused")
    func closed() async throws {
        let store = try Store(opening: .test(directory))
        store.close()
        let error = await #expect(throws: StorageError.self) { try await store.deciding { _ in } }
        #expect(error?.code == .closed)
        await #expect(throws: StorageError.self) { try await store.waitForEntries(beyond: store.journalHead) }
    }
}

/// One of each kind of value.
private struct ItemRow: StoredRow {
    struct Key: StoredKey {
        let id: Int64

        func write(to columns: inout ColumnWriter) { columns.add(.integer(id)) }
    }

    static let table = Table(
        "item", key: [.integer("id")],
        values: [
            .integer("number", optional: true), .text("words", optional: true), .bytes("data", optional: true),
        ])

    let key: Key
    let number: Int64?
    let words: String?
    let data: [UInt8]?

    init(_ id: Int64, _ number: Int64?, words: String?, data: [UInt8]?) {
        key = Key(id: id)
        self.number = number
        self.words = words
        self.data = data
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        number = try columns.optionalInteger()
        words = try columns.optionalText()
        data = try columns.optionalBytes()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.optional(number))
        columns.add(.optional(words))
        columns.add(.optional(data))
    }
}
