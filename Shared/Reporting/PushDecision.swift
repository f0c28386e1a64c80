public import Journal

/// What becomes of a push that has passed its form's checks, given what is already there: a pure function, called with
/// the instant at which its group commit is sealed.
public enum PushDecision: Sendable, Hashable {
    /// Take it in as this version.
    case accept(version: UInt64, timeliness: Timeliness, correctedLate: Bool)
    /// The same push as before: answer with the receipt of this version.
    case repeated(version: UInt64)
    case refuse(PushRefusal)

    /// The push, as far as the decision needs it.
    public struct Attempt: Sendable, Hashable {
        public var formVersion: UInt32
        /// The canonical digest of its content.
        public var digest: JournalHash
        /// The version it replaces; 0 for a first report.
        public var baseVersion: UInt64

        public init(formVersion: UInt32, digest: JournalHash, baseVersion: UInt64) {
            self.formVersion = formVersion
            self.digest = digest
            self.baseVersion = baseVersion
        }
    }

    /// The push that used the same idempotency key before.
    public struct Earlier: Sendable, Hashable {
        public var digest: JournalHash
        public var version: UInt64

        public init(digest: JournalHash, version: UInt64) {
            self.digest = digest
            self.version = version
        }
    }

    /// The version in force.
    public struct Current: Sendable, Hashable {
        public var version: UInt64
        /// Of the first version, for ever.
        public var timeliness: Timeliness
        public var correctedLate: Bool

        public init(version: UInt64, timeliness: Timeliness, correctedLate: Bool) {
            self.version = version
            self.timeliness = timeliness
            self.correctedLate = correctedLate
        }
    }

    /// Decides. The key comes first, so that a retry gets its receipt even after the lock instant or a later version;
    /// then the form version, the lock and the base version.
    public static func decide(
        _ attempt: Attempt, earlier: Earlier?, current: Current?, formVersion: UInt32, deadline: Deadline,
        sealedAtUnixMicroseconds instant: Int64
    ) -> PushDecision {
        if let earlier {
            guard earlier.digest == attempt.digest else {
                return .refuse(.keyReused(first: earlier.digest, now: attempt.digest))
            }
            return .repeated(version: earlier.version)
        }
        guard attempt.formVersion == formVersion else {
            return .refuse(.wrongFormVersion(named: attempt.formVersion, inForce: formVersion))
        }
        guard let timeliness = deadline.timeliness(sealedAtUnixMicroseconds: instant) else {
            return .refuse(.locked(sinceUnixMicroseconds: deadline.lockUnixMicroseconds, digest: attempt.digest))
        }
        let currentVersion = current?.version ?? 0
        guard attempt.baseVersion == currentVersion else {
            return .refuse(.staleBase(named: attempt.baseVersion, current: currentVersion))
        }
        guard let current else { return .accept(version: 1, timeliness: timeliness, correctedLate: false) }
        let correctsLate = timeliness == .late && current.timeliness != .late
        return .accept(
            version: current.version + 1, timeliness: current.timeliness,
            correctedLate: current.correctedLate || correctsLate)
    }
}

/// Why a push was not taken in.
public enum PushRefusal: Error, Sendable, Hashable {
    /// ALREADY_EXISTS: the idempotency key belongs to another content.
    case keyReused(first: JournalHash, now: JournalHash)
    /// FAILED_PRECONDITION: the report was made with another version of the form.
    case wrongFormVersion(named: UInt32, inForce: UInt32)
    /// FAILED_PRECONDITION: the lock instant has passed and the unit has no extension.
    case locked(sinceUnixMicroseconds: Int64, digest: JournalHash)
    /// ABORTED: the report has moved on since the caller looked.
    case staleBase(named: UInt64, current: UInt64)
}

/// The name of a push among those of its reporting unit: 8 to 64 printable ASCII characters without spaces.
public struct IdempotencyKey: Sendable, Hashable {
    public let text: String

    /// `nil` when the text is not such a name.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count >= 8, bytes.count <= 64, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.text = text
    }
}
