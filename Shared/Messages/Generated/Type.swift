// Generated from Proto/quality/type/v1/type.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.type.v1`.
public enum TypeV1 {}

extension TypeV1 {
    public enum Severity: RawRepresentable, Hashable, Sendable {
        case unspecified
        /// 强制性: the report is refused.
        case blocking
        /// 核实性: accepted only with a written explanation, which travels upward.
        case verify
        /// 提示性: informs.
        case notice
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .blocking
            case 2: self = .verify
            case 3: self = .notice
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .blocking: 1
            case .verify: 2
            case .notice: 3
            case .unrecognized(let number): number
            }
        }
    }

    /// Whether a report was on time. Decided by the instant of the first durable receipt, for ever.
    public enum Timeliness: RawRepresentable, Hashable, Sendable {
        case unspecified
        case onTime
        case onTimeByExtension
        case late
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .onTime
            case 2: self = .onTimeByExtension
            case 3: self = .late
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .onTime: 1
            case .onTimeByExtension: 2
            case .late: 3
            case .unrecognized(let number): number
            }
        }
    }

    /// A decimal number, exactly: unscaled_value * 10^-scale. Reported figures are never binary floating point.
    public struct Decimal: GeneratedMessage, Hashable, Sendable {
        public var unscaledValue: Int64
        /// 0 to 9.
        public var scale: UInt32

        public init(
            unscaledValue: Int64 = 0,
            scale: UInt32 = 0
        ) {
            self.unscaledValue = unscaledValue
            self.scale = scale
        }
    }

    /// A civil date in Asia/Shanghai.
    public struct Date: GeneratedMessage, Hashable, Sendable {
        /// 2000 to 2100.
        public var year: Int32
        /// 1 to 12.
        public var month: Int32
        /// 1 to 31.
        public var day: Int32

        public init(
            year: Int32 = 0,
            month: Int32 = 0,
            day: Int32 = 0
        ) {
            self.year = year
            self.month = month
            self.day = day
        }
    }

    /// One field of a form as it was filled in. A field that is absent, or whose kind is unset, is missing: it is never
    /// zero. A unit that has nothing to report on a field says so with not_applicable.
    public struct Cell: GeneratedMessage, Hashable, Sendable {
        /// The field's code in the form definition, e.g. "leaflets".
        public var field: String
        public var kind: Kind?
        /// The unit the figure was measured in. Must be the field's own unit (e.g. "万元"); none for fields without unit.
        public var unit: String
        /// Why a figure that a rule questions is right all the same (核实性 findings need one).
        public var explanation: String

        public init(
            field: String = "",
            kind: Kind? = nil,
            unit: String = "",
            explanation: String = ""
        ) {
            self.field = field
            self.kind = kind
            self.unit = unit
            self.explanation = explanation
        }

        /// The cases of `kind`: one at most is set.
        public enum Kind: Hashable, Sendable {
            case integer(Int64)
            case decimal(TypeV1.Decimal)
            case text(String)
            case flag(Bool)
            case date(TypeV1.Date)
            /// Always true.
            case notApplicable(Bool)
        }
    }

    /// One row of a table inside a form (附件2 lists one host unit a row).
    public struct Row: GeneratedMessage, Hashable, Sendable {
        /// The table's code in the form definition, e.g. "hosts".
        public var table: String
        /// Names the row inside its table: unique there, stable across versions of the report.
        public var key: String
        public var cells: [TypeV1.Cell]

        public init(
            table: String = "",
            key: String = "",
            cells: [TypeV1.Cell] = []
        ) {
            self.table = table
            self.key = key
            self.cells = cells
        }
    }

    /// What a check found in a report: all of them in one answer, never only the first.
    public struct Finding: GeneratedMessage, Hashable, Sendable {
        /// Where: JSON pointer style, "/cells/leaflets" or "/rows/hosts/H3/opening_time".
        public var pointer: String
        /// Which rule of the form, or which built-in check, e.g. "visitors_total" or "range".
        public var rule: String
        public var severity: TypeV1.Severity
        /// For a person, in Chinese: what is wrong and what to do.
        public var message: String

        public init(
            pointer: String = "",
            rule: String = "",
            severity: TypeV1.Severity = .unspecified,
            message: String = ""
        ) {
            self.pointer = pointer
            self.rule = rule
            self.severity = severity
            self.message = message
        }
    }

    /// What a service attaches to an error status: the thing, the place and the remedy, then what was found in the report.
    public struct ErrorDetail: GeneratedMessage, Hashable, Sendable {
        public var thing: String
        public var place: String
        public var remedy: String
        public var findings: [TypeV1.Finding]

        public init(
            thing: String = "",
            place: String = "",
            remedy: String = "",
            findings: [TypeV1.Finding] = []
        ) {
            self.thing = thing
            self.place = place
            self.remedy = remedy
            self.findings = findings
        }
    }

    /// The proof that a report was durably accepted. Verifies offline: the leaf is rebuilt from the fields below, hashed
    /// up the Merkle path to the root of its group commit, and the root's signature is checked against the service's key.
    /// The encoding of leaf, path and signed statement is in Proto/WIRE.md, "Receipts".
    public struct Receipt: GeneratedMessage, Hashable, Sendable {
        /// Where in the journal the report stands.
        public var position: TypeV1.JournalPosition?
        /// The hash of the entry before it in the same partition (32 zero bytes before the first).
        public var previousHash: [UInt8]
        /// When the group commit was sealed. This instant alone decides timeliness.
        public var sealedUnixUs: Int64
        public var campaign: String
        public var form: String
        public var formVersion: UInt32
        /// The reporting unit's organisation code.
        public var reportingUnit: String
        /// The report's version, from 1.
        public var reportVersion: UInt64
        /// The canonical digest of the report's content.
        public var digest: [UInt8]
        /// SHA-256 of the journal entry's body.
        public var bodyDigest: [UInt8]
        public var timeliness: TypeV1.Timeliness
        /// A first report that was on time and was corrected after the due instant.
        public var correctedLate: Bool
        /// The Merkle tree of the group commit (RFC 6962 hashing): this leaf's index, the number of leaves, the path.
        public var leafIndex: UInt64
        public var leafCount: UInt64
        public var path: [[UInt8]]
        public var root: [UInt8]
        /// Ed25519 over the sealed statement, and the key's id (the first 8 bytes of SHA-256 of the raw public key).
        public var signature: [UInt8]
        public var keyID: [UInt8]
        /// Which group commit it was: part of the sealed statement.
        public var sealNumber: UInt64

        public init(
            position: TypeV1.JournalPosition? = nil,
            previousHash: [UInt8] = [],
            sealedUnixUs: Int64 = 0,
            campaign: String = "",
            form: String = "",
            formVersion: UInt32 = 0,
            reportingUnit: String = "",
            reportVersion: UInt64 = 0,
            digest: [UInt8] = [],
            bodyDigest: [UInt8] = [],
            timeliness: TypeV1.Timeliness = .unspecified,
            correctedLate: Bool = false,
            leafIndex: UInt64 = 0,
            leafCount: UInt64 = 0,
            path: [[UInt8]] = [],
            root: [UInt8] = [],
            signature: [UInt8] = [],
            keyID: [UInt8] = [],
            sealNumber: UInt64 = 0
        ) {
            self.position = position
            self.previousHash = previousHash
            self.sealedUnixUs = sealedUnixUs
            self.campaign = campaign
            self.form = form
            self.formVersion = formVersion
            self.reportingUnit = reportingUnit
            self.reportVersion = reportVersion
            self.digest = digest
            self.bodyDigest = bodyDigest
            self.timeliness = timeliness
            self.correctedLate = correctedLate
            self.leafIndex = leafIndex
            self.leafCount = leafCount
            self.path = path
            self.root = root
            self.signature = signature
            self.keyID = keyID
            self.sealNumber = sealNumber
        }
    }

    /// A place in a journal.
    public struct JournalPosition: GeneratedMessage, Hashable, Sendable {
        /// 16 bytes, new whenever a store is made or restored from a backup.
        public var epoch: [UInt8]
        public var partition: UInt32
        /// From 1, without gaps in a partition.
        public var sequence: UInt64

        public init(
            epoch: [UInt8] = [],
            partition: UInt32 = 0,
            sequence: UInt64 = 0
        ) {
            self.epoch = epoch
            self.partition = partition
            self.sequence = sequence
        }
    }

    /// How far a follower has come in one partition.
    public struct PartitionCursor: GeneratedMessage, Hashable, Sendable {
        public var partition: UInt32
        /// The last entry that took effect; 0 before the first.
        public var sequence: UInt64
        /// That entry's hash (32 zero bytes at sequence 0).
        public var hash: [UInt8]

        public init(
            partition: UInt32 = 0,
            sequence: UInt64 = 0,
            hash: [UInt8] = []
        ) {
            self.partition = partition
            self.sequence = sequence
            self.hash = hash
        }
    }

    /// How far a follower has come in a journal. Unset epoch: from the beginning.
    public struct Cursor: GeneratedMessage, Hashable, Sendable {
        public var epoch: [UInt8]
        public var partitions: [TypeV1.PartitionCursor]

        public init(
            epoch: [UInt8] = [],
            partitions: [TypeV1.PartitionCursor] = []
        ) {
            self.epoch = epoch
            self.partitions = partitions
        }
    }

    /// One entry of a service's journal.
    public struct JournalEntry: GeneratedMessage, Hashable, Sendable {
        public var partition: UInt32
        public var sequence: UInt64
        public var previousHash: [UInt8]
        public var hash: [UInt8]
        public var sealedUnixUs: Int64
        /// What the body is, e.g. "report.accepted".
        public var kind: String
        /// What the hash covers beside the body's digest; see Proto/WIRE.md, "Journal".
        public var statement: [UInt8]
        /// A message of the service's package, named by kind.
        public var body: [UInt8]

        public init(
            partition: UInt32 = 0,
            sequence: UInt64 = 0,
            previousHash: [UInt8] = [],
            hash: [UInt8] = [],
            sealedUnixUs: Int64 = 0,
            kind: String = "",
            statement: [UInt8] = [],
            body: [UInt8] = []
        ) {
            self.partition = partition
            self.sequence = sequence
            self.previousHash = previousHash
            self.hash = hash
            self.sealedUnixUs = sealedUnixUs
            self.kind = kind
            self.statement = statement
            self.body = body
        }
    }

    public struct FollowRequest: GeneratedMessage, Hashable, Sendable {
        /// Where to go on. The service refuses a cursor whose epoch or hash is not its own (ABORTED): rebuild.
        public var cursor: TypeV1.Cursor?
        /// End the stream once everything that was there when the call began has been sent.
        public var stopAtEnd: Bool

        public init(
            cursor: TypeV1.Cursor? = nil,
            stopAtEnd: Bool = false
        ) {
            self.cursor = cursor
            self.stopAtEnd = stopAtEnd
        }
    }

    public struct FollowResponse: GeneratedMessage, Hashable, Sendable {
        /// Entries in order within a partition. Empty together with at_end: nothing new, but the follower is current.
        public var entries: [TypeV1.JournalEntry]
        /// True when the stream has reached the journal's end as it was at this moment.
        public var atEnd: Bool
        /// The journal's epoch, in every response.
        public var epoch: [UInt8]
        /// The number of partitions of the journal, in every response.
        public var partitionCount: UInt32

        public init(
            entries: [TypeV1.JournalEntry] = [],
            atEnd: Bool = false,
            epoch: [UInt8] = [],
            partitionCount: UInt32 = 0
        ) {
            self.entries = entries
            self.atEnd = atEnd
            self.epoch = epoch
            self.partitionCount = partitionCount
        }
    }
}
