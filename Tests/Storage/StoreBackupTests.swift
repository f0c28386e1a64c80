import Cryptography
import Foundation
import Journal
import Storage
import Synchronization
import TestStores
import Testing

@Suite("A backup of a store") struct StoreBackupTests {
    private let places = StorePlaces()
    private var file: String { places.directory.file("one.backup") }

    private func backup(_ place: StorePlace, keys: [BackupManifest.Key] = []) async throws -> BackupManifest {
        try await StoreBackup(
            of: place, to: file, service: "submission", migrations: counterMigrations, synchronous: .off,
            wallClock: { 5_000_000 }, keys: { _, _ in keys }
        ).run()
    }

    private func restore(to place: StorePlace) -> StoreRestore {
        StoreRestore(
            from: file, to: place, service: "submission", migrations: counterMigrations, synchronous: .off,
            renewal: { places.renewal(of: place) })
    }

    @Test(
        "is taken while commits go on, is of one moment, and goes back to either engine in a new epoch",
        arguments: StorePlaces.Engine.allCases, StorePlaces.Engine.allCases)
    func goesBack(from: StorePlaces.Engine, to: StorePlaces.Engine) async throws {
        let source = try await places.place(from)
        let store = try Store(opening: places.options(source))
        try await places.append(700, to: store)
        let proof = try #require(try await store.proof(at: JournalPosition(epoch: store.epoch, index: 600)))
        let writing = Task { while !Task.isCancelled { try await places.append(1, to: store) } }
        let manifest = try await backup(source)
        let size = store.journalHead.size
        writing.cancel()
        _ = await writing.result
        #expect((700...size).contains(manifest.entryCount))
        #expect(manifest.epoch == store.epoch && manifest.takenUnixMicroseconds == 5_000_000)
        store.close()

        let target = try await places.place(to, "b.db")
        let (restored, renewal) = try await restore(to: target).run()
        #expect(restored == manifest)
        #expect(renewal?.beginning.earlierSize == manifest.entryCount)
        let again = try Store(opening: places.options(target))
        #expect(again.epoch == renewal?.epoch && again.epoch != manifest.epoch)
        #expect(try await again.verify().entryCount == manifest.entryCount + 1)
        // Rows and log are of one moment.
        #expect(try await again.counters() == ["entries": Int64(manifest.entryCount)])
        let proofAgain = try #require(try await again.proof(at: JournalPosition(epoch: again.epoch, index: 600)))
        #expect(proofAgain.entry == proof.entry && proofAgain.path == proof.path)
        try await places.append(1, to: again)
    }

    @Test("holds what is in the WAL alone, of a store that nobody closed")
    func walAlone() async throws {
        let place = try await places.place(.file)
        var options = places.options(place)
        options.checkpointPages = 1 << 20
        let store = try Store(opening: options)
        try await places.append(50, to: store)
        #expect(try await backup(place).entryCount == 50)
        try await places.append(1, to: store)
        #expect(try await store.verify().entryCount == 51)
    }

