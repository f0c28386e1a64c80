import Cryptography
import Journal
import Storage
import Synchronization
import TestStores
import Testing

/// Several openers of one store, as copies of a service have it. Each test holds two stores in one process: they know
/// nothing of each other but the database.
@Suite("Several stores on one database", .enabled(if: !TestEngine.isSQLite))
struct SharedStoreTests {
    private let directory = TemporaryDirectory()

    private func open(clock: @escaping @Sendable () -> Int64 = { 1_000_000 }) throws -> Store {
        try Store(opening: .test(directory, wallClock: clock))
    }

    @Test("make one log, in one order, whoever appends")
    func oneLog() async throws {
        let stores = [try open(), try open()]
        #expect(stores[0].epoch == stores[1].epoch)
        for index in 0..<6 {
            let position = try await stores[index % 2].deciding { $0.append(kind: "test", body: [UInt8(index)]) }
            #expect(position.index == UInt64(index))
        }
        for store in stores {
            #expect(try await store.entries().map(\.body) == (0..<6).map { [$0] })
        }
        #expect(try await stores[0].verify() == LogVerification(entryCount: 6, groupCount: 6))
    }

    @Test("see what the other has decided, also when both are at it")
    func oneTruth() async throws {
        let stores = [try open(), try open()]
        let (tasks, writes) = (16, 25)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for _ in 0..<writes {
                        _ = try? await stores[task % 2].commit(
                            counting("sum") { rows in
                                let value = (rows.row(CounterRow.self, "sum")?.value ?? 0) + 1
                                rows.setCounter("sum", value)
                                rows.append(kind: "test", body: Array("\(value)".utf8))
                            })
                    }
                }
            }
        }
        #expect(try await stores[0].counters() == ["sum": Int64(tasks * writes)])
        let entries = try await stores[1].entries().map { String(decoding: $0.body, as: UTF8.self) }
        #expect(entries == (1...tasks * writes).map(String.init))
        #expect(try await stores[1].verify().entryCount == UInt64(tasks * writes))
    }

    @Test("wake who waits for entries at the other, and know a cursor that the other gave")
    func waking() async throws {
        let (first, second) = (try open(), try open())
        let before = second.journalHead
        async let waiting: Void = second.waitForEntries(beyond: before)
        let entry = try await first.deciding { $0.append(kind: "test", body: []) }
        // Whether it has looked by now or not.
        #expect(try await second.currentHead() == first.journalHead)
        #expect(try await second.consistencyProof(from: 0, to: 1) != nil)
        #expect(try await second.logPiece(after: first.journalHead, limitBytes: 1).entries.isEmpty)
        #expect(try await second.proof(at: entry) == first.proof(at: entry))
        try await waiting
        #expect(second.journalHead == first.journalHead)
    }

    @Test("wake them too when what the other appended is first seen by a commit that appends nothing")
    func seenByCommit() async throws {
        let (first, second) = (try open(), try open())
        for _ in 0..<5 {
            try await first.deciding { $0.append(kind: "test", body: []) }
            try await second.setCounter("a", 1)
            #expect(second.journalHead == first.journalHead)
            try await first.deciding { $0.append(kind: "test", body: []) }
            await #expect(throws: Refusal.self) { try await second.deciding { _ in throw Refusal() } }
            #expect(second.journalHead == first.journalHead)
        }
    }

    @Test("never let the instant go back, though one clock is behind the other")
    func clocks() async throws {
        let (late, early) = (try open { 9_000_000 }, try open { 1_000_000 })
        for store in [late, early, late, early] { try await store.deciding { $0.append(kind: "test", body: []) } }
        #expect(try await late.entries().map(\.sealedUnixMicroseconds) == Array(repeating: 9_000_000, count: 4))
    }

    @Test("are made by two that start at once", arguments: 0..<4)
    func startingTogether(_: Int) async throws {
        let directory = directory
        let epochs = try await withThrowingTaskGroup(of: JournalEpoch.self) { group in
            for _ in 0..<4 {
                group.addTask { try Store(opening: .test(directory)).epoch }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(epochs.count == 1)
    }

    @Test("fill whole tiles together, and one that is opened later goes on from there")
    func tiles() async throws {
        let stores = [try open(), try open()]
        for index in 0..<14 {
            try await stores[index % 2].deciding { rows in
                for number in 0..<(index % 3 == 0 ? 50 : 7) { rows.append(kind: "test", body: [UInt8(number)]) }
            }
        }
        let third = try open()
        try await third.deciding { $0.append(kind: "test", body: []) }
        try await stores[0].deciding { $0.append(kind: "test", body: []) }
        #expect(third.journalHead.size == 314 || stores[0].journalHead.size == 315)
        #expect(try await third.verify().entryCount >= 314)
    }

    @Test("a database that has a table of the same name from elsewhere is refused, and not touched")
    func foreignTable() async throws {
        tamper(
            withStoreAt: directory.file("store.db"),
            "CREATE TABLE log_entry (log_index BIGINT PRIMARY KEY, what TEXT)")
        let error = #expect(throws: StorageError.self) { try open() }
        #expect(error?.code == .mismatch)
        #expect(error?.message.contains("log_entry") == true && error?.message.contains("store.url") == true)
    }

    @Test("a server that does not sync is refused, since it loses what was acknowledged")
    func unsynced() async throws {
        var options = StoreOptions.test(directory)
        options.synchronous = .full
        let error = #expect(throws: StorageError.self) { try Store(opening: options) }
        #expect(error?.code == .mismatch)
        #expect(error?.message.contains("fsync") == true)
    }

    @Test("a store that was put back to an earlier state takes no more writes")
    func wentBack() async throws {
        let store = try open()
        for _ in 0..<2 { try await store.deciding { $0.append(kind: "test", body: []) } }
        tamper(withStoreAt: directory.file("store.db"), "UPDATE log_head SET log_size = 1")
        tamper(withStoreAt: directory.file("store.db"), "DELETE FROM log_group WHERE first_index = 1")
        tamper(withStoreAt: directory.file("store.db"), "DELETE FROM log_entry WHERE log_index = 1")
        let error = await #expect(throws: StorageError.self) {
            try await store.deciding { $0.append(kind: "test", body: []) }
        }
        #expect(error?.code == .ioFailure && error?.message.contains("earlier state") == true)
        #expect(store.failure != nil)
    }
}
