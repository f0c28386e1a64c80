internal import ArgumentParser
internal import Cryptography
internal import Glibc
internal import Journal
internal import PostgreSQL
internal import Storage

/// What commands upon a store have in common: an error is one line on standard error, and the exit code that a service has.
enum StoreWork<Service: StoredService> {
    static func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            let error = StartError(wrapping: error)
            say(error.message)
            StandardError.shared.flush(milliseconds: 1_000)
            throw ExitCode(error.exitCode)
        }
    }

    /// A line beside what the command is asked for.
    static func say(_ line: String) { StandardError.shared.write("qm-\(Service.name): \(line)\n") { _ in "" } }

    /// Tells of every 100,000th row or so, that somebody who waits sees that it goes on.
    static func progress(_ what: String) -> @Sendable (String, Int) -> Void {
        { table, rowCount in
            if rowCount % 100_000 == 0 { say("\(what): \(rowCount) rows of \(table)") }
        }
    }

    static func now() -> Int64 { Int64(ProcessTelemetry.unixNanoseconds() / 1_000) }

    /// Gives a store a new epoch; `kept` names a file of checkpoints.
    static func renewal(
        of place: StorePlace, key: SigningKey, kept: String?, reason: String
    ) throws -> StoreRenewal {
        StoreRenewal(
            of: place, service: Service.name, migrations: Service.migrations, key: key,
            kept: try kept.map(checkpoints(in:)) ?? [], wallClock: now
        ) { beginning, transaction in
            try beginning.body(reason: reason, receiptHolders: Service.receiptHolders(transaction))
        }
    }

    private static func checkpoints(in path: String) throws -> [SignedCheckpoint] {
        let bytes = try StoreFiles.contents(of: path, "the file of checkpoints")
        do throws(SignedCheckpoint.Malformed) {
            return try SignedCheckpoint.all(in: bytes)
        } catch {
            throw StartError(.configuration, "\(path): not checkpoints one after the other: \(error)")
        }
    }

    static func tell(_ summary: StoreRenewal.Summary) {
        let beginning = summary.beginning
        print("a new epoch goes on from \(beginning.earlierSize) entries of the earlier one")
        if let known = beginning.lastKnown?.checkpoint {
            print("lost: entries \(beginning.earlierSize) to \(known.size - 1) at least, of \(known.origin)")
        }
        print("\n\(summary.checkpoint)", terminator: "")
    }
}

extension StorePlace {
    /// A file, or a database as `store.url` has it.
    init(option text: String, library: String) throws {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        do {
            self = .database(try PostgresAddress(parsing: text), library: library)
        } catch {
            throw StartError(.configuration, error.message.replacing("store.url", with: "the address"))
        }
    }

    /// The file of store.signingKey: the one that was named, or the one beside the store.
    func signingKeyPath(named: String?) throws -> String {
        if let named { return named }
        guard case .file(let path) = self else {
            throw StartError(.configuration, "--key: name the file of store.signingKey, since the store is a database")
        }
        return path + ".key"
    }
}

/// Small files that lie beside a store.
enum StoreFiles {
    /// Of the file whose time is that of the last backup.
    static let backupNoteSuffix = ".backed-up"
    private static let largestBytes = 16 << 20

    static func contents(of path: String, _ what: String) throws(StartError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StartError(.configuration, "\(path): \(what) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= largestBytes {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw StartError(.environment, "\(path): \(what) cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += chunk.prefix(count)
        }
        throw StartError(.configuration, "\(path): too long for \(what)")
    }

    static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Writes a new file for its owner's eyes only, and syncs it.
    static func save(_ bytes: [UInt8], to path: String) throws(StartError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StartError(.environment, "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw StartError(.environment, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

extension StorePlace {
    /// The file with this suffix that lies beside the store's file or, of a database, beside the key that signs its log; `nil`
    /// of a database whose key is not named.
    func besidePath(_ suffix: String, key: String?) -> String? {
        switch self {
        case .file(let path): path + suffix
        case .database: key.map { $0 + suffix }
        }
    }
}
