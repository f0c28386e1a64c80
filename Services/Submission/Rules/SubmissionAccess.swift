public import Reporting

/// Who may do what in submission. Whatever is not allowed here is denied.
public enum SubmissionAccess {
    /// A report is pushed by a reporter of its unit, or of one the unit reports to (代报: the journal names who pushed).
    public static func push(
        for unit: String, by caller: Caller, _ line: ReportingLine
    ) throws(Refusal) -> UnitPermit {
        try permit(.reporting, caller, unit, line)
    }

    /// Whether the caller pushes anything at all: asked before its message is looked into.
    public static func push(by caller: Caller) throws(Refusal) {
        do throws(AccessDenial) {
            try UnitAccess.reporting.role(of: caller)
        } catch {
            throw Refusal(.denied, thing: "a push", place: "the caller's certificate", remedy: error.remedy)
        }
    }

    /// Reports are shown to their unit, to those it reports to, and to services.
    public static func read(
        unit: String, by caller: Caller, _ line: ReportingLine
    ) throws(Refusal) -> UnitPermit {
        try permit(.reading, caller, unit, line)
    }

    /// For lists, which leave out what the caller may not see: whether it reads anything at all.
    public static func list(by caller: Caller) throws(Refusal) {
        do throws(AccessDenial) {
            try UnitAccess.reading.role(of: caller)
        } catch {
            throw Refusal(
                .denied, thing: "the list of reports", place: "the caller's certificate", remedy: error.remedy)
        }
    }

    /// Personal data is for the unit and its superiors, who read it as organisations; services have no use for it.
    public static func mayReadPersonalData(_ permit: UnitPermit) -> Bool { permit.role != nil }

    /// The journal is for the suite's services.
    public static func follow(by caller: Caller) throws(Refusal) {
        guard case .service = caller else {
            throw Refusal(
                .denied, thing: "the journal of submission", place: "Follow",
                remedy: "only the suite's services follow it; ask for reports and receipts")
        }
    }

    private static func permit(
        _ access: UnitAccess, _ caller: Caller, _ unit: String, _ line: ReportingLine
    ) throws(Refusal) -> UnitPermit {
        do throws(AccessDenial) {
            return try access.permit(caller, for: unit, in: line)
        } catch {
            throw Refusal(
                .denied, thing: "reports of unit '\(unit)'", place: "the caller's certificate", remedy: error.remedy)
        }
    }
}
