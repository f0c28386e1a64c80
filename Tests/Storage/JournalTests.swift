import Journal
import Storage
import TestStores
import Testing

@Suite struct JournalTests {
    let directory = TemporaryDirectory()

    private func filled(_ count: Int) async throws -> Store {
        let store = try Store(opening: .test(directory))
        for index in 0..<count {
            try await store.deciding { $0.append(partition: UInt32(index % 3), kind: "test", body: [UInt8(index)]) }
        }
        return store
    }

    @Test("sequences are gapless and entries chained in each partition")
    func gaplessAndChained() async throws {
        let store = try await filled(20)
        var cursor = JournalCursor(startOf: store.epoch, partitionCount: 4)
        let entries = try await store.journalEntries(after: cursor, limitBytes: .max)
        for entry in entries { try cursor.advance(over: entry, journalSHA256) }
        #expect(cursor == store.journalHeads)
        #expect(cursor.places.map(\.sequence) == [7, 7, 6, 0])
    }

    @Test("reading goes on from a cursor, a limited piece at a time")
    func pieces() async throws {
        let store = try await filled(20)
        var cursor = JournalCursor(startOf: store.epoch, partitionCount: 4)
        var pieces = 0
        while !cursor.covers(store.journalHeads) {
            let entries = try await store.journalEntries(after: cursor, limitBytes: 250)
            #expect((1...3).contains(entries.count))
            for entry in entries { try cursor.advance(over: entry, journalSHA256) }
            pieces += 1
        }
        #expect(pieces >= 7)
        #expect(try await store.journalEntries(after: cursor, limitBytes: 250).isEmpty)
    }

