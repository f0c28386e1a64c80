// Generated from Proto/quality/submission/v1/submission.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.submission.v1`.
public enum SubmissionV1 {}

extension SubmissionV1 {
    public enum Atomicity: RawRepresentable, Hashable, Sendable {
        case unspecified
        /// Each item stands alone.
        case each
        /// All or none: one refusal refuses every item (the others with ABORTED).
        case whole
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .each
            case 2: self = .whole
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .each: 1
            case .whole: 2
            case .unrecognized(let number): number
            }
        }
    }

    /// A report: campaign x form x reporting unit, in versions.
    public struct Report: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String
        /// The form version the report was made with.
        public var formVersion: UInt32
        /// The reporting unit's organisation code.
        public var reportingUnit: String
        public var cells: [TypeV1.Cell]
        public var rows: [TypeV1.Row]

        public init(
            campaign: String = "",
            form: String = "",
            formVersion: UInt32 = 0,
            reportingUnit: String = "",
            cells: [TypeV1.Cell] = [],
            rows: [TypeV1.Row] = []
        ) {
            self.campaign = campaign
            self.form = form
            self.formVersion = formVersion
            self.reportingUnit = reportingUnit
            self.cells = cells
            self.rows = rows
        }
    }

    public struct PushRequest: GeneratedMessage, Hashable, Sendable {
        public var report: SubmissionV1.Report?
        /// The version this one replaces; 0 for a first report. Another current version: ABORTED, which names it.
        public var baseVersion: UInt64
        /// Names this push among those of its reporting unit, for ever: 8 to 64 printable ASCII characters without blanks (0x21
        /// to 0x7e), made by the client (a UUID will do, version 7 for preference). Another key is INVALID_ARGUMENT. The same key
        /// with the same content returns the first receipt, byte for byte; with other content it is ALREADY_EXISTS.
        public var idempotencyKey: String

        public init(
            report: SubmissionV1.Report? = nil,
            baseVersion: UInt64 = 0,
            idempotencyKey: String = ""
        ) {
            self.report = report
            self.baseVersion = baseVersion
            self.idempotencyKey = idempotencyKey
        }
    }

    public struct PushResponse: GeneratedMessage, Hashable, Sendable {
        public var receipt: TypeV1.Receipt?
        /// True when this push had been accepted before and this is its first receipt.
        public var repeatedPush: Bool
        /// 核实性 findings with their explanations, and 提示性 ones: they did not block.
        public var findings: [TypeV1.Finding]

        public init(
            receipt: TypeV1.Receipt? = nil,
            repeatedPush: Bool = false,
            findings: [TypeV1.Finding] = []
        ) {
            self.receipt = receipt
            self.repeatedPush = repeatedPush
            self.findings = findings
        }
    }

    /// One item's outcome in a batch or a stream.
    public struct Verdict: GeneratedMessage, Hashable, Sendable {
        /// The item's place in what was sent, from 0.
        public var index: UInt32
        /// The item's own; of one that is longer than a key may be, the beginning.
        public var idempotencyKey: String
        public var outcome: Outcome?

        public init(
            index: UInt32 = 0,
            idempotencyKey: String = "",
            outcome: Outcome? = nil
        ) {
            self.index = index
            self.idempotencyKey = idempotencyKey
            self.outcome = outcome
        }

        /// The cases of `outcome`: one at most is set.
        public enum Outcome: Hashable, Sendable {
            case accepted(SubmissionV1.PushResponse)
            case refused(SubmissionV1.Refusal)
        }
    }

    public struct Refusal: GeneratedMessage, Hashable, Sendable {
        /// A status code of WIRE.md, e.g. 3 for INVALID_ARGUMENT.
        public var code: UInt32
        public var message: String
        public var detail: TypeV1.ErrorDetail?

        public init(
            code: UInt32 = 0,
            message: String = "",
            detail: TypeV1.ErrorDetail? = nil
        ) {
            self.code = code
            self.message = message
            self.detail = detail
        }
    }

    public struct PushBatchRequest: GeneratedMessage, Hashable, Sendable {
        /// At most 1000.
        public var items: [SubmissionV1.PushRequest]
        public var atomicity: SubmissionV1.Atomicity

        public init(
            items: [SubmissionV1.PushRequest] = [],
            atomicity: SubmissionV1.Atomicity = .unspecified
        ) {
            self.items = items
            self.atomicity = atomicity
        }
    }

    public struct PushBatchResponse: GeneratedMessage, Hashable, Sendable {
        /// One an item, in their order.
        public var verdicts: [SubmissionV1.Verdict]

        public init(
            verdicts: [SubmissionV1.Verdict] = []
        ) {
            self.verdicts = verdicts
        }
    }

    public struct PushStreamRequest: GeneratedMessage, Hashable, Sendable {
        public var item: SubmissionV1.PushRequest?

        public init(
            item: SubmissionV1.PushRequest? = nil
        ) {
            self.item = item
        }
    }

    public struct PushStreamResponse: GeneratedMessage, Hashable, Sendable {
        /// One an item, in their order.
        public var verdicts: [SubmissionV1.Verdict]

        public init(
            verdicts: [SubmissionV1.Verdict] = []
        ) {
            self.verdicts = verdicts
        }
    }

    public struct GetReportRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String
        public var reportingUnit: String
        /// 0: the version in force.
        public var version: UInt64

        public init(
            campaign: String = "",
            form: String = "",
            reportingUnit: String = "",
            version: UInt64 = 0
        ) {
            self.campaign = campaign
            self.form = form
            self.reportingUnit = reportingUnit
            self.version = version
        }
    }

    public struct GetReportResponse: GeneratedMessage, Hashable, Sendable {
        public var report: SubmissionV1.Report?
        public var version: UInt64
        /// The version in force, which may be a later one.
        public var currentVersion: UInt64
        public var receipt: TypeV1.Receipt?

        public init(
            report: SubmissionV1.Report? = nil,
            version: UInt64 = 0,
            currentVersion: UInt64 = 0,
            receipt: TypeV1.Receipt? = nil
        ) {
            self.report = report
            self.version = version
            self.currentVersion = currentVersion
            self.receipt = receipt
        }
    }

    public struct ListReportsRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        /// Empty: every form.
        public var form: String
        /// Empty: every unit the caller may see.
        public var reportingUnit: String
        /// At most 1000; 0: 200.
        public var pageSize: UInt32
        public var pageToken: String

        public init(
            campaign: String = "",
            form: String = "",
            reportingUnit: String = "",
            pageSize: UInt32 = 0,
            pageToken: String = ""
        ) {
            self.campaign = campaign
            self.form = form
            self.reportingUnit = reportingUnit
            self.pageSize = pageSize
            self.pageToken = pageToken
        }
    }

    public struct ReportSummary: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String
        public var reportingUnit: String
        public var version: UInt64
        public var firstSealedUnixUs: Int64
        public var sealedUnixUs: Int64
        public var timeliness: TypeV1.Timeliness
        public var correctedLate: Bool
        public var digest: [UInt8]

        public init(
            campaign: String = "",
            form: String = "",
            reportingUnit: String = "",
            version: UInt64 = 0,
            firstSealedUnixUs: Int64 = 0,
            sealedUnixUs: Int64 = 0,
            timeliness: TypeV1.Timeliness = .unspecified,
            correctedLate: Bool = false,
            digest: [UInt8] = []
        ) {
            self.campaign = campaign
            self.form = form
            self.reportingUnit = reportingUnit
            self.version = version
            self.firstSealedUnixUs = firstSealedUnixUs
            self.sealedUnixUs = sealedUnixUs
            self.timeliness = timeliness
            self.correctedLate = correctedLate
            self.digest = digest
        }
    }

    public struct ListReportsResponse: GeneratedMessage, Hashable, Sendable {
        public var reports: [SubmissionV1.ReportSummary]
        public var nextPageToken: String

        public init(
            reports: [SubmissionV1.ReportSummary] = [],
            nextPageToken: String = ""
        ) {
            self.reports = reports
            self.nextPageToken = nextPageToken
        }
    }

    public struct GetReceiptKeyRequest: GeneratedMessage, Hashable, Sendable {
        public init() {}
    }

    public struct GetReceiptKeyResponse: GeneratedMessage, Hashable, Sendable {
        /// Raw Ed25519 public key, 32 bytes: what receipts are verified against.
        public var publicKey: [UInt8]
        /// The first 8 bytes of its SHA-256: a short name of the key.
        public var keyID: [UInt8]
        /// The same key under the name of the log as it is now, as tools for signed notes know it: NAME+HASH+KEY. The name has the
        /// log's epoch in it.
        public var verifierKey: String

        public init(
            publicKey: [UInt8] = [],
            keyID: [UInt8] = [],
            verifierKey: String = ""
        ) {
            self.publicKey = publicKey
            self.keyID = keyID
            self.verifierKey = verifierKey
        }
    }

    /// kind "report.accepted". Personal cells are replaced by commitments (see Proto/WIRE.md, "Journal").
    public struct ReportAccepted: GeneratedMessage, Hashable, Sendable {
        public var report: SubmissionV1.Report?
        public var version: UInt64
        public var digest: [UInt8]
        public var timeliness: TypeV1.Timeliness
        public var correctedLate: Bool
        /// Findings that did not block, with explanations in the cells.
        public var findings: [TypeV1.Finding]
        public var idempotencyKey: String
        /// The caller's identity.
        public var pushedBy: String

        public init(
            report: SubmissionV1.Report? = nil,
            version: UInt64 = 0,
            digest: [UInt8] = [],
            timeliness: TypeV1.Timeliness = .unspecified,
            correctedLate: Bool = false,
            findings: [TypeV1.Finding] = [],
            idempotencyKey: String = "",
            pushedBy: String = ""
        ) {
            self.report = report
            self.version = version
            self.digest = digest
            self.timeliness = timeliness
            self.correctedLate = correctedLate
            self.findings = findings
            self.idempotencyKey = idempotencyKey
            self.pushedBy = pushedBy
        }
    }

    /// What a follower without use for the report reads of kind "report.accepted": the same bytes, of which it passes over the rest.
    public struct ReportAcceptedFindings: GeneratedMessage, Hashable, Sendable {
        public var findings: [TypeV1.Finding]

        public init(
            findings: [TypeV1.Finding] = []
        ) {
            self.findings = findings
        }
    }

    /// kind "report.rejected". Never holds the content.
    public struct ReportRejected: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String
        public var formVersion: UInt32
        public var reportingUnit: String
        public var digest: [UInt8]
        public var code: UInt32
        public var message: String
        public var findings: [TypeV1.Finding]
        public var idempotencyKey: String
        public var pushedBy: String

        public init(
            campaign: String = "",
            form: String = "",
            formVersion: UInt32 = 0,
            reportingUnit: String = "",
            digest: [UInt8] = [],
            code: UInt32 = 0,
            message: String = "",
            findings: [TypeV1.Finding] = [],
            idempotencyKey: String = "",
            pushedBy: String = ""
        ) {
            self.campaign = campaign
            self.form = form
            self.formVersion = formVersion
            self.reportingUnit = reportingUnit
            self.digest = digest
            self.code = code
            self.message = message
            self.findings = findings
            self.idempotencyKey = idempotencyKey
            self.pushedBy = pushedBy
        }
    }
}
