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

    /// The proof that a report was durably accepted: a C2SP tlog-proof in parts. Verifies offline: the log's entry is rebuilt from
    /// the fields below, hashed up the path to the root in the checkpoint, and the checkpoint's signature is checked against the
    /// service's key. The encoding of the entry, and the proof as a text, are in Proto/WIRE.md, "Receipts".
    public struct Receipt: GeneratedMessage, Hashable, Sendable {
        /// Where in the log the report stands.
        public var position: TypeV1.JournalPosition?
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
        /// SHA-256 of the log entry's body.
        public var bodyDigest: [UInt8]
        public var timeliness: TypeV1.Timeliness
        /// A first report that was on time and was corrected after the due instant.
        public var correctedLate: Bool
        /// From the entry's leaf up to the root: RFC 6962's audit path at the checkpoint's size, 32 bytes each.
        public var path: [[UInt8]]
        /// The head of the log as the entry's group commit left it: a C2SP checkpoint, which is a signed note.
        public var checkpoint: String

        public init(
            position: TypeV1.JournalPosition? = nil,
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
            path: [[UInt8]] = [],
            checkpoint: String = ""
        ) {
            self.position = position
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
            self.path = path
            self.checkpoint = checkpoint
        }
    }

    /// A place in a service's log.
    public struct JournalPosition: GeneratedMessage, Hashable, Sendable {
        /// 16 bytes, new whenever a store is made or restored from a backup.
        public var epoch: [UInt8]
        /// From 0, without gaps.
        public var index: UInt64

        public init(
            epoch: [UInt8] = [],
            index: UInt64 = 0
        ) {
            self.epoch = epoch
            self.index = index
        }
    }

    /// How far a follower has come in a log, or where a log ends. Unset epoch: from the beginning.
    public struct Cursor: GeneratedMessage, Hashable, Sendable {
        public var epoch: [UInt8]
        /// How many entries took effect, which is also the index of the next one.
        public var size: UInt64
        /// The root of the tree of so many entries, 32 bytes; may be left out where nothing is gone on from.
        public var root: [UInt8]

        public init(
            epoch: [UInt8] = [],
            size: UInt64 = 0,
            root: [UInt8] = []
        ) {
            self.epoch = epoch
            self.size = size
            self.root = root
        }
    }

    /// One entry of a service's log.
    public struct JournalEntry: GeneratedMessage, Hashable, Sendable {
        public var sealedUnixUs: Int64
        /// What the body is, e.g. "report.accepted".
        public var kind: String
        /// The acknowledged facts; see Proto/WIRE.md, "Journal".
        public var statement: [UInt8]
        /// A message of the service's package, named by kind.
        public var body: [UInt8]

        public init(
            sealedUnixUs: Int64 = 0,
            kind: String = "",
            statement: [UInt8] = [],
            body: [UInt8] = []
        ) {
            self.sealedUnixUs = sealedUnixUs
            self.kind = kind
            self.statement = statement
            self.body = body
        }
    }

    /// The first entry of an epoch that goes on from another one, of kind "epoch.begun" in whatever service's log: the entries
    /// before it are those of the earlier epoch, at the same places, under checkpoints that were signed again. It is appended by
    /// the operator's word, after the store was put back from a backup or to an earlier state.
    public struct EpochBegun: GeneratedMessage, Hashable, Sendable {
        public var earlierEpoch: [UInt8]
        /// How many of the earlier epoch's entries are here: what its receipts prove of entries below holds, those of entries
        /// beyond are lost.
        public var earlierSize: UInt64
        /// When the last of them was sealed; 0 if there is none.
        public var stateUnixUs: Int64
        /// The last head of the log that the operator had kept, a C2SP checkpoint, where it tells of more entries than are here: of
        /// the earlier epoch, or of one that went on from it too and is given up.
        public var lastKnownCheckpoint: String
        /// The operator's words.
        public var reason: String
        /// Submission's: the reporting units that have receipts of the earlier epoch, as far as is known here.
        public var receiptHolders: [String]

        public init(
            earlierEpoch: [UInt8] = [],
            earlierSize: UInt64 = 0,
            stateUnixUs: Int64 = 0,
            lastKnownCheckpoint: String = "",
            reason: String = "",
            receiptHolders: [String] = []
        ) {
            self.earlierEpoch = earlierEpoch
            self.earlierSize = earlierSize
            self.stateUnixUs = stateUnixUs
            self.lastKnownCheckpoint = lastKnownCheckpoint
            self.reason = reason
            self.receiptHolders = receiptHolders
        }
    }

    public struct FollowRequest: GeneratedMessage, Hashable, Sendable {
        /// Where to go on. The service refuses a cursor whose epoch or root is not its own (ABORTED): rebuild.
        public var cursor: TypeV1.Cursor?
        /// End the stream once everything that was there when the call began has been sent.
        public var stopAtEnd: Bool
        /// The last checkpoint of this epoch that the follower has verified, at the cursor's size: where the service's log does not
        /// have what it has signed there, its store went back, and it stops sealing (DATA_LOSS).
        public var checkpoint: String

        public init(
            cursor: TypeV1.Cursor? = nil,
            stopAtEnd: Bool = false,
            checkpoint: String = ""
        ) {
            self.cursor = cursor
            self.stopAtEnd = stopAtEnd
            self.checkpoint = checkpoint
        }
    }

    public struct FollowResponse: GeneratedMessage, Hashable, Sendable {
        /// The log's epoch, in every response.
        public var epoch: [UInt8]
        /// The index of the first of the entries, or of the next one if there are none.
        public var firstIndex: UInt64
        /// Entries in order. Empty together with at_end: nothing new, but the follower is current.
        public var entries: [TypeV1.JournalEntry]
        /// True when the stream has reached the log's end as it was at this moment.
        public var atEnd: Bool
        /// The head of the log behind these entries: a C2SP checkpoint. Left out where a group commit goes on in the next
        /// response, and while the log is empty.
        public var checkpoint: String
        /// The key that signs checkpoints of this epoch, as a note's verifier key: NAME+HASH+KEY.
        public var key: String

        public init(
            epoch: [UInt8] = [],
            firstIndex: UInt64 = 0,
            entries: [TypeV1.JournalEntry] = [],
            atEnd: Bool = false,
            checkpoint: String = "",
            key: String = ""
        ) {
            self.epoch = epoch
            self.firstIndex = firstIndex
            self.entries = entries
            self.atEnd = atEnd
            self.checkpoint = checkpoint
            self.key = key
        }
    }

    /// The body of a journal entry of kind "clock.corrected", by which an operator has the journal's instant go back: the entry is
    /// older than the one before. See Proto/WIRE.md, "Journal".
    public struct ClockCorrected: GeneratedMessage, Hashable, Sendable {
        /// The entries from this one up to the correction were sealed while the clock was wrong: what their instants decided is not
        /// to be relied on.
        public var firstIndex: UInt64
        /// From when to when it was wrong, as it showed the time itself.
        public var fromUnixUs: Int64
        public var untilUnixUs: Int64
        /// By how much it was ahead.
        public var aheadUs: Int64
        /// By whose word, and why.
        public var saidBy: String
        public var reason: String

        public init(
            firstIndex: UInt64 = 0,
            fromUnixUs: Int64 = 0,
            untilUnixUs: Int64 = 0,
            aheadUs: Int64 = 0,
            saidBy: String = "",
            reason: String = ""
        ) {
            self.firstIndex = firstIndex
            self.fromUnixUs = fromUnixUs
            self.untilUnixUs = untilUnixUs
            self.aheadUs = aheadUs
            self.saidBy = saidBy
            self.reason = reason
        }
    }

    public struct GetCheckpointRequest: GeneratedMessage, Hashable, Sendable {
        /// The oldest checkpoint that covers so many entries; 0: the newest.
        public var minimumSize: UInt64

        public init(
            minimumSize: UInt64 = 0
        ) {
            self.minimumSize = minimumSize
        }
    }

    public struct GetCheckpointResponse: GeneratedMessage, Hashable, Sendable {
        /// A C2SP checkpoint, which is a signed note. Left out while the log is empty.
        public var checkpoint: String
        /// The key that signs checkpoints of this epoch, as a note's verifier key: NAME+HASH+KEY.
        public var key: String

        public init(
            checkpoint: String = "",
            key: String = ""
        ) {
            self.checkpoint = checkpoint
            self.key = key
        }
    }

    public struct GetConsistencyProofRequest: GeneratedMessage, Hashable, Sendable {
        /// Of the log that is meant. Another epoch than the log's is ABORTED.
        public var epoch: [UInt8]
        /// At most new_size.
        public var oldSize: UInt64
        /// At most the log's size.
        public var newSize: UInt64

        public init(
            epoch: [UInt8] = [],
            oldSize: UInt64 = 0,
            newSize: UInt64 = 0
        ) {
            self.epoch = epoch
            self.oldSize = oldSize
            self.newSize = newSize
        }
    }

    public struct GetConsistencyProofResponse: GeneratedMessage, Hashable, Sendable {
        /// RFC 6962's consistency proof (section 2.1.2), 32 bytes each. Empty when the sizes are equal or the old one is 0.
        public var path: [[UInt8]]

        public init(
            path: [[UInt8]] = []
        ) {
            self.path = path
        }
    }

    public struct GetInclusionProofRequest: GeneratedMessage, Hashable, Sendable {
        /// As in GetConsistencyProofRequest.
        public var epoch: [UInt8]
        /// Of the entry; below size.
        public var index: UInt64
        /// Of the tree that it is to be proved in; at most the log's.
        public var size: UInt64

        public init(
            epoch: [UInt8] = [],
            index: UInt64 = 0,
            size: UInt64 = 0
        ) {
            self.epoch = epoch
            self.index = index
            self.size = size
        }
    }

    public struct GetInclusionProofResponse: GeneratedMessage, Hashable, Sendable {
        /// RFC 6962's audit path (section 2.1.1), 32 bytes each.
        public var path: [[UInt8]]

        public init(
            path: [[UInt8]] = []
        ) {
            self.path = path
        }
    }

    public struct GetHashTilesRequest: GeneratedMessage, Hashable, Sendable {
        /// As in GetConsistencyProofRequest.
        public var epoch: [UInt8]
        /// 0 to 7, as tlog-tiles counts them: 0 for hashes of leaves.
        public var tileLevel: UInt32
        /// Of the first tile.
        public var tileIndex: UInt64
        /// How many hashes from the beginning of that tile on, 1 to 16384: a tile has 256, the last one may have fewer. The log has
        /// them all.
        public var hashCount: UInt32

        public init(
            epoch: [UInt8] = [],
            tileLevel: UInt32 = 0,
            tileIndex: UInt64 = 0,
            hashCount: UInt32 = 0
        ) {
            self.epoch = epoch
            self.tileLevel = tileLevel
            self.tileIndex = tileIndex
            self.hashCount = hashCount
        }
    }

    public struct GetHashTilesResponse: GeneratedMessage, Hashable, Sendable {
        /// The hashes one after the other, 32 bytes each: every 8192 bytes are a tile.
        public var hashes: [UInt8]

        public init(
            hashes: [UInt8] = []
        ) {
            self.hashes = hashes
        }
    }
}
