import Journal
import Storage
import TestStores
import Testing

@Suite struct JournalTests {
    let directory = TemporaryDirectory()

    private func filled(_ count: Int) async throws -> Store {
        let store = try Store(opening: .test(directory))
        for index in 0..<count {
            try await store.deciding { $0.append(kind: "test", body: [UInt8(truncatingIfNeeded: index)]) }
        }
        return store
    }

    @Test("entries are gapless, and the tree over them is the one that each checkpoint signs")
    func gapless() async throws {
        let store = try await filled(20)
        let key = try #require(store.logKey)
        var follower = LogFollower(origin: key.name, verified: CompactRange())
        while follower.verified.size < 20 {
            let cursor = LogCursor(epoch: store.epoch, size: follower.verified.size)
            let piece = try await store.logPiece(after: cursor, limitBytes: 1)
            #expect(piece.entries.count == 1)
            for entry in piece.entries {
                try follower.take(entry.logEntry(journalSHA256), body: entry.body, at: entry.index, journalSHA256)
            }
            let checkpoint = try SignedCheckpoint(parsing: Array(try #require(piece.checkpoint).utf8))
            try follower.reach(checkpoint, keys: [key], journalSHA256, isValid: NoteKey.signatureCheck)
        }
        #expect(store.journalHead == LogCursor(epoch: store.epoch, size: 20))
    }

    @Test("reading goes on from a cursor, a limited piece at a time, each with its checkpoint")
    func pieces() async throws {
        let store = try await filled(20)
        var cursor = LogCursor(epoch: store.epoch, size: 0)
        var pieces = 0
        while !cursor.covers(store.journalHead) {
            let piece = try await store.logPiece(after: cursor, limitBytes: 150)
            #expect((1...3).contains(piece.entries.count))
            #expect(piece.entries.map(\.index) == Array(cursor.size..<cursor.size + UInt64(piece.entries.count)))
            cursor.size += UInt64(piece.entries.count)
            let checkpoint = try SignedCheckpoint(parsing: Array(try #require(piece.checkpoint).utf8))
            #expect(checkpoint.checkpoint.size == cursor.size)
            pieces += 1
        }
        #expect(pieces >= 7)
        let rest = try await store.logPiece(after: cursor, limitBytes: 250)
        #expect(rest.entries.isEmpty && rest.checkpoint != nil)
    }

    @Test(
        "of a group commit that is too large for a piece a part comes, without a checkpoint; a piece ends with a group")
    func largeGroups() async throws {
        let store = try await filled(2)
        try await store.deciding { rows in for index in 0..<10 { rows.append(kind: "test", body: [UInt8(index)]) } }
        let first = try await store.logPiece(after: LogCursor(epoch: store.epoch, size: 0), limitBytes: 300)
        #expect(first.entries.count == 2 && first.checkpoint != nil)
        var sizes: [Int] = []
        var cursor = LogCursor(epoch: store.epoch, size: 2)
        while cursor.size < 12 {
            let piece = try await store.logPiece(after: cursor, limitBytes: 200)
            cursor.size += UInt64(piece.entries.count)
            sizes.append(piece.entries.count)
            #expect((piece.checkpoint == nil) == (cursor.size < 12))
        }
        #expect(sizes.count > 1)
    }

    @Test("a cursor of another history is refused, and the answer says rebuild")
    func otherHistory() async throws {
        let store = try await filled(6)
        let epoch = store.epoch
        let otherEpoch = JournalEpoch(Array(repeating: 1, count: 16))!
        for cursor in [
            LogCursor(epoch: epoch, size: 7), LogCursor(epoch: epoch, size: .max),
            LogCursor(epoch: otherEpoch, size: 6),
        ] {
            let error = await #expect(throws: StorageError.self) {
                try await store.logPiece(after: cursor, limitBytes: .max)
            }
            #expect(error?.code == .cursorOfAnotherHistory)
            #expect(error?.message.contains("rebuild") == true)
            await #expect(throws: StorageError.self) { try await store.check(cursor, root: .zero) }
        }
    }

    @Test("the root at any size is known, also across full tiles, and a wrong one is another history's")
    func roots() async throws {
        let store = try await filled(3)
        for count in [250, 40, 300] {
            try await store.deciding { rows in for _ in 0..<count { rows.append(kind: "test", body: [1]) } }
        }
        var frontier = CompactRange()
        for entry in try await store.entries() {
            frontier.append(entry.logEntry(journalSHA256).leafHash(journalSHA256), journalSHA256)
            guard [1, 3, 255, 256, 257, 512, 593].contains(frontier.size) else { continue }
            let cursor = LogCursor(epoch: store.epoch, size: frontier.size)
            try await store.check(cursor, root: frontier.root(journalSHA256))
            await #expect(throws: StorageError.self) { try await store.check(cursor, root: .zero) }
        }
        #expect(frontier.size == 593)
        // The end is found again, and goes on.
        store.close()
        let again = try Store(opening: .test(directory))
        try await again.deciding { $0.append(kind: "test", body: [2]) }
        #expect(try await again.verify() == LogVerification(entryCount: 594, groupCount: 7))
    }

    @Test(
        "an altered row does not verify",
        arguments: [
            "UPDATE log_entry SET body = ? WHERE log_index = 2",
            "UPDATE log_entry SET statement = ? WHERE log_index = 2",
            "UPDATE log_entry SET sealed_unix_us = length(?) WHERE log_index = 2",
            "UPDATE log_group SET leaves = ? WHERE first_index = 3",
            "UPDATE log_group SET frontier = ? WHERE first_index = 3",
            "UPDATE log_group SET checkpoint = (SELECT checkpoint FROM log_group WHERE first_index = length(?) - 30) "
                + "WHERE first_index = 3",
            "UPDATE log_tile SET hashes = ? WHERE tile_index = 0",
        ])
    func altered(sql: String) async throws {
        let store = try await filled(9)
        try await store.deciding { rows in for _ in 0..<260 { rows.append(kind: "test", body: [1]) } }
        _ = try await store.verify()
        tamper(withStoreAt: directory.file("store.db"), sql, Array(repeating: 1, count: 32))
        let error = await #expect(throws: StorageError.self) { try await store.verify() }
        #expect(error?.code == .journalBroken)
    }

    @Test(
        "a removed row does not verify",
        arguments: [
            "DELETE FROM log_entry WHERE log_index = 0",
            "DELETE FROM log_entry WHERE log_index = 8",
            "DELETE FROM log_group WHERE first_index = 8",
        ])
    func removed(sql: String) async throws {
        let store = try await filled(9)
        tamper(withStoreAt: directory.file("store.db"), sql)
        let error = await #expect(throws: StorageError.self) { try await store.verify() }
        #expect(error?.code == .journalBroken)
    }

    @Test("a log does not verify under another key")
    func otherKey() async throws {
        let store = try await filled(2)
        let key = try #require(store.logKey)
        let other = try NoteKey(name: key.name, publicKey: Array(repeating: 9, count: 32), journalSHA256)
        await #expect(throws: StorageError.self) { try await store.verifyLog(key: other) }
    }

    @Test("who waits for entries is woken by the commit that appends one")
    func waiting() async throws {
        let store = try await filled(3)
        let known = store.journalHead
        async let waited: Void = store.waitForEntries(beyond: known)
        try await store.setCounter("no entry", 1)
        try await store.deciding { $0.append(kind: "test", body: []) }
        try await waited
        #expect(store.journalHead.size == 4)
        // At once, when it is there already.
        try await store.waitForEntries(beyond: known)
    }

    @Test("a wait that is cancelled ends")
    func cancelledWait() async throws {
        let store = try await filled(1)
        let task = Task { try await store.waitForEntries(beyond: store.journalHead) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("there is no proof of what is not in the log")
    func noProof() async throws {
        let store = try await filled(1)
        for index: UInt64 in [1, .max] {
            #expect(try await store.proof(at: JournalPosition(epoch: store.epoch, index: index)) == nil)
        }
        let foreign = JournalPosition(epoch: JournalEpoch(Array(repeating: 1, count: 16))!, index: 0)
        #expect(try await store.proof(at: foreign) == nil)
    }

    @Test("a store without a key appends nothing, and says so")
    func noKey() async throws {
        var options = StoreOptions.test(directory)
        options.logKey = nil
        let store = try Store(opening: options)
        let error = await #expect(throws: StorageError.self) {
            try await store.deciding { $0.append(kind: "test", body: []) }
        }
        #expect(error?.code == .notSealed)
        try await store.setCounter("a", 1)
    }
}

@Suite struct FollowedLogTests {
    let directory = TemporaryDirectory()

    private func followed(_ epoch: UInt8, _ size: Int) throws -> FollowedLog {
        var frontier = CompactRange()
        for _ in 0..<size { frontier.append(.zero, journalSHA256) }
        return FollowedLog(
            epoch: try #require(JournalEpoch(Array(repeating: epoch, count: 16))), frontier: frontier, key: "a key")
    }

    @Test("how far a log was followed is stored with the effect or not at all")
    func storedWithTheEffect() async throws {
        let store = try Store(opening: .test(directory))
        #expect(try await store.read { try $0.followedLog("registry") } == nil)
        let place = try followed(1, 3)
        try await store.commit(Moving(to: place))
        let further = try followed(1, 4)
        await #expect(throws: Refusal.self) { try await store.commit(Moving(to: further, fails: true)) }
        #expect(try await store.read { try $0.followedLog("registry") } == place)
        #expect(try await store.read { try $0.followedLog("submission") } == nil)
    }

    @Test("a rebuild forgets it, and another epoch's takes its place")
    func replaced() async throws {
        let store = try Store(opening: .test(directory))
        try await store.commit(Moving(to: try followed(1, 4)))
        try await store.commit(Leaving())
        #expect(try await store.read { try $0.followedLog("registry") } == nil)
        for epoch: UInt8 in [2, 3] {
            let new = try followed(epoch, 0)
            try await store.commit(Moving(to: new))
            #expect(try await store.read { try $0.followedLog("registry") } == new)
        }
    }

    /// Forgets the registry's log.
    private struct Leaving: Decision {
        var isAlone: Bool { true }

        func load(_ rows: WorkingSet) {}

        func decide(_ rows: WorkingSet) { rows.forgetFollowedLog("registry") }
    }

    /// Notes how far the registry's log was followed.
    private struct Moving: Decision {
        let place: FollowedLog
        let fails: Bool

        init(to place: FollowedLog, fails: Bool = false) {
            self.place = place
            self.fails = fails
        }

        func load(_ rows: WorkingSet) { rows.wantFollowedLog("registry") }

        func decide(_ rows: WorkingSet) throws {
            rows.setFollowedLog(place, "registry")
            if fails { throw Refusal() }
            #expect(rows.followedLog("registry") == place)
        }
    }
}
