public import Journal
public import Reporting

/// A push of somebody who may push it, for a form that exists, and what is found out about it until the writer decides. A
/// refusal of it concerns a report, and is journaled.
///
/// Each step is dearer than the one before, and done only when that one found nothing:
///
///     permit ──▶ init ──▶ check ──▶ digest ──▶ write ──▶ decision
///     whose      form,    the form  content,   what is   what was
///     it is      size               without    journaled pushed before
///                                   persons
///
/// Invalid: `check` of what is ``refusal`` already, `digest` of what ``isMalformed``, and `decision` of what is refused.
public struct Push: Sendable {
    /// What is known from the beginning. A class, since a push is handed from one to the next: a copy counts one reference for
    /// all of it.
    private final class Admission: Sendable {
        let name: ReportName
        let key: IdempotencyKey
        let formVersion: UInt32
        let baseVersion: UInt64
        let form: Catalogue.PublishedForm

        init(
            _ name: ReportName, _ key: IdempotencyKey, formVersion: UInt32, baseVersion: UInt64,
            _ form: Catalogue.PublishedForm
        ) {
            self.name = name
            self.key = key
            self.formVersion = formVersion
            self.baseVersion = baseVersion
            self.form = form
        }
    }

    private let admission: Admission

    /// Of a push as it came, and of what the journal is to tell of it: with room for what the decision adds, and for the receipt
    /// when the report is read again. Commitments in the place of short personal values are longer than they.
    public static let maximumBytes = JournalEntry.maximumBytes - (8 << 10)

    /// Refuses what is too large to be journaled, and to be read again. `byteCount`: of the push as it came.
    public func checkSize(asItCame byteCount: Int) throws(Refusal) {
        let bytes = max(byteCount, body.count)
        guard bytes > Self.maximumBytes else { return }
        throw Refusal(
            .invalid, thing: "\(name)", place: "report",
            remedy: "it takes \(bytes) bytes in the journal, with 76 for each personal value; at most "
                + "\(Self.maximumBytes): send less")
    }

    public var name: ReportName { admission.name }
    public var key: IdempotencyKey { admission.key }
    /// The form version the report was made with.
    public var formVersion: UInt32 { admission.formVersion }
    public var baseVersion: UInt64 { admission.baseVersion }
    /// Of the report's form.
    public var checker: FormChecker { admission.form.checker }
    /// What the form has to say.
    public private(set) var findings: [Finding] = []
    /// Set when something in the push itself stands against it.
    public private(set) var refusal: Refusal?
    /// True when the report is no report at all, so that nothing of it is worth digesting.
    public private(set) var isMalformed = false
    /// Of the content, with commitments in the place of personal values; `nil` as long as there is none.
    public private(set) var digest: JournalHash?
    /// What the journal is to tell of it, encoded, without what the decision adds.
    public var body: [UInt8] = []
    /// Its personal values, sealed under the unit's key; `nil` if there are none.
    public var personal: [UInt8]?

    /// Admits a push, or says why not. What this refuses leaves no trace in the journal: it is not known to concern any
    /// report.
    ///
    /// - Parameters:
    ///   - cells: cells and rows, over the whole report. More than any may have, and nothing more is looked at.
    ///   - permit: for the push's unit.
    public init(
        _ name: ReportName, formVersion: UInt32, baseVersion: UInt64, idempotencyKey: String, cells: Int,
        _ permit: UnitPermit, _ catalogue: Catalogue
    ) throws(Refusal) {
        guard let key = IdempotencyKey(idempotencyKey) else {
            throw .invalid(
                "idempotency_key", "the push of \(name)",
                "8 to 64 printable ASCII characters without spaces; a UUID will do")
        }
        admission = Admission(
            name, key, formVersion: formVersion, baseVersion: baseVersion, try catalogue.form(for: name, permit))
        refusal = FormChecker.oversize(cells: cells).map { .findings([$0], in: name) }
    }

    /// True when the report cannot be digested without the unit's salt.
    public var needsSalt: Bool { checker.hasPersonalFields }

    /// A report made with another version of the form is not judged by this one: the decision refuses it, unless it is a
    /// repeated push.
    private var isOfThisVersion: Bool { formVersion == checker.form.version }

    /// Has the form check the report where it lies.
    package mutating func check(_ report: BorrowedReport) {
        if isOfThisVersion { found(checker.check(report)) }
    }

    /// Has the form check a report. `malformed`: what reading it found. See ``FormChecker/check(_:malformed:worked:)``.
    public mutating func check<Failure>(
        _ report: Report, malformed: [Finding], worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) {
        found(
            isOfThisVersion
                ? try await checker.check(report, malformed: malformed, worked: worked)
                : ReportCheck(findings: malformed, isAcceptable: malformed.isEmpty))
    }

    private mutating func found(_ check: ReportCheck) {
        findings = check.findings
        isMalformed = check.isMalformed
        if !check.isAcceptable { refusal = .findings(findings, in: name) }
    }

    /// Digests a report without personal values where it lies.
    package mutating func digest(_ report: BorrowedReport, _ sha256: JournalHashFunction) {
        digest = ReportDigest.digest(of: report, checker, sha256)
    }

    /// Takes the personal values out of a report, gives them back, and digests what is left. `salt` is the unit's, and may be
    /// empty when ``needsSalt`` is false.
    public mutating func digest<Failure>(
        _ report: inout Report, salt: [UInt8], _ sha256: JournalHashFunction,
        worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> [PersonalValue] {
        let (rest, values) = try await checker.withoutPersonalValues(
            report, commitment: { $0.commitment(salt: salt, sha256) }, worked: worked)
        report = rest
        digest = ReportDigest.digest(of: rest, sha256)
        return values
    }

    /// Leaves as many findings as there is still room for, which they take.
    public mutating func limitFindings(toBytes roomBytes: inout Int) {
        guard let limited = refusal?.limited(toBytes: roomBytes) else { return }
        roomBytes = max(0, roomBytes - limited.approximateBytes)
        refusal = limited
        findings = limited.findings
    }

    /// What becomes of it, given what was pushed before, in a group commit that is sealed at this instant.
    public func decision(
        earlier: PushDecision.Earlier?, current: PushDecision.Current?, sealedAtUnixMicroseconds instant: Int64
    ) -> PushDecision {
        guard let digest, refusal == nil else { preconditionFailure("a push is decided on that was not digested") }
        return PushDecision.decide(
            PushDecision.Attempt(formVersion: formVersion, digest: digest, baseVersion: baseVersion),
            earlier: earlier, current: current, formVersion: checker.form.version, deadline: admission.form.deadline,
            sealedAtUnixMicroseconds: instant)
    }

    /// What a receipt of it acknowledges.
    public func accepted(version: UInt64, timeliness: Timeliness, correctedLate: Bool) -> AcceptedReport {
        AcceptedReport(
            campaign: name.campaign, form: name.form, formVersion: formVersion, reportingUnit: name.unit,
            reportVersion: version, digest: digest ?? .zero, timeliness: timeliness, correctedLate: correctedLate)
    }
}
