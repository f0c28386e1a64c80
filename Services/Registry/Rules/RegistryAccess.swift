public import Reporting

/// Who may do what in the registry. Whatever is not allowed here throws ``RegistryRefusal/denied(remedy:)``.
///
/// Campaigns, forms, divisions, organisations and their reporting line are public within the suite: a notice is sent to
/// everybody it names. Identities, and the journal, are not.
public struct RegistryAccess: Sendable {
    private let line: ReportingLine

    /// `line`: every organisation that is registered.
    public init(line: ReportingLine) {
        self.line = line
    }

    /// Whether the caller publishes anything at all: asked before its message is looked into.
    public static func publish(by caller: Caller) throws(RegistryRefusal) {
        do throws(AccessDenial) {
            try UnitAccess.publishing.role(of: caller)
        } catch {
            throw .denied(remedy: error.remedy)
        }
    }

    /// A campaign is published by a publisher of its issuer, or of an organisation that the issuer reports to. The issuer
    /// need not be registered yet: its own publisher brings it in with the first campaign.
    @discardableResult
    public func publish(issuer: String, by caller: Caller) throws(RegistryRefusal) -> UnitPermit {
        try permit(.publishing, caller, issuer)
    }

    /// An organisation is registered by a publisher of one that it reports to, at any depth; the top of a reporting line
    /// by its own publisher. One that is registered already is nobody's to offer again but theirs: what is registered of
    /// it is not told to others.
    public func register(_ organisation: Organisation, by caller: Caller) throws(RegistryRefusal) {
        if line[organisation.code] != nil { try permit(.publishing, caller, organisation.code) }
        if let superior = organisation.reportsTo {
            try permit(.publishing, caller, superior)
        } else if try !permit(.publishing, caller, organisation.code).isOwn {
            throw .denied(
                remedy: "an organisation that reports to nobody is registered by its own publisher, "
                    + "'\(organisation.code)'")
        }
    }

    /// An identity is registered by a publisher of its organisation or of one above.
    public func registerIdentity(of organisation: String, by caller: Caller) throws(RegistryRefusal) {
        try permit(.publishing, caller, organisation)
    }

    /// Identities are shown to the organisation itself, to those it reports to, and to services.
    public func listIdentities(of organisation: String, by caller: Caller) throws(RegistryRefusal) {
        try permit(.reading, caller, organisation)
    }

    /// Everything that is public within the suite.
    public static func read(by caller: Caller) throws(RegistryRefusal) {
        do throws(AccessDenial) {
            try UnitAccess.reading.role(of: caller)
        } catch {
            throw .denied(remedy: error.remedy)
        }
    }

    /// The journal is for the suite's services.
    public static func follow(by caller: Caller) throws(RegistryRefusal) {
        guard case .service = caller else {
            throw .denied(remedy: "only the suite's services follow the journal; ask for campaigns and organisations")
        }
    }

    @discardableResult
    private func permit(
        _ access: UnitAccess, _ caller: Caller, _ unit: String
    ) throws(RegistryRefusal) -> UnitPermit {
        do throws(AccessDenial) {
            return try access.permit(caller, for: unit, in: line)
        } catch {
            throw .denied(remedy: error.remedy)
        }
    }
}
