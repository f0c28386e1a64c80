import Following
import Glibc
import Journal
import Logging
import Messages
import RPC
import Storage
import Synchronization
import TestStores

/// A service with a journal, reached inside the process.
final class Source: Sendable {
    private let directory: TemporaryDirectory
    let transport: InProcessTransport
    private let holder: Holder

    private final class Holder: Sendable {
        let store: Mutex<Store>
        let calls = Mutex(0)

        init(_ store: Store) { self.store = Mutex(store) }
    }

    init(
        directory: TemporaryDirectory,
        status: @escaping @Sendable (any Error) -> RPCError = { RPCError(wrapping: $0) },
        rest: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) throws {
        self.directory = directory
        let store = try Self.makeStore(directory, "source-0")
        let holder = Holder(store)
        self.holder = holder
        var router = Router()
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(
                SubmissionV1.SubmissionService.Methods.follow
            ) { (request, responses, _) throws(RPCError) in
                holder.calls.withLock { $0 += 1 }
                try await JournalPublisher(holder.store.withLock { $0 }, status: status, rest: rest)
                    .follow(request, responses: responses)
            })
        guard let caller = CallerIdentity(uri: "spiffe://test/service/statistics") else {
            preconditionFailure("an identity")
        }
        transport = InProcessTransport(router, caller: caller)
    }

    private static func makeStore(_ directory: TemporaryDirectory, _ name: String) throws -> Store {
        try Store(
            opening: StoreOptions(testing: "submission", at: directory.file("\(name).db")))
    }

    var store: Store { holder.store.withLock { $0 } }

    var callCount: Int { holder.calls.withLock { $0 } }

    var client: SubmissionV1.SubmissionServiceClient { SubmissionV1.SubmissionServiceClient(transport) }

    /// Puts another journal in the place of this one.
    func replaceStore() throws {
        let store = try Self.makeStore(directory, "source-1")
        holder.store.withLock { $0 = store }
    }

    /// Closes the store and opens it again: nothing of its journal is in memory then.
    func reopenStore() throws {
        store.close()
        let store = try Self.makeStore(directory, "source-0")
        holder.store.withLock { $0 = store }
    }

    /// Appends so many entries in one group commit.
    func appendTogether(_ count: Int) async throws {
        try await store.deciding { rows in
            for index in 0..<count { rows.append(kind: "test", body: [UInt8(truncatingIfNeeded: index)]) }
        }
    }

    /// The first response as it comes over the wire.
    func bytes(of request: TypeV1.FollowRequest) async throws -> [UInt8] {
        let call = try await transport.open(SubmissionV1.SubmissionService.Methods.follow, options: CallOptions())
        try await call.send(request)
        call.finishSending()
        return try await call.receive(RawResponse.self)?.bytes ?? []
    }

    /// What a follower is sent behind the first `size` entries.
    func responses(after size: UInt64) async throws -> [TypeV1.FollowResponse] {
        let cursor = LogCursor(epoch: store.epoch, size: size).message
        var responses: [TypeV1.FollowResponse] = []
        for try await response in try await client.follow(TypeV1.FollowRequest(cursor: cursor, stopAtEnd: true)) {
            responses.append(response)
        }
        return responses
    }

    private struct RawResponse: Message {
        static let messageName = TypeV1.FollowResponse.messageName
        let bytes: [UInt8]

        static func decode(_ bytes: UnsafeRawBufferPointer) -> RawResponse { RawResponse(bytes: Array(bytes)) }

        func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            bytes.withUnsafeBytes(body)
        }
    }

    func append(_ bodies: Range<Int>, bytes: Int = 8) async throws {
        for body in bodies {
            let text = Array("\(body)".utf8)
            try await store.deciding { rows in
                rows.append(
                    kind: "test",
                    body: text + Array(repeating: UInt8(ascii: " "), count: max(0, bytes - text.count)))
            }
        }
    }
}

/// What an entry told.
struct NoteRow: StoredRow {
    struct Key: StoredKey {
        let index: UInt64

        func write(to columns: inout ColumnWriter) { columns.add(.number(index)) }
    }

    static let table = Table(
        "note", key: [.integer("log_index")], values: [.text("body")])

    let key: Key
    let body: String

    init(_ entry: JournalEntry) {
        key = Key(index: entry.index)
        body = String(decoding: entry.body.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        body = try columns.text()
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.text(body)) }
}

/// Notes what entries told: that there is no such note yet is the table's to say.
private struct Noting: Decision {
    let notes: [NoteRow]

    init(_ notes: [NoteRow]) { self.notes = notes }

    func load(_ rows: WorkingSet) {}

    func decide(_ rows: WorkingSet) {
        for note in notes { rows.add(note) }
    }
}

/// A store that takes note of what it was told: a second time of the same entry is an error.
struct Notes: Sendable {
    let store: Store

    init(directory: TemporaryDirectory) throws {
        store = try Store(
            opening: StoreOptions(
                testing: "statistics", at: directory.file("notes.db"),
                migrations: [Migration(version: 1, name: "notes", tables: [NoteRow.table])]))
    }

    func bodies() async throws -> [Int] {
        try await store.read { reader in
            try reader.all("SELECT body FROM note") { Int(try $0.text(0)) ?? -1 }.sorted()
        }
    }

    func follower(
        of source: Source, delays: DelayRecord = DelayRecord(),
        open: JournalFollower.Open? = nil,
        before: @escaping @Sendable (FollowedBatch) throws -> Void = { _ in }
    ) -> JournalFollower {
        var opening: JournalFollower.Open = { (request) throws(RPCError) in try await source.client.follow(request) }
        if let open { opening = open }
        return JournalFollower(
            source: "submission", store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            environment: delays.environment,
            open: opening,
            apply: { batch in
                try before(batch)
                return Noting(batch.entries.map(NoteRow.init))
            },
            forgetting: [Forgetting(NoteRow.table)])
    }
}

/// Stands in for the clock: no delay lasts, each is written down.
final class DelayRecord: Sendable {
    private let delays = Mutex<[Duration]>([])
    private let limit: Int

    /// After `limit` delays the follower's task counts as cancelled.
    init(limit: Int = .max) { self.limit = limit }

    var all: [Duration] { delays.withLock { $0 } }

    var environment: JournalFollower.Environment {
        JournalFollower.Environment(
            sleep: { [self] delay in
                let count = delays.withLock { delays in
                    delays.append(delay)
                    return delays.count
                }
                guard count < limit else { throw CancellationError() }
                await Task.yield()
                try Task.checkCancellation()
            }, random: { 0.5 })
    }
}

struct Refusal: Error {}
