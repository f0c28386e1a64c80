import Following
import Journal
import Messages
import RPC
import Storage
import Synchronization
import TestStores
import Testing
import Wire

@Suite struct JournalPublisherTests {
    let directory = TemporaryDirectory()

    private func cursor(_ store: Store) async throws -> TypeV1.Cursor {
        var frontier = CompactRange()
        let piece = try await store.logPiece(after: LogCursor(epoch: store.epoch, size: 0), limitBytes: .max)
        for entry in piece.entries {
            frontier.append(entry.logEntry(journalSHA256).leafHash(journalSHA256), journalSHA256)
        }
        return TypeV1.Cursor(
            epoch: store.epoch.bytes, size: frontier.size, root: frontier.root(journalSHA256).bytes)
    }

    private func all(_ source: Source, _ request: TypeV1.FollowRequest) async throws -> [TypeV1.FollowResponse] {
        var responses: [TypeV1.FollowResponse] = []
        for try await response in try await source.client.follow(request) { responses.append(response) }
        return responses
    }

    @Test("with stop_at_end the stream ends once everything was sent, marked in its last response")
    func stopsAtEnd() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<30)
        let responses = try await all(source, TypeV1.FollowRequest(stopAtEnd: true))
        #expect(responses.flatMap(\.entries).count == 30)
        #expect(responses.last?.atEnd == true)
        #expect(responses.allSatisfy { $0.epoch == source.store.epoch.bytes && $0.key == source.store.logKey?.text })
        #expect(responses.allSatisfy { !$0.checkpoint.isEmpty })
        let head = try await cursor(source.store)
        let rest = try await all(source, TypeV1.FollowRequest(cursor: head, stopAtEnd: true))
        #expect(rest.count == 1 && rest[0].entries.isEmpty && rest[0].atEnd)
    }

    /// A source whose publisher rests until it is woken, and says for how long it would.
    private func restingSource() throws -> (Source, rests: AsyncStream<Duration>, AsyncStream<Void>.Continuation) {
        let (rests, resting) = AsyncStream<Duration>.makeStream()
        let (awake, waking) = AsyncStream<Void>.makeStream()
        let source = try Source(
            directory: directory,
            rest: { duration in
                resting.yield(duration)
                for await _ in awake { return }
            })
        return (source, rests, waking)
    }

    @Test("after the end has been sent the publisher rests: what is appended meanwhile comes in one response")
    func rests() async throws {
        let (source, rests, waking) = try restingSource()
        try await source.append(0..<1)
        let responses = try await source.client.follow(TypeV1.FollowRequest())
        var (next, rest) = (responses.makeAsyncIterator(), rests.makeAsyncIterator())
        #expect(try await next.next()?.entries.count == 1)
        _ = await rest.next()
        for index in 1..<4 { try await source.append(index..<index + 1) }
        waking.yield()
        #expect(try await next.next()?.entries.map(\.body) == [1, 2, 3].map { Array("\($0)       ".utf8) })
        responses.cancel()
        waking.finish()
    }

    @Test("after much it rests longer than after little")
    func restsLonger() async throws {
        let (source, rests, waking) = try restingSource()
        let responses = try await source.client.follow(TypeV1.FollowRequest())
        var (next, rest) = (responses.makeAsyncIterator(), rests.makeAsyncIterator())
        #expect(try await next.next()?.entries.isEmpty == true)
        #expect(await rest.next() == JournalPublisher.restTime)
        for (bytes, time) in [(100_000, JournalPublisher.busyRestTime), (8, JournalPublisher.restTime)] {
            try await source.append(0..<1, bytes: bytes)
            waking.yield()
            #expect(try await next.next()?.entries.count == 1)
            #expect(await rest.next() == time)
        }
        responses.cancel()
        waking.finish()
    }

    @Test("an empty journal answers at once that it is at its end")
    func emptyJournal() async throws {
        let source = try Source(directory: directory)
        let responses = try await all(source, TypeV1.FollowRequest(stopAtEnd: true))
        #expect(responses.count == 1 && responses[0].entries.isEmpty && responses[0].atEnd)
    }

    @Test("a long journal comes in pieces of about a megabyte, only the last marked as the end")
    func pieces() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<40, bytes: 100_000)
        let responses = try await all(source, TypeV1.FollowRequest(stopAtEnd: true))
        #expect(responses.count > 3)
        for response in responses {
            #expect(response.entries.reduce(0) { $0 + $1.body.count } < JournalPublisher.responseBytes + 101_000)
        }
        #expect(responses.dropLast().allSatisfy { !$0.atEnd })
        #expect(responses.last?.atEnd == true)
    }

    @Test("from memory and from the store come the same responses, byte for byte those of a FollowResponse")
    func sameFromMemory() async throws {
        let source = try Source(directory: directory)
        for count in [1, 5, 2] { try await source.appendTogether(count) }
        let middle = LogCursor(epoch: source.store.epoch, size: 6)
        var answers: [[[TypeV1.FollowResponse]]] = []
        for _ in 0..<2 {
            var answer: [[TypeV1.FollowResponse]] = []
            for cursor in [nil, middle.message, source.store.journalHead.message] {
                answer.append(try await all(source, TypeV1.FollowRequest(cursor: cursor, stopAtEnd: true)))
            }
            answers.append(answer)
            for response in answer.flatMap({ $0 }) {
                let cursor = LogCursor(epoch: source.store.epoch, size: response.firstIndex).message
                let bytes = try await source.bytes(of: TypeV1.FollowRequest(cursor: cursor, stopAtEnd: true))
                #expect(bytes == (try response.encodedBytes()))
            }
            // Opened again, a store has nothing in memory.
            try source.reopenStore()
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].map { $0.flatMap(\.entries).count } == [8, 2, 0])
    }

    @Test("who is near the log's end is served from memory, however many they are; who lags has the store read first")
    func fromMemory() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<3)
        try source.reopenStore()
        try await source.append(3..<8)
        tamper(withStoreAt: "\(directory.path)/source-0.db", "DELETE FROM log_entry WHERE log_index >= 3")
        let near = LogCursor(epoch: source.store.epoch, size: 3)
        for _ in 0..<3 {
            let responses = try await all(source, TypeV1.FollowRequest(cursor: near.message, stopAtEnd: true))
            #expect(responses.flatMap(\.entries).count == 5)
        }
        #expect(try await all(source, TypeV1.FollowRequest(stopAtEnd: true)).map(\.entries.count) == [3, 5])
    }

    @Test("a cursor of another history is refused with ABORTED")
    func otherHistory() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<8)
        let good = try await cursor(source.store)
        var (otherRoot, otherEpoch, ahead) = (good, good, good)
        otherRoot.root = Array(repeating: 0, count: 32)
        otherEpoch.epoch = Array(repeating: 9, count: 16)
        (ahead.size, ahead.root) = (99, [])
        for request in [otherRoot, otherEpoch, ahead] {
            let error = await #expect(throws: RPCError.self) {
                try await all(source, TypeV1.FollowRequest(cursor: request, stopAtEnd: true))
            }
            #expect(error?.code == .aborted)
            #expect(error?.message.contains("rebuild") == true)
        }
    }

    @Test("a cursor that is none is INVALID_ARGUMENT")
    func malformed() async throws {
        let source = try Source(directory: directory)
        var shortRoot = try await cursor(source.store)
        shortRoot.root = [1]
        for request in [TypeV1.Cursor(epoch: [1, 2, 3]), shortRoot] {
            let error = await #expect(throws: RPCError.self) {
                try await all(source, TypeV1.FollowRequest(cursor: request, stopAtEnd: true))
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a log that cannot be read is an error of the service, which hears why")
    func unreadable() async throws {
        let heard = Mutex<[String]>([])
        let source = try Source(directory: directory) { error in
            heard.withLock { $0.append("\(error)") }
            return RPCError(.internal, "the service failed inside")
        }
        try await source.append(0..<8)
        try source.reopenStore()
        tamper(
            withStoreAt: "\(directory.path)/source-0.db", "DELETE FROM log_entry WHERE log_index = 3")
        let error = await #expect(throws: RPCError.self) {
            try await all(source, TypeV1.FollowRequest(stopAtEnd: true))
        }
        #expect(error?.code == .internal)
        #expect(heard.withLock { $0 } == ["entry 3 of the log is missing"])
    }

    @Test("a stream without stop_at_end goes on with what comes")
    func goesOn() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<3)
        let stream = try await source.client.follow(TypeV1.FollowRequest())
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.entries.count == 3)
        try await source.append(3..<4)
        #expect(try await iterator.next()?.entries.count == 1)
        stream.cancel()
    }

    @Test("a service that is about to stop lets its followers go with UNAVAILABLE, once they have what is there")
    func stopping() async throws {
        let source = try Source(directory: directory)
        try await source.append(0..<3)
        source.store.endWaits()
        let stream = try await source.client.follow(TypeV1.FollowRequest())
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.entries.count == 3)
        let error = await #expect(throws: RPCError.self) { try await iterator.next() }
        #expect(error?.code == .unavailable)
        try await source.append(3..<4)
    }

    @Test("a store that closes ends its streams with UNAVAILABLE")
    func closing() async throws {
        let source = try Source(directory: directory)
        let stream = try await source.client.follow(TypeV1.FollowRequest())
        var iterator = stream.makeAsyncIterator()
        _ = try await iterator.next()
        source.store.close()
        let error = await #expect(throws: RPCError.self) { try await iterator.next() }
        #expect(error?.code == .unavailable)
    }
}
