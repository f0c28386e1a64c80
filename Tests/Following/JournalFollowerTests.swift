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
                try await follower.waitUntil(source.store.journalHead)
            }
            #expect(try await notes.bodies() == Array(0..<(round + 1) * 40))
        }
        #expect(try await notes.store.read { try $0.followedLog("submission") }?.cursor == source.store.journalHead)
    }

    @Test(
        "copies of a service that follow into one store: each entry takes effect once, and each copy comes to the end")
    func copies() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        let followers = [notes.follower(of: source), notes.follower(of: source), notes.follower(of: source)]
        try await running(followers[0]) {
            try await running(followers[1]) {
                try await running(followers[2]) {
                    for round in 0..<10 {
                        try await source.append(round * 20..<round * 20 + 20)
                        if round % 3 == 2 { source.transport.endOpenCalls(RPCError(.unavailable, "lost")) }
                    }
                    for follower in followers { try await follower.waitUntil(source.store.journalHead) }
                }
            }
            #expect(try await notes.bodies() == Array(0..<200))
            try source.replaceStore()
            try await source.append(100..<103)
            try await running(followers[1]) {
                source.transport.endOpenCalls(RPCError(.unavailable, "restored"))
                for follower in followers.prefix(2) { try await follower.waitUntil(source.store.journalHead) }
            }
        }
        #expect(try await notes.bodies() == [100, 101, 102])
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
                try await follower.waitUntil(source.store.journalHead)
                source.transport.endOpenCalls(RPCError(.unavailable, "lost"))
            }
            try await source.append(40..<50)
            try await follower.waitUntil(source.store.journalHead)
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
            try await follower.waitUntil(source.store.journalHead)
        }
        #expect(try await notes.bodies() == Array(0..<10))
        #expect(source.callCount == 4)
    }

    @Test("when the journal is another one, everything that came from it is built again")
    func rebuilds() async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        try await source.append(0..<10)
        let follower = notes.follower(of: source)
        try await running(follower) {
            try await follower.waitUntil(source.store.journalHead)
            try source.replaceStore()
            try await source.append(100..<103)
            source.transport.endOpenCalls(RPCError(.unavailable, "restored"))
            try await follower.waitUntil(source.store.journalHead)
        }
        #expect(try await notes.bodies() == [100, 101, 102])
        #expect(try await notes.store.read { try $0.followedLog("submission") }?.cursor == source.store.journalHead)
    }

    /// What may be wrong with what comes.
    enum Tampering: CaseIterable, Sendable {
        case body, statement, instant, order, missingEntry, noCheckpoint, damagedCheckpoint, shorterCheckpoint
        case otherKey, otherServicesKey, noKey, otherOrigin, laterIndex
    }

    @Test("what does not continue the log never takes effect", arguments: Tampering.allCases)
    func tampered(with what: Tampering) async throws {
        let source = try Source(directory: directory)
        let notes = try Notes(directory: directory)
        try await source.append(0..<8)
        let delays = DelayRecord(limit: 3)
        let epoch = source.store.epoch
        let piece = try await source.store.logPiece(after: LogCursor(epoch: epoch, size: 0), limitBytes: .max)
        let shorter = try await source.store.logPiece(after: LogCursor(epoch: epoch, size: 0), limitBytes: 1)
        var response = TypeV1.FollowResponse(
            epoch: epoch.bytes,
            entries: piece.entries.map {
                TypeV1.JournalEntry(
                    sealedUnixUs: $0.sealedUnixMicroseconds, kind: $0.kind, statement: $0.statement, body: $0.body)
            }, atEnd: true, checkpoint: try #require(piece.checkpoint), key: try #require(source.store.logKey).text)
        let other = try NoteKey(
            name: source.store.logKey?.name ?? "", publicKey: Array(repeating: 9, count: 32), journalSHA256)
        switch what {
        case .body: response.entries[1].body = [1]
        case .statement: response.entries[1].statement = [1]
        case .instant: response.entries[1].sealedUnixUs += 1
        case .order: response.entries.swapAt(1, 2)
        case .missingEntry: response.entries.remove(at: 0)
        case .noCheckpoint: response.checkpoint = ""
        case .damagedCheckpoint: response.checkpoint = response.checkpoint.replacing("\n8\n", with: "\n08\n")
        case .shorterCheckpoint: response.checkpoint = try #require(shorter.checkpoint)
        case .otherKey: response.key = other.text
        case .otherServicesKey:
            let name = try #require(
                LogOrigin.of(trustDomain: "quality.example", service: "registry", epoch: source.store.epoch))
            let verifying = try #require(source.store.logKey).publicKey
            response.key = try NoteKey(name: name, publicKey: verifying, journalSHA256).text
        case .noKey: response.key = ""
        case .otherOrigin: response.checkpoint = response.checkpoint.replacing("quality.example", with: "other.example")
        case .laterIndex: response.firstIndex = 1
        }
        var router = Router()
        let sent = response
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(
                SubmissionV1.SubmissionService.Methods.follow
            ) { (_, responses, _) throws(RPCError) in
                try await responses.write(sent)
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
        let position = JournalPosition(epoch: source.store.epoch, index: 0)
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
            try await follower.waitUntil(source.store.journalHead)
            #expect(follower.progress.condition == .current)
        }
    }
}
