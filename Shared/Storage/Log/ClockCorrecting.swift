public import Cryptography
public import Journal

/// What a correction came to.
public struct ClockCorrected: Sendable, Hashable {
    public var correction: ClockCorrection
    /// Where it says so.
    public var position: JournalPosition
}

extension Store {
    /// Has the log go back to a clock that is right again, by an operator's word: appends one entry that says from when to
    /// when the clock was wrong and by how much. The entries are found by their instants, later than now, unless
    /// `firstIndex` says where they begin. Throws `.mismatch` when there are none.
    ///
    /// - Parameters:
    ///   - aheadMicroseconds: as far as the operator knows; `nil`: as far as the log is ahead now.
    ///   - body: the entry's.
    public func correctClock(
        nowUnixMicroseconds now: Int64, firstIndex: UInt64?, aheadMicroseconds: Int64?,
        body: (ClockCorrection) throws -> [UInt8]
    ) async throws -> ClockCorrected {
        let until = journalInstant.unixMicroseconds
        let condition = firstIndex == nil ? "sealed_unix_us > ?" : "log_index >= ?"
        let found = try await driver.read { connection in
            try connection.first(
                "SELECT log_index, sealed_unix_us FROM log_entry WHERE \(condition) ORDER BY log_index LIMIT 1",
                [firstIndex.map { .number($0) } ?? .integer(now)]
            ) { (index: try $0.number(0, as: UInt64.self), sealed: try $0.integer(1)) }
        }
        guard until > 0, let found else {
            throw StorageError(
                .mismatch,
                "no entry of its journal is later than the machine's clock shows: there is nothing to correct")
        }
        let correction = ClockCorrection(
            firstIndex: found.index, fromUnixMicroseconds: found.sealed, untilUnixMicroseconds: until,
            aheadMicroseconds: aheadMicroseconds ?? max(until - now, 0))
        let committed = try await commit(
            CorrectingClock(correction: correction, body: try body(correction), nowUnixMicroseconds: now))
        return ClockCorrected(correction: correction, position: committed.value)
    }
}

private struct CorrectingClock: Decision {
    let correction: ClockCorrection
    let body: [UInt8]
    let nowUnixMicroseconds: Int64

    var isAlone: Bool { true }

    func load(_ rows: WorkingSet) {}

    func decide(_ rows: WorkingSet) throws -> JournalPosition {
        guard rows.journalInstant.unixMicroseconds == correction.untilUnixMicroseconds else {
            throw StorageError(.busy, "was written to meanwhile: stop all copies of the service first")
        }
        rows.goBack(toUnixMicroseconds: nowUnixMicroseconds)
        return rows.append(kind: ClockCorrection.journalKind, statement: correction.statement, body: body)
    }
}

extension Store {
    /// Opens a store that is there, for a command: in the name that its log has. Blocks while it does. Throws `.mismatch` for
    /// one that has no log yet, and for a rehearsal's, whose clock shows no real time.
    public static func opening(
        existing place: StorePlace, service: String, migrations: [Migration], key: SigningKey,
        synchronous: StoreOptions.Synchronous = .full,
        wallClock: @escaping @Sendable () throws(StorageError) -> Int64
    ) throws(StorageError) -> Store {
        var options = StoreOptions(place, service: service, migrations: migrations, wallClock: wallClock)
        options.synchronous = synchronous
        do {
            if case .file(let path) = place, !StoreFile.isThere(path) {
                throw StorageError(.cannotOpen, "is not there: name the store that the service has")
            }
            let driver = try driver(options)
            defer { driver.close() }
            options.logKey = LogKey(trustDomain: try driver.withWriter(trustDomain), key: key)
        } catch let error as StorageError {
            throw StorageError(error.code, "store \(place): \(error.message)", detail: error.detail)
        } catch {
            throw StorageError(.cannotOpen, "store \(place): cannot be opened", detail: "\(error)")
        }
        return try Store(opening: options)
    }

    private static func trustDomain(_ connection: any DriverConnection) throws -> String {
        guard try connection.hasTable(StorageSchema.settings.name), let group = try connection.lastLogGroup(),
            let domain = try group.signedCheckpoint().checkpoint.origin.split(separator: "/").first
        else { throw StorageError(.mismatch, "has no journal, or an empty one") }
        return String(domain)
    }
}
