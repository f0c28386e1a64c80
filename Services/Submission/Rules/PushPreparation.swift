public import Journal
public import Reporting

/// What a push says of itself before its report is looked into.
public struct PushHead: Sendable {
    public var name: ReportName
    /// The form version the report was made with.
    public var formVersion: UInt32
    public var baseVersion: UInt64
    public var idempotencyKey: String
    /// Cells and rows, over the whole report.
    public var cells: Int

    public init(name: ReportName, formVersion: UInt32, baseVersion: UInt64, idempotencyKey: String, cells: Int) {
        self.name = name
        self.formVersion = formVersion
        self.baseVersion = baseVersion
        self.idempotencyKey = idempotencyKey
        self.cells = cells
    }
}

/// A push of somebody who may push it, for a form that exists. From here on a refusal concerns a report, and is journaled.
///
/// What a push goes through, each step dearer than the one before, and only when that one found nothing:
///
///     permit ──▶ AdmittedPush ──▶ CheckedPush ──▶ PreparedPush ──▶ PushDecision
///     whose       key, form,       reading,         commitments,     what was
///     it is       size             form's check     digest           pushed before
public struct AdmittedPush: Sendable {
    public let name: ReportName
    public let key: IdempotencyKey
    public let formVersion: UInt32
    public let baseVersion: UInt64
    public let form: Catalogue.PublishedForm
    /// Set when the report has more cells than any may have: nothing more is looked at.
    public let oversize: Refusal?

    /// Admits a push, or says why not. What this refuses leaves no trace in the journal: it is not known to concern any
    /// report. `permit` is for the push's unit.
    public init(_ head: PushHead, _ permit: UnitPermit, _ catalogue: Catalogue) throws(Refusal) {
        name = head.name
        guard let key = IdempotencyKey(head.idempotencyKey) else {
            throw .invalid(
                "idempotency_key", "the push of \(head.name)",
                "8 to 64 printable ASCII characters without spaces; a UUID will do")
        }
        self.key = key
        formVersion = head.formVersion
        baseVersion = head.baseVersion
        form = try catalogue.form(for: head.name, permit)
        oversize = FormChecker.oversize(cells: head.cells).map { .findings([$0], in: head.name) }
    }

    /// What the journal tells of it when it is refused with nothing digested.
    public var refused: RefusedPush { RefusedPush(name: name, key: key, formVersion: formVersion, digest: nil) }

    /// Has the form check the report. `malformed`: what reading it found.
    public func checked<Failure>(
        _ report: Report, malformed: [Finding], worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> CheckedPush {
        // A report made with another version of the form is not judged by this one: the decision refuses it, unless it
        // is a repeated push.
        let isThisVersion = formVersion == form.checker.form.version
        let check =
            isThisVersion
            ? try await form.checker.check(report, malformed: malformed, worked: worked)
            : ReportCheck(findings: malformed, isAcceptable: malformed.isEmpty)
        return CheckedPush(admitted: self, report: report, check: check)
    }
}

/// A push whose report was read and checked. No digest was made yet.
public struct CheckedPush: Sendable {
    public let admitted: AdmittedPush
    public let report: Report
    let check: ReportCheck

    /// Set when the report is no report at all, so that nothing of it is worth digesting.
    public var malformedRefusal: Refusal? {
        check.isMalformed ? .findings(check.findings, in: admitted.name) : nil
    }

    /// True when the report cannot be digested without the unit's salt.
    public var needsSalt: Bool { admitted.form.checker.hasPersonalFields }

    /// Digests the report. `salt` is the reporting unit's, and may be empty when ``needsSalt`` is false.
    public func prepared<Failure>(
        salt: [UInt8], _ sha256: JournalHashFunction, worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> PreparedPush {
        let (report, values) = try await admitted.form.checker.withoutPersonalValues(
            report, commitment: { $0.commitment(salt: salt, sha256) }, worked: worked)
        return PreparedPush(
            name: admitted.name, key: admitted.key, baseVersion: admitted.baseVersion, report: report,
            personalValues: values, digest: ReportDigest.digest(of: report, sha256), findings: check.findings,
            refusal: check.isAcceptable ? nil : .findings(check.findings, in: admitted.name),
            formVersion: admitted.form.checker.form.version, deadline: admitted.form.deadline)
    }
}

/// What the journal tells of a push that was refused.
public struct RefusedPush: Sendable, Hashable {
    public let name: ReportName
    public let key: IdempotencyKey
    public let formVersion: UInt32
    /// `nil` when it was refused before there was anything to digest.
    public let digest: JournalHash?
}

/// A push that was checked and digested: everything that can be known of it without looking at what was pushed before.
public struct PreparedPush: Sendable {
    public let name: ReportName
    public let key: IdempotencyKey
    public let baseVersion: UInt64
    /// With commitments in the place of personal values: what is digested and journaled.
    public let report: Report
    public let personalValues: [PersonalValue]
    public let digest: JournalHash
    public let findings: [Finding]
    /// Set when the findings block the report.
    public let refusal: Refusal?
    /// The version of the form in force.
    public let formVersion: UInt32
    public let deadline: Deadline

    /// What the journal tells of it when it is refused.
    public var refused: RefusedPush {
        RefusedPush(name: name, key: key, formVersion: report.formVersion, digest: digest)
    }

    /// What becomes of it, given what was pushed before, in a group commit that is sealed at this instant.
    public func decision(
        earlier: PushDecision.Earlier?, current: PushDecision.Current?, sealedAtUnixMicroseconds instant: Int64
    ) -> PushDecision {
        PushDecision.decide(
            PushDecision.Attempt(formVersion: report.formVersion, digest: digest, baseVersion: baseVersion),
            earlier: earlier, current: current, formVersion: formVersion, deadline: deadline,
            sealedAtUnixMicroseconds: instant)
    }

    /// What a receipt of it acknowledges.
    public func accepted(version: UInt64, timeliness: Timeliness, correctedLate: Bool) -> AcceptedReport {
        AcceptedReport(
            campaign: name.campaign, form: name.form, formVersion: report.formVersion, reportingUnit: name.unit,
            reportVersion: version, digest: digest, timeliness: timeliness, correctedLate: correctedLate)
    }
}
