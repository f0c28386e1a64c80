public import Reporting

/// A push as it came in.
public struct PushItem: Sendable {
    public var report: Report
    /// What reading the report found.
    public var malformed: [Finding]
    public var baseVersion: UInt64
    public var idempotencyKey: String

    public init(report: Report, malformed: [Finding] = [], baseVersion: UInt64, idempotencyKey: String) {
        self.report = report
        self.malformed = malformed
        self.baseVersion = baseVersion
        self.idempotencyKey = idempotencyKey
    }
}

/// A push of somebody who may push it, for a form that exists.
public struct AdmittedPush: Sendable {
    public let item: PushItem
    public let name: ReportName
    public let key: IdempotencyKey
    public let form: Catalogue.PublishedForm

    /// Admits a push, or says why not. What this refuses leaves no trace in the journal: it is not known to concern any
    /// report, or not to come from anyone entitled.
    public init(_ item: PushItem, by caller: SubmissionCaller, _ catalogue: Catalogue) throws(Refusal) {
        self.item = item
        name = ReportName(item.report)
        guard let key = IdempotencyKey(item.idempotencyKey) else {
            throw .invalid(
                "idempotency_key", "the push of \(name)",
                "8 to 64 printable ASCII characters without spaces; a UUID will do")
        }
        self.key = key
        form = try catalogue.form(for: name)
        try SubmissionAccess.push(for: name.unit, by: caller, catalogue.line)
    }

    /// True when the report cannot be digested without the unit's salt.
    public var needsSalt: Bool { form.checker.hasPersonalFields }

    /// Checks and digests the report. `salt` is the reporting unit's, and may be empty when ``needsSalt`` is false.
    public func prepared(salt: [UInt8], _ sha256: JournalHashFunction) -> PreparedPush {
        let (report, values) = form.checker.withoutPersonalValues(item.report) {
            $0.commitment(salt: salt, sha256)
        }
        // A report made with another version of the form is not judged by this one: the decision refuses it, unless it
        // is a repeated push.
        let isThisVersion = report.formVersion == form.checker.form.version
        let check =
            isThisVersion
            ? form.checker.check(item.report, malformed: item.malformed)
            : ReportCheck(findings: item.malformed, isAcceptable: item.malformed.isEmpty)
        return PreparedPush(
            name: name, key: key, baseVersion: item.baseVersion, report: report, personalValues: values,
            digest: ReportDigest.digest(of: report, sha256), findings: check.findings,
            refusal: check.isAcceptable ? nil : .findings(check.findings, in: name),
            formVersion: form.checker.form.version, deadline: form.deadline)
    }
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
