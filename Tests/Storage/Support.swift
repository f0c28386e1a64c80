import Cryptography
import Glibc
import Journal
import Storage
import Synchronization
import TestStores

/// A number with a name.
struct CounterRow: StoredRow {
    static let table = Table("counter", key: [.text("name")], values: [.integer("value")])

    let key: String
    let value: Int64

    init(_ key: String, _ value: Int64) {
        self.key = key
        self.value = value
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, try columns.integer())
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.integer(value)) }
}

let counterMigrations = [Migration(version: 1, name: "counters", tables: [CounterRow.table])]

/// A decision over counters, which are named.
func counting<Answer: Sendable>(
    _ names: String..., body: @escaping @Sendable (WorkingSet) throws -> Answer
) -> Deciding<Answer> {
    Deciding(naming: { rows in for name in names { rows.want(CounterRow.self, name) } }, body)
}

/// What is followed: it need not reach the disk.
struct Followed: Decision {
    let value: Int64
    var mustReachDisk: Bool { false }

    func load(_ rows: WorkingSet) { rows.want(CounterRow.self, "followed") }

    func decide(_ rows: WorkingSet) { rows.setCounter("followed", value) }
}

extension StoreOptions {
    static func test(
        _ directory: TemporaryDirectory, service: String = "submission",
        migrations: [Migration] = counterMigrations, isRehearsal: Bool = false,
        wallClock: @escaping @Sendable () -> Int64 = { 1_000_000 }
    ) -> StoreOptions {
        StoreOptions(
            testing: service, at: directory.file("store.db"), migrations: migrations, isRehearsal: isRehearsal,
            wallClock: wallClock)
    }
}

extension WorkingSet {
    func setCounter(_ name: String, _ value: Int64) { put(CounterRow(name, value)) }
}

extension Store {
    func setCounter(_ name: String, _ value: Int64) async throws {
        try await commit(counting(name) { $0.setCounter(name, value) })
    }

    func counters() async throws -> [String: Int64] {
        try await read { reader in
            Dictionary(
                uniqueKeysWithValues: try reader.all("SELECT name, value FROM counter") {
                    (try $0.text(0), try $0.integer(1))
                })
        }
    }

    func verify() async throws -> LogVerification {
        guard let logKey else { throw Refusal() }
        return try await verifyLog(key: logKey)
    }

    /// All entries.
    func entries() async throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        while true {
            let cursor = LogCursor(epoch: epoch, size: UInt64(entries.count))
            let piece = try await logPiece(after: cursor, limitBytes: .max)
            guard !piece.entries.isEmpty else { return entries }
            entries += piece.entries
        }
    }
}

struct Refusal: Error, Equatable {}

/// Holds the writer's thread inside a write, so that what is queued meanwhile shares the next commit.
final class Gate: Sendable {
    private let semaphore = Mutex(false)

    func open() { semaphore.withLock { $0 = true } }

    /// Blocks. For the writer's thread only.
    func pass() {
        while !semaphore.withLock({ $0 }) { sched_yield() }
    }
}

func write(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Refusal() }
}

func permissions(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}

/// Queues decisions while the writer is held up, so that they share one commit; calls `queued` when they are.
func together<D: Decision>(
    _ store: Store, _ decisions: [D], queued: () -> Void = {}
) async throws -> [Result<Committed<D.Answer>, any Error>] {
    let gate = Gate()
    let isHeld = Mutex(false)
    async let holding: Void = store.deciding { _ in
        isHeld.withLock { $0 = true }
        gate.pass()
    }
    while !isHeld.withLock({ $0 }) { await Task.yield() }
    let results = await withTaskGroup(of: (Int, Result<Committed<D.Answer>, any Error>).self) { group in
        for (index, decision) in decisions.enumerated() {
            group.addImmediateTask {
                do {
                    return (index, .success(try await store.commit(decision)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        queued()
        gate.open()
        var results: [Int: Result<Committed<D.Answer>, any Error>] = [:]
        for await (index, result) in group { results[index] = result }
        return decisions.indices.compactMap { results[$0] }
    }
    try await holding
    return results
}
