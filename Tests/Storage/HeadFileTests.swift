import Glibc
import Journal
import Storage
import TestStores
import Testing

/// What is known of the log outside of its database.
@Suite("The head file") struct HeadFileTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("a.head") }

    private static let epoch = JournalEpoch(Array(repeating: 5, count: JournalEpoch.byteCount))!

    private func open(_ name: String = "a.db", epoch: JournalEpoch = Self.epoch) throws -> Store {
        var options = StoreOptions(
            testing: "submission", at: directory.file(name), migrations: counterMigrations,
            wallClock: { 1_567_267_200_000_000 })
        options.makeEpoch = { epoch }
        options.headFile = path
        return try Store(opening: options)
    }

    /// A store of its own with these entries, without a head file.
    private func store(_ name: String, entries: [UInt8], epoch: JournalEpoch = Self.epoch) async throws {
        var options = StoreOptions(
            testing: "submission", at: directory.file(name), migrations: counterMigrations,
            wallClock: { 1_567_267_200_000_000 })
        options.makeEpoch = { epoch }
        let store = try Store(opening: options)
        for entry in entries { try await store.deciding { $0.append(kind: "test", body: [entry]) } }
        store.close()
    }

    /// The head file of a store whose entries were acknowledged one by one, and which is not closed.
    private func acknowledged(_ entries: [UInt8]) async throws -> Store {
        let store = try open()
        for entry in entries { try await store.deciding { $0.append(kind: "test", body: [entry]) } }
        return store
    }

    private func refusal(of name: String) -> StorageError? {
        #expect(throws: StorageError.self) { try open(name).close() }
    }

    @Test(
        "a store that went back, has another history or another epoch is not opened, and the sentence says what to do")
    func refused() async throws {
        let store = try await acknowledged([1, 2, 3])
        try await self.store("older.db", entries: [1, 2])
        let older = refusal(of: "older.db")
        #expect(older?.code == .mismatch)
        #expect(older?.message.contains("its journal has 2 entries, the last one of") == true)
        #expect(older?.message.contains("3 entries were acknowledged, the last one of 2019-08-31T16:00:00Z") == true)
        #expect(older?.message.contains("qm-submission store renew") == true)
        try await self.store("other.db", entries: [1, 9, 3, 4])
        #expect(refusal(of: "other.db")?.message.contains("has another history: its first 3 entries") == true)
        try await self.store(
            "new.db", entries: [1, 2, 3], epoch: JournalEpoch(Array(repeating: 6, count: JournalEpoch.byteCount))!)
        #expect(refusal(of: "new.db")?.message.contains("is another one than the one of which") == true)
        #expect(refusal(of: "none.db")?.message.contains("is not there, though") == true)
        // What is right goes on, here and in a copy that has more.
        try await self.store("same.db", entries: [1, 2, 3, 4])
        try open("same.db").close()
        store.close()
        #expect(refusal(of: "a.db")?.message.contains("4 entries were acknowledged") == true)
    }

    @Test("a store that was renewed from the epoch of the file goes on, and the file with it")
    func renewed() async throws {
        let store = try await acknowledged([1, 2, 3])
        store.close()
        let epoch = JournalEpoch(Array(repeating: 6, count: JournalEpoch.byteCount))!
        try await self.store("renewed.db", entries: [1], epoch: epoch)
        tamper(
            withStoreAt: directory.file("renewed.db"),
            "INSERT INTO store_setting (name, value) VALUES ('renewed_from', '\(String(repeating: "05", count: 16))')")
        let renewed = try open("renewed.db")
        try await renewed.deciding { $0.append(kind: "test", body: [7]) }
        renewed.close()
        try open("renewed.db").close()
        #expect(refusal(of: "a.db")?.message.contains("is another one") == true)
    }

    @Test(
        "a file that was removed is made again, and the store says so; with a new store it is made as a matter of course"
    )
    func missing() async throws {
        let store = try await acknowledged([1])
        #expect(store.madeHeadFile == nil)
        store.close()
        #expect(unlink(path) == 0)
        let again = try open()
        #expect(again.madeHeadFile == path)
        again.close()
        #expect(try open().madeHeadFile == nil)
        #expect(permissions(of: path) == 0o600)
    }

    @Test("a write that was torn leaves the one before; without either the file is damaged, and nothing is opened")
    func torn() async throws {
        let store = try await acknowledged([1, 2, 3])
        store.close()
        // One slot of the two has the last write, which one does not matter: both are tried.
        try await self.store("older.db", entries: [1])
        for slot in [0, 512] {
            let bytes = try contents()
            try overwrite(at: slot + 40)
            // The earlier write says 2 or 3: more than there is.
            #expect(refusal(of: "older.db")?.message.contains("went back") == true)
            try open().close()
            try restore(bytes)
        }
        for slot in [0, 512] { try overwrite(at: slot + 40) }
        let error = refusal(of: "a.db")
        #expect(error?.code == .damaged && error?.message.contains("is damaged: put it back") == true)
    }

    private func contents() throws -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        guard read(descriptor, &bytes, bytes.count) == bytes.count else { throw Refusal() }
        return bytes
    }

    private func restore(_ bytes: [UInt8]) throws {
        let descriptor = Glibc.open(path, O_WRONLY)
        defer { close(descriptor) }
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { throw Refusal() }
    }

    private func overwrite(at offset: Int) throws {
        let descriptor = Glibc.open(path, O_WRONLY)
        defer { close(descriptor) }
        guard pwrite(descriptor, [UInt8](repeating: 0xee, count: 4), 4, off_t(offset)) == 4 else { throw Refusal() }
    }
}