    @Test("is no store, and does not go back where something is, or when it was changed")
    func refusals() async throws {
        let (place, second) = (try await places.place(.file), StorePlace.file(places.directory.file("b.db")))
        let store = try Store(opening: places.options(place))
        try await places.append(5, to: store)
        store.close()
        _ = try await backup(place)
        let noStore = #expect(throws: StorageError.self) { try Store(opening: places.options(.file(file))) }
        #expect(noStore?.message.contains("is a backup") == true)
        let there = await #expect(throws: StorageError.self) { try await restore(to: place).run() }
        #expect(there?.message.contains("is there already") == true)
        let twice = await #expect(throws: StorageError.self) { try await backup(place) }
        #expect(twice?.message.contains("is there already") == true)

        tamper(withFileAt: file, "UPDATE counter SET value = 4")
        let changed = await #expect(throws: StorageError.self) { try await restore(to: second).run() }
        #expect(changed?.code == .damaged && changed?.message.contains("other rows in counter") == true)
        let unfinished = #expect(throws: StorageError.self) { try Store(opening: places.options(second)) }
        #expect(unfinished?.message.contains("was interrupted") == true)
        tamper(withFileAt: file, "UPDATE backup_manifest SET value = '4' WHERE name = 'entries'")
        let manifest = await #expect(throws: StorageError.self) {
            try await restore(to: .file(places.directory.file("c.db"))).run()
        }
        #expect(manifest?.code == .damaged && manifest?.message.contains("manifest") == true)
    }

    @Test("brings no later version back from a WAL that lies where it goes")
    func oldWAL() async throws {
        let place = try await places.place(.file)
        var options = places.options(place)
        options.checkpointPages = 1 << 20
        do {
            let store = try Store(opening: options)
            try await places.append(5, to: store)
            _ = try await backup(place)
            try await places.append(5, to: store)
            // The machine is lost with a WAL that has all of it.
            try FileManager.default.copyItem(
                atPath: places.directory.file("a.db-wal"), toPath: places.directory.file("b.db-wal"))
            store.close()
        }
        let target = StorePlace.file(places.directory.file("b.db"))
        _ = try await restore(to: target).run()
        let store = try Store(opening: places.options(target))
        #expect(try await store.verify().entryCount == 6)
        #expect(try await store.counters() == ["entries": 5])
    }

    @Test("names the keys that it needs, and holds those that it was given")
    func keys() async throws {
        let place = try await places.place(.file)
        let store = try Store(opening: places.options(place))
        try await places.append(1, to: store)
        store.close()
        let hash = [UInt8](repeating: 3, count: 32).withUnsafeBytes { journalSHA256($0) }
        let keys = [
            BackupManifest.Key(setting: "store.signingKey", digest: hash, contents: [1, 2]),
            BackupManifest.Key(setting: "store.wrappingKey", digest: hash, contents: nil),
        ]
        let manifest = try await backup(place, keys: keys)
        let restored = try await restore(to: .file(places.directory.file("b.db"))).run().manifest
        #expect(restored.keys == keys && restored == manifest)
    }

    @Test("a file that holds no store is not made a new one: it may be what an interrupted restore left")
    func emptied() throws {
        let path = places.directory.file("emptied.db")
        try write("", to: path)
        let options = StoreOptions.test(places.directory)
        var emptied = options
        emptied.place = .file(path)
        let error = #expect(throws: StorageError.self) { _ = try Store(opening: emptied) }
        #expect(error?.code == .mismatch && error?.message.contains("holds no store") == true)
        #expect(error?.message.contains("remove the file") == true)
    }

    @Test("where something is already nothing is put beside it")
    func occupied() async throws {
        let place = try await places.place(.file)
        let store = try Store(opening: places.options(place))
        try await places.append(1, to: store)
        store.close()
        _ = try await backup(place)
        let isPrepared = Mutex(false)
        let restore = StoreRestore(
            from: file, to: place, service: "submission", migrations: counterMigrations, synchronous: .off,
            prepare: { _ in isPrepared.withLock { $0 = true } }, renewal: { throw Refusal() })
        let error = await #expect(throws: StorageError.self) { _ = try await restore.run() }
        #expect(error?.message.contains("is there already") == true)
        #expect(!isPrepared.withLock { $0 })
    }

    @Test("a store of which a part cannot be read takes nothing in; one that is away for a while does")
    func unreadable() async throws {
        let store = try Store(opening: .test(places.directory))
        store.cannotBeRead(StorageError(.unreachable, "the server is away"))
        try await store.setCounter("a", 1)
        store.cannotBeRead(StorageError(.damaged, "a page is not what it was"))
        let error = await #expect(throws: StorageError.self) { try await store.setCounter("a", 2) }
        #expect(error?.code == .held && error?.message.contains("a page is not what it was") == true)
        #expect(try await store.counters() == ["a": 1])
    }
}
