internal import CPostgreSQL
internal import Glibc

/// One connection of libpq's, never waited for longer than a deadline. Owns the handle.
final class ServerLink {
    let library: PostgresLibrary
    private let handle: OpaquePointer
    /// libssl may hold bytes that it has read and libpq had no room for, of which poll knows nothing: then libpq is asked
    /// again after so long. Records of PostgreSQL's own have 8 KiB, which always fit; those of its kin may have 16.
    private let pollSliceMilliseconds: Int64

    private static let tlsPollSliceMilliseconds: Int64 = 10

    var functions: UnsafePointer<cpostgresql_functions> { library.functions }

    /// Connects. `.connectionLost` where nobody answers in time; otherwise what the server says.
    init(
        _ parameters: ConnectionParameters, mayUseTLS: Bool, _ library: PostgresLibrary, until deadline: Deadline
    ) throws(PostgresError) {
        let handle = parameters.withPointers { library.functions.pointee.connectStartParams($0, $1, 0) }
        guard let handle else { throw PostgresError(.library, "\(library.name): out of memory") }
        self.library = library
        self.handle = handle
        pollSliceMilliseconds = mayUseTLS ? Self.tlsPollSliceMilliseconds : .max
        cpostgresql_drop_notices(functions, handle)
        // The only way to the SQLSTATE of a refused connection is the text of a verbose error.
        _ = functions.pointee.setErrorVerbosity(handle, Int32(CPOSTGRESQL_ERRORS_VERBOSE))
        try connect(until: deadline)
        _ = functions.pointee.setErrorVerbosity(handle, Int32(CPOSTGRESQL_ERRORS_DEFAULT))
        guard functions.pointee.setnonblocking(handle, 1) == 0 else { throw lost() }
    }

    deinit {
        // Tells the server, if it can without waiting.
        functions.pointee.finish(handle)
    }

    private func connect(until deadline: Deadline) throws(PostgresError) {
        guard !isBad else { throw refused() }
        var wanted = CPOSTGRESQL_POLL_WRITING
        while true {
            let events = wanted == CPOSTGRESQL_POLL_READING ? POLLIN : POLLOUT
            guard try wait(Int16(events), until: deadline, slice: .max) else {
                throw PostgresError(.connectionLost, "the database did not take the connection in time")
            }
            wanted = Int(functions.pointee.connectPoll(handle))
            switch wanted {
            case CPOSTGRESQL_POLL_OK: return
            case CPOSTGRESQL_POLL_READING, CPOSTGRESQL_POLL_WRITING: continue
            default: throw refused()
            }
        }
    }

    private func refused() -> PostgresError {
        let refusal = PostgresError.refusedConnection(errorMessage)
        guard refusal.sqlState == nil, functions.pointee.connectionNeedsPassword(handle) != 0 else { return refusal }
        return PostgresError(
            .authentication, "the database wants a password, and store.url names no passfile: \(refusal.message)")
    }

    // MARK: State

    private var isBad: Bool { functions.pointee.status(handle) == CPOSTGRESQL_CONNECTION_BAD }

    var transactionStatus: Int { Int(functions.pointee.transactionStatus(handle)) }

    var serverVersion: Int { Int(functions.pointee.serverVersion(handle)) }

    /// A setting that the server tells of by itself.
    func reported(_ name: String) -> String? {
        functions.pointee.parameterStatus(handle, name).map { String(cString: $0) }
    }

    private var errorMessage: String { functions.pointee.errorMessage(handle).map { String(cString: $0) } ?? "" }

    /// What libpq says of a connection that has ended.
    func lost() -> PostgresError {
        let words = errorMessage.onOneLine
        return PostgresError(.connectionLost, words.isEmpty ? "the connection to the database ended" : words)
    }

    // MARK: Sending. False where libpq takes nothing more: see `lost`.

    func enterPipeline() -> Bool { functions.pointee.enterPipelineMode?(handle) == 1 }

    func exitPipeline() -> Bool { functions.pointee.exitPipelineMode?(handle) == 1 }

    func sync() -> Bool { functions.pointee.pipelineSync?(handle) == 1 }

    func prepare(_ sql: String, as name: String, _ types: [UInt32]) -> Bool {
        functions.pointee.sendPrepare(handle, name, sql, Int32(types.count), types) == 1
    }

    func execute(prepared name: String, _ values: borrowing ParameterBuffer) -> Bool {
        values.withPointers {
            functions.pointee.sendQueryPrepared(handle, name, Int32(values.types.count), $0, nil, nil, 0) == 1
        }
    }

    func execute(once sql: String, _ values: borrowing ParameterBuffer) -> Bool {
        values.withPointers {
            functions.pointee.sendQueryParams(
                handle, sql, Int32(values.types.count), values.types, $0, nil, nil, 0) == 1
        }
    }

    // MARK: Receiving

    enum Answer {
        /// No more answers of this statement.
        case none
        case result(OpaquePointer)
        /// The deadline passed.
        case timedOut
    }

    /// The next of libpq's results, which the caller clears.
    func next(until deadline: Deadline) -> Answer {
        while functions.pointee.isBusy(handle) != 0 {
            // What cannot be sent is found out by reading, where the server's last words may be.
            let isSending = functions.pointee.flush(handle) == 1
            let events = isSending ? POLLIN | POLLOUT : POLLIN
            do {
                guard try wait(Int16(events), until: deadline, slice: pollSliceMilliseconds) else { return .timedOut }
            } catch {
                break
            }
            // Where it fails the connection is bad, and the result below says why.
            if functions.pointee.consumeInput(handle) == 0 { break }
        }
        return functions.pointee.getResult(handle).map { .result($0) } ?? .none
    }

    /// Waits for the socket. False at the deadline; true when there may be something to do, at the latest after `slice`.
    private func wait(_ events: Int16, until deadline: Deadline, slice: Int64) throws(PostgresError) -> Bool {
        while true {
            let rest = deadline.restMilliseconds
            guard rest > 0 else { return false }
            // libpq may have opened another one: an address may have several.
            var entry = pollfd(fd: functions.pointee.socket(handle), events: events, revents: 0)
            guard entry.fd >= 0 else { throw lost() }
            let count = poll(&entry, 1, Int32(min(rest, slice, Int64(Int32.max))))
            if count > 0 || (count == 0 && slice < rest) { return true }
            guard count == 0 || errno == EINTR else { throw lost() }
        }
    }
}

/// An instant at which nobody waits any longer, by a clock that nobody sets.
struct Deadline {
    private let nanoseconds: Int64

    init(afterMilliseconds milliseconds: Int) {
        nanoseconds = Self.now() + Int64(milliseconds) * 1_000_000
    }

    /// Rounded up; 0 or less when it has passed.
    var restMilliseconds: Int64 { (nanoseconds - Self.now() + 999_999) / 1_000_000 }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
