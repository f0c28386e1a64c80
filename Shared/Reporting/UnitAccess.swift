/// Who asks, as the gateway's stamp says.
public enum Caller: Sendable, Hashable {
    /// One of the suite's own processes.
    case service(name: String)
    /// Somebody acting for an organisation; a role may be one that nobody knows.
    case organisation(code: String, role: String)
}

/// Why a caller may not, and what to do about it.
public struct AccessDenial: Error, Sendable, Hashable {
    public var remedy: String

    public init(remedy: String) {
        self.remedy = remedy
    }
}

/// The proof that a caller may deal with a unit. Only ``UnitAccess`` makes one, and whatever tells of a unit asks for it:
/// so a handler cannot find out that a campaign, a version or a message is not there before it knows whom it tells.
public struct UnitPermit: Sendable, Hashable {
    /// The organisation's code.
    public let unit: String
    /// What the caller is there: `nil` for a service.
    public let role: OrganisationRole?
    /// True when the caller acts for the unit itself, and not for one above it.
    public let isOwn: Bool

    fileprivate init(unit: String, role: OrganisationRole?, isOwn: Bool) {
        self.unit = unit
        self.role = role
        self.isOwn = isOwn
    }
}

/// Who may do one kind of thing with a unit: with certain roles, the unit itself and those it reports to at any depth.
/// Whatever is not allowed here is denied, and judged before everything else: a unit that does not exist, one that is
/// somebody else's, and a wrong question about it get one answer.
public struct UnitAccess: Sendable, Hashable {
    private let roles: [OrganisationRole]
    private let includesServices: Bool

    /// Reading what is the unit's: every role, and services.
    public static let reading = UnitAccess(roles: OrganisationRole.allCases, includesServices: true)
    /// Reporting for the unit.
    public static let reporting = UnitAccess(roles: [.reporter], includesServices: false)
    /// Publishing for the unit, and registering what belongs to it.
    public static let publishing = UnitAccess(roles: [.publisher], includesServices: false)

    /// Whether the caller may do such a thing to any unit at all. Returns its role, `nil` for a service.
    @discardableResult
    public func role(of caller: Caller) throws(AccessDenial) -> OrganisationRole? {
        switch caller {
        case .service:
            if includesServices { return nil }
        case .organisation(_, let name):
            if let role = OrganisationRole(rawValue: name), roles.contains(role) { return role }
        }
        throw AccessDenial(remedy: remedy(caller))
    }

    /// Whether the caller may do it to `unit`.
    ///
    /// - Parameter isBelow: whether `unit` reports to the organisation with that code, at any depth; not asked for a
    ///   service, nor of an organisation about itself.
    public func permit(
        _ caller: Caller, for unit: String, isBelow: (_ code: String) -> Bool
    ) throws(AccessDenial) -> UnitPermit {
        let role = try role(of: caller)
        guard case .organisation(let code, _) = caller else { return UnitPermit(unit: unit, role: role, isOwn: false) }
        if code == unit { return UnitPermit(unit: unit, role: role, isOwn: true) }
        guard isBelow(code) else {
            let bearer = roles.count == 1 ? "a \(roles[0].rawValue)'s certificate" : "a certificate"
            throw AccessDenial(remedy: "use \(bearer) of '\(unit)' or of one that it reports to")
        }
        return UnitPermit(unit: unit, role: role, isOwn: false)
    }

    /// The same in a reporting line.
    public func permit(
        _ caller: Caller, for unit: String, in line: ReportingLine
    ) throws(AccessDenial) -> UnitPermit {
        try permit(caller, for: unit) { line.isAtOrBelow(unit, $0) }
    }

    private func remedy(_ caller: Caller) -> String {
        if case .organisation(_, let name) = caller, OrganisationRole(rawValue: name) == nil {
            return "the role '\(name)' means nothing here: use "
                + OrganisationRole.allCases.map(\.rawValue).joined(separator: ", ")
        }
        let names = roles.map { "'\($0.rawValue)'" }.joined(separator: " or ")
        return "use a certificate with the role \(names) (qmctl pki issue --role \(roles[0].rawValue))"
    }
}
