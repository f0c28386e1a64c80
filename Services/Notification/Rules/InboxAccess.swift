public import Reporting

/// Whose inbox a caller may open. Whatever is not allowed here is denied.
public enum InboxAccess: Sendable, Hashable {
    /// The organisation's own: what it opens was told to it, and is marked so.
    case own(UnitPermit, role: OrganisationRole)
    /// From above in the reporting line, or by a service: looks on. "Never told" differs from "late", so only the
    /// organisation itself can say that it was told.
    case looksOn(UnitPermit)

    /// `superiors`: codes from the one that `organisation` reports to, up to the top.
    public init(_ caller: Caller, to organisation: String, superiors: [String]) throws(AccessDenial) {
        let permit = try UnitAccess.reading.permit(caller, for: organisation) { superiors.contains($0) }
        if permit.isOwn, let role = permit.role {
            self = .own(permit, role: role)
        } else {
            self = .looksOn(permit)
        }
    }

    /// Whose inbox it is.
    public var permit: UnitPermit {
        switch self {
        case .own(let permit, _), .looksOn(let permit): permit
        }
    }

    /// True when opening a message marks it as read.
    public var marksRead: Bool {
        switch self {
        case .own: true
        case .looksOn: false
        }
    }

    /// To acknowledge is to answer for the organisation: a viewer cannot.
    public func acknowledge() throws(AccessDenial) {
        switch self {
        case .own(_, .publisher), .own(_, .reporter), .own(_, .reviewer): return
        case .own(let permit, .viewer):
            throw AccessDenial(remedy: "a viewer only reads: use a reporter's certificate of '\(permit.unit)'")
        case .looksOn(let permit):
            throw AccessDenial(
                remedy: "only '\(permit.unit)' itself says that it was told: use its own certificate")
        }
    }
}