    @Test("a cursor of another history is refused, and the answer says rebuild")
    func otherHistory() async throws {
        let store = try await filled(6)
        let good = store.journalHeads
        var otherHash = good
        otherHash.places[1].hash = .zero
        var ahead = good
        ahead.places[2].sequence = 99
        var impossible = good
        impossible.places[2].sequence = .max
        var beforeTheFirst = good
        beforeTheFirst.places[3].hash = good.places[0].hash
        let otherEpoch = JournalCursor(epoch: JournalEpoch(Array(repeating: 1, count: 16))!, places: good.places)
        for cursor in [otherHash, ahead, impossible, beforeTheFirst, otherEpoch] {
            let error = await #expect(throws: StorageError.self) {
                try await store.journalEntries(after: cursor, limitBytes: .max)
            }
            #expect(error?.code == .cursorOfAnotherHistory)
            #expect(error?.message.contains("rebuild") == true)
        }
    }

    @Test(
        "an altered row does not verify",
        arguments: [
            "UPDATE journal_entry SET body = ? WHERE partition = 1 AND sequence = 2",
            "UPDATE journal_entry SET previous_hash = ? WHERE partition = 1 AND sequence = 2",
            "UPDATE journal_seal SET leaves = ? WHERE number = 3",
            "UPDATE journal_seal SET signature = ? WHERE number = 3",
            "UPDATE journal_seal SET root = ? WHERE number = 3",
        ])
    func altered(sql: String) async throws {
        let store = try await filled(9)
        _ = try await store.verify()
        tamper(withStoreAt: directory.file("store.db"), sql, Array(repeating: 1, count: 32))
        let error = await #expect(throws: StorageError.self) { try await store.verify() }
        #expect(error?.code == .journalBroken)
    }

    @Test(
        "a removed row does not verify",
        arguments: [
            "DELETE FROM journal_entry WHERE partition = 0 AND sequence = 1",
            "DELETE FROM journal_entry WHERE partition = 0 AND sequence = 3",
            "DELETE FROM journal_seal WHERE number = 9",
        ])
    func removed(sql: String) async throws {
        let store = try await filled(9)
        tamper(withStoreAt: directory.file("store.db"), sql)
        let error = await #expect(throws: StorageError.self) { try await store.verify() }
        #expect(error?.code == .journalBroken)
    }

    @Test("who waits for entries is woken by the commit that appends one")
    func waiting() async throws {
        let store = try await filled(3)
        let known = store.journalHeads
        async let waited: Void = store.waitForEntries(beyond: known)
        try await store.setCounter("no entry", 1)
        try await store.deciding { $0.append(partition: 3, kind: "test", body: []) }
        try await waited
        #expect(store.journalHeads.places[3].sequence == 1)
        // At once, when it is there already.
        try await store.waitForEntries(beyond: known)
    }

    @Test("a wait that is cancelled ends")
    func cancelledWait() async throws {
        let store = try await filled(1)
        let task = Task { try await store.waitForEntries(beyond: store.journalHeads) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("there is no proof of what is not in the journal")
    func noProof() async throws {
        let store = try await filled(1)
        let places: [(UInt32, UInt64)] = [(0, 2), (1, 1), (9, 1), (0, .max)]
        for (partition, sequence) in places {
            let position = JournalPosition(epoch: store.epoch, partition: partition, sequence: sequence)
            #expect(try await store.proof(at: position) == nil)
        }
        let foreign = JournalPosition(epoch: JournalEpoch(Array(repeating: 1, count: 16))!, partition: 0, sequence: 1)
        #expect(try await store.proof(at: foreign) == nil)
    }
}

@Suite struct FollowerCursorTests {
    let directory = TemporaryDirectory()
    let epoch = JournalEpoch(Array(repeating: 1, count: 16))!

    @Test("a follower's cursor is stored with the effect or not at all")
    func storedWithTheEffect() async throws {
        let store = try Store(opening: .test(directory))
        #expect(try await store.read { try $0.followerCursor(of: "registry") } == nil)
        let place = JournalCursor.Place(sequence: 3, hash: journalSHA256(UnsafeRawBufferPointer(start: nil, count: 0)))
        let cursor = JournalCursor(epoch: epoch, places: [.start, place])
        try await store.commit(Moving(to: cursor))
        let further = JournalCursor(epoch: epoch, places: [place, place])
        await #expect(throws: Refusal.self) { try await store.commit(Moving(to: further, fails: true)) }
        #expect(try await store.read { try $0.followerCursor(of: "registry") } == cursor)
        #expect(try await store.read { try $0.followerCursor(of: "submission") } == nil)
    }

    @Test("a rebuild forgets the cursor, and another epoch's takes its place")
    func replaced() async throws {
        let store = try Store(opening: .test(directory))
        try await store.commit(Moving(to: JournalCursor(startOf: epoch, partitionCount: 4)))
        try await store.commit(Leaving())
        #expect(try await store.read { try $0.followerCursor(of: "registry") } == nil)
        for epoch: UInt8 in [2, 3] {
            let new = JournalCursor(startOf: JournalEpoch(Array(repeating: epoch, count: 16))!, partitionCount: 2)
            try await store.commit(Moving(to: new))
            #expect(try await store.read { try $0.followerCursor(of: "registry") } == new)
        }
    }

    /// Forgets the cursor into the registry's journal.
    private struct Leaving: Decision {
        var isAlone: Bool { true }

        func load(_ rows: WorkingSet) {}

        func decide(_ rows: WorkingSet) { rows.forgetFollowerCursor(of: "registry") }
    }

    /// Sets the cursor into the registry's journal.
    private struct Moving: Decision {
        let cursor: JournalCursor
        let fails: Bool

        init(to cursor: JournalCursor, fails: Bool = false) {
            self.cursor = cursor
            self.fails = fails
        }

        func load(_ rows: WorkingSet) {
            rows.wantFollowerCursor(of: "registry", partitionCount: cursor.places.count)
        }

        func decide(_ rows: WorkingSet) throws {
            rows.setFollowerCursor(cursor, of: "registry")
            if fails { throw Refusal() }
            #expect(try rows.followerCursor(of: "registry", partitionCount: cursor.places.count) == cursor)
        }
    }
}
