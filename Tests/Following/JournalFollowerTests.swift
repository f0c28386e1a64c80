import Following
import Journal
import Messages
import RPC
import Storage
import Synchronization
import TestStores
import Testing
import Wire

@Suite struct JournalFollowerTests {
    let directory = TemporaryDirectory()

    /// Runs `follower` while `body` does.
    private func running(_ follower: JournalFollower, _ body: () async throws -> Void) async throws {
        let task = Task { try await follower.run() }
        defer { task.cancel() }
        try await body()
        task.cancel()
        try await task.value
    }

    @Test("every entry takes effect once, across restarts of the follower and while the journal grows")
    func exactlyOnceAcrossRestarts() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        for round in 0..<5 {
            try await source.append(round * 40..<round * 40 + 20)
            let follower = notes.follower(of: source)
            try await running(follower) {
                try await source.append(round * 40 + 20..<round * 40 + 40)
                try await follower.waitUntil(source.store.journalHeads)
            }
            #expect(try await notes.bodies() == Array(0..<(round + 1) * 40))
        }
        #expect(try await notes.store.read { try $0.followerCursor(of: "submission") } == source.store.journalHeads)
    }

    @Test("a lost connection is made again, from the cursor")
    func reconnects() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        let delays = DelayRecord()
        let follower = notes.follower(of: source, delays: delays)
        try await running(follower) {
            for round in 0..<4 {
                try await source.append(round * 10..<round * 10 + 10)
                try await follower.waitUntil(source.store.journalHeads)
                source.transport.endOpenCalls(RPCError(.unavailable, "lost"))
            }
            try await source.append(40..<50)
            try await follower.waitUntil(source.store.journalHeads)
        }
        #expect(try await notes.bodies() == Array(0..<50))
        // Each loss came after an answer, so that the wait never grew.
        #expect(!delays.all.isEmpty && delays.all.allSatisfy { $0 == .seconds(1) })
    }

    @Test("a batch whose effect fails leaves nothing behind and is tried again")
    func failingEffect() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        try await source.append(0..<10)
        let failures = Mutex(3)
        let follower = notes.follower(
            of: source,
            before: { _ in
                let isFailing = failures.withLock { count in
                    count -= 1
                    return count >= 0
                }
                if isFailing { throw Refusal() }
            })
        try await running(follower) {
            try await follower.waitUntil(source.store.journalHeads)
        }
        #expect(try await notes.bodies() == Array(0..<10))
        #expect(source.callCount == 4)
    }

    @Test("when the journal is another one, everything that came from it is built again", arguments: [4, 2])
    func rebuilds(partitionCount: Int) async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        try await source.append(0..<10)
        let follower = notes.follower(of: source)
        try await running(follower) {
            try await follower.waitUntil(source.store.journalHeads)
            try source.replaceStore(partitionCount: partitionCount)
            try await source.append(100..<103)
            source.transport.endOpenCalls(RPCError(.unavailable, "restored"))
            try await follower.waitUntil(source.store.journalHeads)
        }
        #expect(try await notes.bodies() == [100, 101, 102])
        #expect(try await notes.store.read { try $0.followerCursor(of: "submission") } == source.store.journalHeads)
    }

    @Test("an entry that does not continue the chain never takes effect", arguments: [0, 1, 2, 3])
    func tampered(kind: Int) async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        try await source.append(0..<8)
        let delays = DelayRecord(limit: 3)
        let epoch = source.store.epoch
        let entries = try await source.store.journalEntries(
            after: JournalCursor(startOf: epoch, partitionCount: 4), limitBytes: .max)
        var messages = entries.map { entry in
            TypeV1.JournalEntry(
                partition: entry.partition, sequence: entry.sequence, previousHash: entry.previousHash.bytes,
                hash: entry.hash.bytes, sealedUnixUs: entry.sealedUnixMicroseconds, kind: entry.kind,
                statement: entry.statement, body: entry.body)
        }
        switch kind {
        case 0: messages[1].body = [1]
        case 1: messages.remove(at: 0)
        case 2: messages[1].previousHash = Array(repeating: 0, count: 32)
        default: messages[1].hash = [1]
        }
        var router = Router()
        let response = TypeV1.FollowResponse(
            entries: messages, atEnd: true, epoch: epoch.bytes, partitionCount: 4)
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(
                SubmissionV1.SubmissionService.Methods.follow
            ) { (_, responses, _) throws(RPCError) in
                try await responses.write(response)
            })
        let caller = try #require(CallerIdentity(uri: "spiffe://test/service/statistics"))
        let client = SubmissionV1.SubmissionServiceClient(InProcessTransport(router, caller: caller))
        let follower = notes.follower(of: source, delays: delays) { (request) throws(RPCError) in
            try await client.follow(request)
        }
        try await follower.run()
        #expect(try await notes.bodies().isEmpty)
        #expect(delays.all.count == 3)
        guard case .failing = follower.progress.condition else {
            Issue.record("the follower counts as \(follower.progress.condition)")
            return
        }
    }

    @Test("attempts are spaced 1 s x 1.6 up to 3 s: what is missed meanwhile is late")
    func backoff() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        let delays = DelayRecord(limit: 14)
        let follower = notes.follower(of: source, delays: delays) { (_) throws(RPCError) in
            throw RPCError(.unavailable, "nobody there")
        }
        try await follower.run()
        let seconds = delays.all.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 }
        for (before, after) in zip(seconds, seconds.dropFirst()) {
            #expect(abs(after - min(3, before * 1.6)) < 0.000_001)
        }
        #expect(seconds.first == 1 && seconds.last == 3)
    }

    @Test("a wait for a place that has not been reached ends with its task")
    func cancelledWait() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        let follower = notes.follower(of: source)
        let position = JournalPosition(epoch: source.store.epoch, partition: 0, sequence: 1)
        let task = Task { try await follower.waitUntil(position) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("an empty journal is current, and its cursor is known")
    func emptyJournal() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        let follower = notes.follower(of: source)
        try await running(follower) {
            try await follower.waitUntil(source.store.journalHeads)
            #expect(follower.progress.condition == .current)
        }
    }
}
