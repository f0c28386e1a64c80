import Cryptography
import Journal
import Storage
import Synchronization
import TestStores
import Testing

@Suite struct GroupCommitTests {
    let directory = TemporaryDirectory()

    @Test("a decision that throws leaves neither rows nor entries, and its neighbours stand")
    func isolation() async throws {
        let store = try Store(opening: .test(directory))
        let results = try await together(
            store,
            (0..<9).map { (index: Int) in
                counting("\(index)", "shared") { rows in
                    rows.setCounter("\(index)", 1)
                    rows.append(kind: "test", body: [UInt8(index)])
                    rows.setCounter("shared", Int64(index))
                    if index % 3 == 0 { throw Refusal() }
                }
            })
        for (index, result) in results.enumerated() {
            if index % 3 == 0 {
                #expect(throws: Refusal()) { try result.get() }
            } else {
                #expect(throws: Never.self) { try result.get() }
            }
        }
        let counters = try await store.counters()
        #expect(Set(counters.keys) == ["1", "2", "4", "5", "7", "8", "shared"])
        #expect(counters["shared"] == 8)
        let entries = try await store.entries()
        #expect(entries.map(\.body) == [[1], [2], [4], [5], [7], [8]])
        #expect(try await store.verify() == LogVerification(entryCount: 6, groupCount: 1))
    }

