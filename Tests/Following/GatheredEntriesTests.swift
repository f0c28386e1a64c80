import Journal
import Messages
import Storage
import Synchronization
import TestStores
import Testing

@testable import Following

@Suite("What came, on its way into a transaction") struct GatheredEntriesTests {
    let directory = TemporaryDirectory()

    /// The journal of `source` as a follower is sent it that is always near its end: a response an entry.
    private func responses(of source: Source, _ count: Int) async throws -> [TypeV1.FollowResponse] {
        var responses: [TypeV1.FollowResponse] = []
        for index in 0..<count {
            try await source.append(index..<index + 1)
            responses += try await source.responses(after: UInt64(index))
        }
        return responses
    }

    /// Has them read as one call brings them.
    private final class Reading: Sendable {
        let gathered = GatheredEntries()
        private let log: Mutex<IncomingLog>

        init(_ first: TypeV1.FollowResponse) throws {
            log = Mutex(try IncomingLog(first, of: "submission", known: nil))
        }

        func add(_ response: TypeV1.FollowResponse) async throws {
            let (entries, end) = try log.withLock { try $0.take(response) }
            try await gathered.add(entries, end)
        }
    }

    @Test("what has come by then shares a transaction, under its last checkpoint")
    func shared() async throws {
        let source = try Source(directory: directory)
        let responses = try await responses(of: source, 4)
        let reading = try Reading(responses[0])
        for response in responses[..<3] { try await reading.add(response) }
        let next = try #require(try await reading.gathered.next())
        #expect(next.entries.map(\.index) == [0, 1, 2])
        #expect(try next.end.verified().cursor.size == 3)
        #expect(next.end.checkpoint == responses[2].checkpoint)
        try await reading.add(responses[3])
        #expect(try await reading.gathered.next()?.entries.map(\.index) == [3])
    }

    @Test("nothing takes effect that no checkpoint has covered")
    func uncovered() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<1)
        try await source.appendTogether(3)
        let first = try await source.responses(after: 0)
        let piece = try #require(first.first)
        // The group commit in two responses, as one comes that is too large for one.
        var (alone, part, rest) = (piece, piece, piece)
        alone.entries = Array(piece.entries[..<1])
        alone.checkpoint = try #require(
            try await source.store.logPiece(after: LogCursor(epoch: source.store.epoch, size: 0), limitBytes: 1)
                .checkpoint)
        (part.firstIndex, part.entries, part.checkpoint, part.atEnd) = (1, Array(piece.entries[1..<3]), "", false)
        (rest.firstIndex, rest.entries) = (3, Array(piece.entries[3...]))
        let reading = try Reading(alone)
        try await reading.add(alone)
        try await reading.add(part)
        #expect(try await reading.gathered.next()?.entries.map(\.index) == [0])
        try await reading.add(rest)
        let next = try #require(try await reading.gathered.next())
        #expect(next.entries.map(\.index) == [1, 2, 3])
        #expect(try next.end.verified().cursor.size == 4)
    }

    @Test("the last checkpoint is checked against all that came, whatever those before it were")
    func lastCheckpoint() async throws {
        let source = try Source(directory: directory)
        var responses = try await responses(of: source, 3)
        responses[1].entries[0].body = [1]
        let reading = try Reading(responses[0])
        for response in responses { try await reading.add(response) }
        let next = try #require(try await reading.gathered.next())
        #expect(throws: LogFollower.Break.self) { try next.end.verified() }
    }

    @Test("the other side waits while as much lies here as one transaction should have")
    func bounded() async throws {
        let source = try Source(directory: directory)
        try await source.appendTogether(GatheredEntries.countLimit)
        let large = try #require(try await source.responses(after: 0).first)
        let reading = try Reading(large)
        let isAdded = Mutex(false)
        let adding = Task {
            try await reading.add(large)
            isAdded.withLock { $0 = true }
        }
        // More than it takes to add, if nothing held it up.
        for _ in 0..<1_000 { await Task.yield() }
        #expect(!isAdded.withLock { $0 })
        #expect(try await reading.gathered.next()?.entries.count == GatheredEntries.countLimit)
        try await adding.value
        #expect(isAdded.withLock { $0 })
    }

    @Test("when the call ends, what it brought comes first, then how it ended")
    func ends() async throws {
        let source = try Source(directory: directory)
        let responses = try await responses(of: source, 1)
        for outcome in [.success(()), .failure(Refusal())] as [Result<Void, any Error>] {
            let reading = try Reading(responses[0])
            try await reading.add(responses[0])
            reading.gathered.finish(outcome)
            let next = try await reading.gathered.next()
            #expect(next?.entries.count == 1)
            switch outcome {
            case .success: #expect(try await reading.gathered.next() == nil)
            case .failure: await #expect(throws: Refusal.self) { _ = try await reading.gathered.next() }
            }
        }
    }
}
