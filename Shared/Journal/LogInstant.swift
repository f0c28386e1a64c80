/// The instant that a log has come to: no entry is older than those before it, with two exceptions, which anybody who has the
/// entries can check.
///
/// - An entry whose kind ends in ".rejected" tells of what was not done, at an instant that decided nothing: it moves nothing,
///   so that later entries may be older. A refusal by a clock that ran ahead locks nobody out.
/// - A ``ClockCorrection``, by an operator's word, goes back to its own instant.
public struct LogInstant: Sendable, Equatable {
    /// Microseconds since 1970-01-01T00:00:00Z; of a log that has come to none yet the least number.
    public private(set) var unixMicroseconds: Int64

    public init(unixMicroseconds: Int64 = .min) {
        self.unixMicroseconds = unixMicroseconds
    }

    /// Whether a clock that shows this is behind it by more than so much.
    public func isAhead(of clock: Int64, byMoreThan toleranceMicroseconds: Int64) -> Bool {
        unixMicroseconds > clock && unixMicroseconds - clock > toleranceMicroseconds
    }

    /// What is wrong with an entry's instant.
    public enum Fault: Error, Sendable, Hashable {
        case older
        /// A correction that does not say how far the log had come, or what came before it.
        case correction

        /// What is said of the entry.
        public var words: String {
            switch self {
            case .older: "is older than those before it"
            case .correction: "corrects a clock, and not as the log has it"
            }
        }
    }

    /// Takes the next entry's.
    public mutating func take(
        kind: String, sealedUnixMicroseconds sealed: Int64, statement: [UInt8], at index: UInt64
    ) throws(Fault) {
        if kind == ClockCorrection.journalKind {
            guard let correction = ClockCorrection(statement: statement), correction.firstIndex < index,
                correction.untilUnixMicroseconds == unixMicroseconds
            else { throw .correction }
            unixMicroseconds = sealed
            return
        }
        guard sealed >= unixMicroseconds else { throw .older }
        if !kind.hasSuffix(".rejected") { unixMicroseconds = sealed }
    }

    /// Takes the next entry's.
    public mutating func take(_ entry: JournalEntry) throws(Fault) {
        try take(
            kind: entry.kind, sealedUnixMicroseconds: entry.sealedUnixMicroseconds, statement: entry.statement,
            at: entry.index)
    }
}

/// What an operator says of a time in which the clock was wrong: the entries from ``firstIndex`` up to the one that says so
/// were sealed then. That one is sealed by the right clock, and the log goes on from its instant.
public struct ClockCorrection: Sendable, Hashable {
    /// Of the entry whose statement is ``statement``.
    public static let journalKind = "clock.corrected"

    public var firstIndex: UInt64
    /// When that entry was sealed, as the wrong clock showed it.
    public var fromUnixMicroseconds: Int64
    /// What the log had come to.
    public var untilUnixMicroseconds: Int64
    /// By how much the clock was ahead.
    public var aheadMicroseconds: Int64

    public init(
        firstIndex: UInt64, fromUnixMicroseconds: Int64, untilUnixMicroseconds: Int64, aheadMicroseconds: Int64
    ) {
        self.firstIndex = firstIndex
        self.fromUnixMicroseconds = fromUnixMicroseconds
        self.untilUnixMicroseconds = untilUnixMicroseconds
        self.aheadMicroseconds = aheadMicroseconds
    }

    /// "quality clock corrected 1\0", first index (u64), from, until and ahead (i64 each).
    public var statement: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 64)
        encoding.append(tag: "quality clock corrected 1")
        encoding.append(firstIndex)
        for number in [fromUnixMicroseconds, untilUnixMicroseconds, aheadMicroseconds] { encoding.append(number) }
        return encoding.bytes
    }

    /// Reads a statement back; `nil` unless it is exactly what ``statement`` writes.
    public init?(statement: [UInt8]) {
        var reader = CanonicalReader(statement)
        guard reader.skip(tag: "quality clock corrected 1"), let first = reader.integer(UInt64.self),
            let from = reader.integer(UInt64.self), let until = reader.integer(UInt64.self),
            let ahead = reader.integer(UInt64.self), reader.isAtEnd
        else { return nil }
        self.init(
            firstIndex: first, fromUnixMicroseconds: Int64(bitPattern: from),
            untilUnixMicroseconds: Int64(bitPattern: until), aheadMicroseconds: Int64(bitPattern: ahead))
    }
}
