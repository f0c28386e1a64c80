import Foundation
import TestStores
import Testing

@testable import Storage

@Suite("When the WAL is copied") struct CheckpointRuleTests {
    private var rule = CheckpointRule(intervalPages: 1_000)

    @Test("a copy begins when the WAL has grown enough, and one at a time")
    mutating func begins() {
        #expect(rule.committed(pages: 999) == .nothing)
        #expect(rule.committed(pages: 1_000) == .beginCopy)
        #expect(rule.committed(pages: 5_000) == .nothing)
    }

    @Test("the commit after a copy brings over what was committed meanwhile, if that is little")
    mutating func closesTheGap() {
        #expect(rule.committed(pages: 1_000) == .beginCopy)
        #expect(rule.committed(pages: 1_015) == .nothing)
        rule.copyEnded(copiedPages: 1_000)
        #expect(rule.committed(pages: 1_240) == .closeGap)
        #expect(rule.committed(pages: 1_999) == .nothing)
        #expect(rule.committed(pages: 2_000) == .beginCopy)
    }

    @Test("much that was committed meanwhile is copied too, until it is little, or enough was tried")
    mutating func copiesAgain() {
        #expect(rule.committed(pages: 1_000) == .beginCopy)
        #expect(rule.committed(pages: 1_400) == .nothing)
        rule.copyEnded(copiedPages: 1_000)
        #expect(rule.committed(pages: 1_410) == .beginCopy)
        #expect(rule.committed(pages: 1_420) == .nothing)
        rule.copyEnded(copiedPages: 1_410)
        #expect(rule.committed(pages: 1_430) == .closeGap)

        #expect(rule.committed(pages: 2_000) == .beginCopy)
        for pages in [2_100, 2_200, 2_300, 2_400] {
            #expect(rule.committed(pages: pages) == .nothing)
            rule.copyEnded(copiedPages: pages - 100)
            #expect(rule.committed(pages: pages) == (pages < 2_400 ? .beginCopy : .closeGap))
        }
    }

    @Test("a WAL without a gap is begun anew by the next commit, and nothing else is to be done")
    mutating func beginsAnew() {
        #expect(rule.committed(pages: 1_000) == .beginCopy)
        rule.copyEnded(copiedPages: 1_000)
        #expect(rule.committed(pages: 3) == .nothing)
        #expect(rule.committed(pages: 999) == .nothing)
        #expect(rule.committed(pages: 1_000) == .beginCopy)
        // It may have been begun anew before the copy's end was told.
        #expect(rule.committed(pages: 4) == .nothing)
        rule.copyEnded(copiedPages: 1_000)
        #expect(rule.committed(pages: 8) == .nothing)
    }

    @Test("where a reader holds a copy up, or it fails, the next is due when as much is new again")
    mutating func heldUp() {
        #expect(rule.committed(pages: 1_000) == .beginCopy)
        for _ in 0..<3 {
            rule.copyEnded(copiedPages: 10)
            #expect(rule.committed(pages: 1_010) == .beginCopy)
        }
        rule.copyEnded(copiedPages: 10)
        #expect(rule.committed(pages: 1_010) == .closeGap)
        #expect(rule.committed(pages: 1_999) == .nothing)
        #expect(rule.committed(pages: 2_000) == .beginCopy)
        rule.copyEnded(copiedPages: nil)
        #expect(rule.committed(pages: 2_999) == .nothing)
        #expect(rule.committed(pages: 3_000) == .beginCopy)
    }
}

@Suite("A store's WAL", .enabled(if: TestEngine.isSQLite)) struct CheckpointTests {
    private static let mostWrites = 20_000
    private let directory = TemporaryDirectory()

    /// The two numbers that SQLite changes when it begins the file anew.
    private func salt() throws -> Data {
        let wal = try FileHandle(forReadingFrom: URL(filePath: directory.file("store.db-wal")))
        try wal.seek(toOffset: 16)
        return try wal.read(upToCount: 8) ?? Data()
    }

    @Test("is begun anew again and again while commits go on, and what was acknowledged is there")
    func staysSmall() async throws {
        var options = StoreOptions.test(directory)
        options.checkpointPages = 64
        var store = try Store(opening: options)
        var salts: Set<Data> = []
        var written: Int64 = 0
        while salts.count < 4, written < Self.mostWrites {
            written += 1
            let value = written
            try await store.commit(
                counting("latest") { rows in
                    rows.setCounter("latest", value)
                    rows.append(kind: "test", body: [UInt8](repeating: 7, count: 2_000))
                })
            salts.insert(try salt())
        }
        #expect(salts.count == 4, "\(written) writes")
        #expect(try await store.counters() == ["latest": written])
        store.close()
        store = try Store(opening: options)
        #expect(try await store.counters() == ["latest": written])
        #expect(try await store.verify().entryCount == written)
    }

    private func fill(_ store: Store, writes: Int) async throws {
        for index in 0..<writes {
            try await store.commit(
                counting("\(index)") { rows in
                    rows.setCounter("\(index)", 1)
                    rows.append(kind: "test", body: [UInt8](repeating: 7, count: 2_000))
                })
        }
    }

    /// A read that would last for ever.
    private func endless(_ store: Store, began: @escaping @Sendable () -> Void) -> Task<Void, any Error> {
        Task {
            try await store.read { reader in
                try reader.forEach("SELECT 1 FROM counter a, counter b, counter c, counter d, counter e, counter f") {
                    _ in
                    began()
                }
            }
        }
    }

    @Test("is in the file when the store was closed, whoever was reading: a copy of the file alone is the store")
    func closedWhole() async throws {
        let store = try Store(opening: .test(directory))
        try await fill(store, writes: 100)
        let began = Watched(false)
        let read = endless(store) { began.update { $0 = true } }
        _ = try await began.wait { $0 }
        store.close()
        let error = await #expect(throws: StorageError.self) { try await read.value }
        #expect(error?.code == .busy)
        let wal = try? FileManager.default.attributesOfItem(atPath: directory.file("store.db-wal"))
        #expect((wal?[.size] as? Int ?? 0) == 0)
        try FileManager.default.copyItem(atPath: directory.file("store.db"), toPath: directory.file("copy.db"))
        var options = StoreOptions.test(directory)
        options.place = .file(directory.file("copy.db"))
        let copy = try Store(opening: options)
        #expect(try await copy.verify().entryCount == 100)
        #expect(try await copy.counters().count == 100)
    }

    @Test("does not grow beside a read without end: that is given up")
    func longRead() async throws {
        var options = StoreOptions.test(directory)
        options.checkpointPages = 16
        options.walLimitPages = 256
        let store = try Store(opening: options)
        try await fill(store, writes: 50)
        let began = Watched(false)
        let read = endless(store) { began.update { $0 = true } }
        _ = try await began.wait { $0 }
        try await fill(store, writes: 150)
        let error = await #expect(throws: StorageError.self) { try await read.value }
        #expect(error?.code == .busy)
        var writes = 0
        while store.walBytes > 64 * 4_120, writes < Self.mostWrites {
            try await fill(store, writes: 1)
            writes += 1
        }
        #expect(store.walBytes <= 64 * 4_120)
        let file = try FileManager.default.attributesOfItem(atPath: directory.file("store.db-wal"))
        #expect((file[.size] as? Int ?? .max) <= 256 * 4_120 + 32)
    }
}
