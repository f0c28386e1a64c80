import Journal
import Storage
import Synchronization
import TestStores
import Testing

@Suite("A store and a clock that was wrong")
struct ClockTests {
    private static let now: Int64 = 1_700_000_000_000_000
    private static let day: Int64 = 86_400_000_000
    private let directory = TemporaryDirectory()
    private let clock = ClockInHand()

    private final class ClockInHand: Sendable {
        let now = Mutex(ClockTests.now)
        func set(_ instant: Int64) { now.withLock { $0 = instant } }
    }

    private func open(tolerance: Int64? = nil) throws -> Store {
        var options = StoreOptions.test(directory) { [clock] in clock.now.withLock { $0 } }
        options.clockToleranceMicroseconds = tolerance
        return try Store(opening: options)
    }

    private func append(_ kind: String, to store: Store) async throws {
        try await store.commit(Deciding { $0.append(kind: kind, body: []) })
    }

    @Test("what was refused by a clock that ran ahead moves nothing: not then, and not after a restart")
    func refusal() async throws {
        var store = try open(tolerance: 5_000_000)
        try await append("report.accepted", to: store)
        clock.set(Self.now + 60 * Self.day)
        try await append("report.rejected", to: store)
        clock.set(Self.now + 1)
        try await append("report.accepted", to: store)
        store.close()
        store = try open(tolerance: 5_000_000)
        clock.set(Self.now + 2)
        try await append("report.accepted", to: store)
        #expect(
            try await store.entries().map { $0.sealedUnixMicroseconds - Self.now } == [0, 60 * Self.day, 1, 2])
        #expect(try await store.verify().entryCount == 4)
    }

    @Test("nothing is sealed while the clock is behind the log by more than the tolerance, or cannot be believed")
    func held() async throws {
        let store = try open(tolerance: 5_000_000)
        try await append("report.accepted", to: store)
        clock.set(Self.now - 5_000_000)
        try await append("report.accepted", to: store)
        clock.set(Self.now - 5_000_001)
        let error = await #expect(throws: StorageError.self) { try await append("report.accepted", to: store) }
        #expect(error?.code == .held)
        clock.set(Self.now + 1)
        try await append("report.accepted", to: store)
        #expect(try await store.entries().map { $0.sealedUnixMicroseconds - Self.now } == [0, 0, 1])
        store.close()

        var options = StoreOptions.test(directory)
        options.wallClock = { () throws(StorageError) in throw StorageError(.held, "it jumped") }
        let other = try Store(opening: options)
        await #expect(throws: StorageError(.held, "it jumped")) { try await append("report.accepted", to: other) }
        #expect(other.failure == nil)
    }

    @Test("by an operator's word the log goes back, with an entry that says so, and verifies; nothing else goes back")
    func corrected() async throws {
        var store = try open()
        try await append("report.accepted", to: store)
        await #expect(throws: StorageError.self) {
            _ = try await store.correctClock(
                nowUnixMicroseconds: Self.now, firstIndex: nil, aheadMicroseconds: nil, body: { _ in [] })
        }
        clock.set(Self.now + 5 * Self.day)
        for _ in 0..<2 { try await append("report.accepted", to: store) }
        clock.set(Self.now + 10)
        let corrected = try await store.correctClock(
            nowUnixMicroseconds: Self.now + 10, firstIndex: nil, aheadMicroseconds: nil, body: { _ in [7] })
        #expect(
            corrected.correction
                == ClockCorrection(
                    firstIndex: 1, fromUnixMicroseconds: Self.now + 5 * Self.day,
                    untilUnixMicroseconds: Self.now + 5 * Self.day, aheadMicroseconds: 5 * Self.day - 10))
        #expect(corrected.position.index == 3)
        store.close()
        store = try open(tolerance: 5_000_000)
        try await append("report.accepted", to: store)
        #expect(
            try await store.entries().map { $0.sealedUnixMicroseconds - Self.now }
                == [0, 5 * Self.day, 5 * Self.day, 10, 10])
        #expect(try await store.verify().entryCount == 5)
    }

    @Test("a command opens a store in the name that its log has, and none that has no log")
    func opening() async throws {
        let place = StorePlace.test(directory.file("store.db"))
        func opened() throws -> Store {
            try Store.opening(
                existing: place, service: "submission", migrations: counterMigrations, key: .test,
                // The tests' database server does not sync.
                synchronous: .off, wallClock: { Self.now })
        }
        #expect(throws: StorageError.self) { try opened() }
        let store = try open()
        try await append("report.accepted", to: store)
        store.close()
        let again = try opened()
        #expect(again.logKey == store.logKey)
        #expect(again.journalInstant.unixMicroseconds == Self.now)
    }
}
