import Cryptography
import Glibc
import Journal
import Storage
import Synchronization
import TestStores

let counterMigrations = [
    Migration(
        version: 1, name: "counters",
        statements: ["CREATE TABLE counter (name TEXT NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (name))"])
]

// A fixed seed: no test depends on which key it is.
let signingKey: SigningKey = {
    guard let key = try? SigningKey(rawRepresentation: Array(repeating: 7, count: SigningKey.rawBytes)) else {
        preconditionFailure("32 bytes are an Ed25519 key")
    }
    return key
}()

extension StoreOptions {
    static func test(
        _ directory: TemporaryDirectory, service: String = "submission", partitionCount: Int = 4,
        migrations: [Migration] = counterMigrations, isRehearsal: Bool = false,
        wallClock: @escaping @Sendable () -> Int64 = { 1_000_000 }
    ) -> StoreOptions {
        StoreOptions(
            path: directory.file("store.db"), service: service, partitionCount: partitionCount, migrations: migrations,
            isRehearsal: isRehearsal, signer: JournalSigner(signingKey), wallClock: wallClock)
    }
}

extension WriteTransaction {
    func setCounter(_ name: String, _ value: Int64) throws {
        try execute(
            """
            INSERT INTO counter (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(name), .integer(value)])
    }
}

extension Store {
    func counters() async throws -> [String: Int64] {
        try await read { reader in
            Dictionary(
                uniqueKeysWithValues: try reader.all("SELECT name, value FROM counter") {
                    (try $0.text(0), try $0.integer(1))
                })
        }
    }

    func verify() async throws -> JournalVerification {
        try await verifyJournal { signature, statement, keyID in
            keyID == signingKey.verifyingKey.id && signingKey.verifyingKey.isValid(signature: signature, for: statement)
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
