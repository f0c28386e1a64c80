public import Reporting

/// Who asks, as the gateway's stamp says.
public enum SubmissionCaller: Sendable, Hashable {
    /// One of the suite's own processes.
    case service(name: String)
    /// Somebody acting for an organisation.
    case organisation(code: String, role: String)
}

/// What a certificate's role lets its bearer do here. A role that is not listed may do nothing.
public enum SubmissionRole: String, Sendable, Hashable, CaseIterable {
    case publisher
    /// Pushes reports.
    case reporter
    case reviewer
    case viewer
}

/// Who may do what in submission. Whatever is not allowed here is denied.
public enum SubmissionAccess {
    /// A report is pushed by a reporter of its unit, or of one the unit reports to (代报: the journal names who pushed).
    public static func push(
        for unit: String, by caller: SubmissionCaller, _ line: ReportingLine
    ) throws(Refusal) {
        guard case .organisation(let code, let role) = caller, SubmissionRole(rawValue: role) == .reporter else {
            throw .denied(
                unit: unit, remedy: "use a certificate with the role 'reporter' (qmctl pki issue --role reporter)")
        }
        guard line.isAtOrBelow(unit, code) else {
            throw .denied(
                unit: unit,
                remedy:
                    "'\(code)' may push for itself and for units that report to it; use a reporter's certificate of "
                    + "'\(unit)' or of one that it reports to")
        }
    }

    /// Reports are shown to their unit, to those it reports to, and to services.
    public static func read(unit: String, by caller: SubmissionCaller, _ line: ReportingLine) throws(Refusal) {
        guard try mayRead(unit: unit, by: caller, line) else {
            throw .denied(
                unit: unit, remedy: "use a certificate of '\(unit)' or of an organisation that it reports to")
        }
    }

    /// As ``read(unit:by:_:)``, for lists, which leave out what the caller may not see.
    public static func mayRead(
        unit: String, by caller: SubmissionCaller, _ line: ReportingLine
    ) throws(Refusal) -> Bool {
        switch caller {
        case .service: return true
        case .organisation(let code, let role):
            guard SubmissionRole(rawValue: role) != nil else {
                throw .denied(
                    unit: unit,
                    remedy: "the role '\(role)' means nothing here: use publisher, reporter, reviewer or viewer")
            }
            return line.isAtOrBelow(unit, code)
        }
    }

    /// Personal data is for the unit and its superiors, who read it as organisations; services have no use for it.
    public static func mayReadPersonalData(_ caller: SubmissionCaller) -> Bool {
        switch caller {
        case .service: false
        case .organisation: true
        }
    }

    /// The journal is for the suite's services.
    public static func follow(by caller: SubmissionCaller) throws(Refusal) {
        guard case .service = caller else {
            throw Refusal(
                .denied, thing: "the journal of submission", place: "Follow",
                remedy: "only the suite's services follow it; ask for reports and receipts")
        }
    }
}