    @Test("writes that share a commit share one seal, and each entry has its proof")
    func proofs() async throws {
        let store = try Store(opening: .test(directory))
        let results = try await together(
            store,
            (0..<7).map { (index: Int) in
                Deciding { $0.append(kind: "test", statement: [1], body: [UInt8(index)]) }
            })
        let committed = try results.map { try $0.get() }
        let key = try #require(store.logKey)
        for (index, write) in committed.enumerated() {
            let position = write.value
            #expect(position == JournalPosition(epoch: store.epoch, index: UInt64(index)))
            let proof = try #require(write.proof(at: position))
            #expect(proof.checkpoint.checkpoint.size == 7)
            #expect(
                proof.fault(
                    body: [UInt8(index)], origin: key.name, keys: [key], journalSHA256, isValid: NoteKey.signatureCheck)
                    == nil)
            // The same bytes later, and for a neighbour in the same commit.
            #expect(try await store.proof(at: position) == proof)
            #expect(committed[0].proof(at: position) == proof)
            #expect(try await store.commit(Deciding { _ in }).proof(at: position) == nil)
        }
    }

    @Test("one batch sees what earlier writes of the same batch did")
    func writesSeeEachOther() async throws {
        let store = try Store(opening: .test(directory))
        let results = try await together(
            store,
            (0..<5).map { _ in
                counting("a") { rows in
                    let value = rows.row(CounterRow.self, "a")?.value ?? 0
                    rows.setCounter("a", value + 1)
                    return value
                }
            })
        #expect(try results.map { try $0.get().value } == [0, 1, 2, 3, 4])
    }

    @Test("a swallowed refusal of the first write of a batch does not undo later ones")
    func firstWriteFails() async throws {
        let store = try Store(opening: .test(directory))
        let writes: [Deciding<Void>] = [
            counting("lost") { rows in
                rows.setCounter("lost", 1)
                throw Refusal()
            },
            counting("kept") { $0.setCounter("kept", 1) },
            Deciding { _ in },
        ]
        let results = try await together(store, writes)
        #expect(throws: Refusal()) { try results[0].get() }
        #expect(try await store.counters() == ["kept": 1])
    }

    @Test("an entry that no follower could be sent is refused, and leaves nothing behind; the others are there")
    func largeEntries() async throws {
        let store = try Store(opening: .test(directory))
        func appending(_ name: String, _ bodyBytes: Int) -> Deciding<Void> {
            counting(name) { rows in
                rows.setCounter(name, 1)
                rows.append(kind: "test", body: [1])
                rows.append(kind: "test", body: [UInt8](repeating: 7, count: bodyBytes))
            }
        }
        let most = JournalEntry.maximumBytes - "test".utf8.count
        let results = try await together(store, [appending("large", most + 1), appending("most", most)])
        let error = #expect(throws: StorageError.self) { _ = try results[0].get() }
        #expect(error?.code == .entryTooLarge)
        _ = try results[1].get()
        #expect(try await store.counters() == ["most": 1])
        #expect(try await store.entries().map(\.body.count) == [1, most])
    }

    @Test(
        "commits that need not reach the disk and those that must follow each other, and share one, and all are there")
    func levels() async throws {
        do {
            let store = try Store(opening: .test(directory))
            for value: Int64 in 1...6 {
                try await store.commit(Followed(value: value))
                if value % 2 == 0 { try await store.setCounter("a", value) }
            }
            let results = try await together(store, [Followed(value: 7), Followed(value: 8)])
            #expect(results.count == 2)
            store.close()
        }
        let store = try Store(opening: .test(directory))
        #expect(try await store.counters() == ["followed": 8, "a": 6])
    }

    @Test("the instant never goes back, though the wall clock does")
    func instantIsMonotonic() async throws {
        let clock = Mutex<Int64>(5_000_000)
        let read: @Sendable () -> Int64 = { clock.withLock { $0 } }
        do {
            let store = try Store(opening: .test(directory, wallClock: read))
            try await store.deciding { $0.append(kind: "test", body: []) }
            clock.withLock { $0 = 4_000_000 }
            try await store.deciding { $0.append(kind: "test", body: []) }
            store.close()
        }
        let store = try Store(opening: .test(directory, wallClock: read))
        try await store.deciding { $0.append(kind: "test", body: []) }
        #expect(try await store.entries().map(\.sealedUnixMicroseconds) == [5_000_000, 5_000_000, 5_000_000])
    }

    @Test("parallel writers: every acknowledged row is there once, and the journal verifies")
    func parallelWriters() async throws {
        let store = try Store(opening: .test(directory))
        let tasks = 16
        let writes = 50
        let acknowledged = await withTaskGroup(of: [String].self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var names: [String] = []
                    for index in 0..<writes {
                        let name = "\(task)-\(index)"
                        let outcome = try? await store.commit(
                            counting(name) { rows in
                                rows.setCounter(name, Int64(index))
                                rows.append(kind: "test", body: Array(name.utf8))
                                if index % 7 == 3 { throw Refusal() }
                                return name
                            })
                        if let outcome { names.append(outcome.value) }
                    }
                    return names
                }
            }
            return await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(acknowledged.count == tasks * (0..<writes).filter { $0 % 7 != 3 }.count)
        #expect(Set(try await store.counters().keys) == Set(acknowledged))
        let entries = try await store.entries()
        #expect(entries.map { String(decoding: $0.body, as: UTF8.self) }.sorted() == acknowledged.sorted())
        #expect(try await store.verify().entryCount == UInt64(acknowledged.count))
    }

    @Test("beyond the limit of waiting writes, a write is refused and nothing is done")
    func overload() async throws {
        var options = StoreOptions.test(directory)
        options.waitingWritesLimit = 2
        let store = try Store(opening: options)
        let results = try await together(
            store,
            (0..<5).map { (index: Int) in counting("\(index)") { $0.setCounter("\(index)", 1) } })
        let refused = results.filter {
            if case .failure(let error as StorageError) = $0 { error.code == .overloaded } else { false }
        }
        #expect(refused.count == 3)
        #expect(try await store.counters().count == 2)
    }

    @Test("a signer that fails loses the commit for everybody, and the next one works")
    func signerFails() async throws {
        let isBroken = Mutex(true)
        var options = StoreOptions.test(directory)
        options.logKey = LogKey(trustDomain: "quality.example", key: .test) { text in
            if isBroken.withLock({ $0 }) { throw Refusal() }
            return try SigningKey.test.signature(for: text)
        }
        let store = try Store(opening: options)
        let error = await #expect(throws: StorageError.self) {
            try await store.commit(
                counting("a") { rows in
                    rows.setCounter("a", 1)
                    rows.append(kind: "test", body: [])
                })
        }
        #expect(error?.code == .notSealed)
        #expect(try await store.counters().isEmpty)
        isBroken.withLock { $0 = false }
        let entry = try await store.deciding { $0.append(kind: "test", body: []) }
        #expect(entry.index == 0)
        #expect(try await store.verify() == LogVerification(entryCount: 1, groupCount: 1))
    }

    @Test("a hold refuses what comes and what waits, and ends with its last cause; reads go on")
    func holds() async throws {
        let store = try Store(opening: .test(directory))
        try await store.setCounter("a", 1)
        let clock = StorageError(.held, "the clock is wrong")
        let log = StorageError(.held, "the log is wrong")
        let waiting = try await together(store, [counting("a") { $0.setCounter("a", 2) }]) {
            store.hold(.clock, clock)
            store.hold(.log, log)
        }
        #expect(throws: log) { try waiting[0].get() }
        #expect(store.trouble == log)
        await #expect(throws: log) { try await store.setCounter("a", 3) }
        store.hold(.log, nil)
        #expect(store.trouble == clock)
        await #expect(throws: clock) { try await store.setCounter("a", 3) }
        #expect(try await store.counters() == ["a": 1])
        store.hold(.clock, nil)
        #expect(store.trouble == nil)
        try await store.setCounter("a", 4)
        #expect(try await store.counters() == ["a": 4])
    }
}
