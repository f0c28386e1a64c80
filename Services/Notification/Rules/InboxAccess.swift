public import Reporting

/// Who asks, as the gateway's stamp says.
public enum InboxCaller: Sendable, Hashable {
    /// One of the suite's own processes.
    case service(name: String)
    /// Somebody acting for an organisation.
    case organisation(code: String, role: String)
}

/// Whose inbox a caller may open. Whatever is not allowed here is denied.
public enum InboxAccess: Sendable, Hashable {
    /// The organisation's own: what it opens was told to it, and is marked so.
    case own(role: OrganisationRole)
    /// From above in the reporting line, or by a service: looks on. "Never told" differs from "late", so only the
    /// organisation itself can say that it was told.
    case looksOn

    /// Why not, and what to do about it.
    public struct Denial: Error, Sendable, Hashable {
        public var remedy: String
    }

    /// `superiors`: codes from the one that `organisation` reports to, up to the top.
    public init(_ caller: InboxCaller, to organisation: String, superiors: [String]) throws(Denial) {
        guard case .organisation(let code, let name) = caller else {
            self = .looksOn
            return
        }
        guard let role = OrganisationRole(rawValue: name) else {
            throw Denial(
                remedy: "the role '\(name)' means nothing here: use "
                    + OrganisationRole.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if code == organisation {
            self = .own(role: role)
        } else if superiors.contains(code) {
            self = .looksOn
        } else {
            throw Denial(remedy: "use a certificate of '\(organisation)' or of one that it reports to")
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
    public func acknowledge(for organisation: String) throws(Denial) {
        switch self {
        case .own(.publisher), .own(.reporter), .own(.reviewer): return
        case .own(.viewer):
            throw Denial(remedy: "a viewer only reads: use a reporter's certificate of '\(organisation)'")
        case .looksOn:
            throw Denial(remedy: "only '\(organisation)' itself says that it was told: use its own certificate")
        }
    }
}
