public import Reporting

/// Who asks, as the gateway's stamp says.
public enum RegistryCaller: Sendable, Hashable {
    /// One of the suite's own processes.
    case service(name: String)
    /// Somebody acting for an organisation.
    case organisation(code: String, role: String)
}

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

    /// A campaign is published by a publisher of its issuer, or of an organisation that the issuer reports to. The issuer
    /// need not be registered yet: its own publisher brings it in with the first campaign.
    public func publish(issuer: String, by caller: RegistryCaller) throws(RegistryRefusal) {
        let publisher = try Self.publisher(caller)
        guard line.isAtOrBelow(issuer, publisher) else {
            throw .denied(remedy: "use a publisher's certificate of the issuer '\(issuer)' or of one it reports to")
        }
    }

    /// An organisation is registered by a publisher of one that it reports to, at any depth; the top of a reporting line
    /// by its own publisher.
    public func register(_ organisation: Organisation, by caller: RegistryCaller) throws(RegistryRefusal) {
        let publisher = try Self.publisher(caller)
        if let superior = organisation.reportsTo {
            guard line.isAtOrBelow(superior, publisher) else {
                throw .denied(
                    remedy: "use a publisher's certificate of '\(superior)', which it reports to, or of one above that")
            }
        } else {
            guard organisation.code == publisher else {
                throw .denied(
                    remedy: "an organisation that reports to nobody is registered by its own publisher, "
                        + "'\(organisation.code)'")
            }
        }
    }

    /// An identity is registered by a publisher of its organisation or of one above.
    public func registerIdentity(of organisation: String, by caller: RegistryCaller) throws(RegistryRefusal) {
        let publisher = try Self.publisher(caller)
        guard line.isAtOrBelow(organisation, publisher) else {
            throw .denied(
                remedy: "use a publisher's certificate of '\(organisation)' or of one that it reports to")
        }
    }

    /// Identities are shown to the organisation itself, to those it reports to, and to services.
    public func listIdentities(of organisation: String, by caller: RegistryCaller) throws(RegistryRefusal) {
        guard case .organisation(let code, let role) = caller else { return }
        guard OrganisationRole(rawValue: role) != nil else { throw Self.unknownRole(role) }
        guard line.isAtOrBelow(organisation, code) else {
            throw .denied(remedy: "use a certificate of '\(organisation)' or of one that it reports to")
        }
    }

    /// Everything that is public within the suite.
    public static func read(by caller: RegistryCaller) throws(RegistryRefusal) {
        guard case .organisation(_, let role) = caller else { return }
        guard OrganisationRole(rawValue: role) != nil else { throw Self.unknownRole(role) }
    }

    /// The journal is for the suite's services.
    public static func follow(by caller: RegistryCaller) throws(RegistryRefusal) {
        guard case .service = caller else {
            throw .denied(remedy: "only the suite's services follow the journal; ask for campaigns and organisations")
        }
    }

    private static func publisher(_ caller: RegistryCaller) throws(RegistryRefusal) -> String {
        guard case .organisation(let code, let role) = caller, OrganisationRole(rawValue: role) == .publisher else {
            throw .denied(remedy: "use a certificate with the role 'publisher' (qmctl pki issue --role publisher)")
        }
        return code
    }

    private static func unknownRole(_ role: String) -> RegistryRefusal {
        .denied(remedy: "the role '\(role)' means nothing here: use publisher, reporter, reviewer or viewer")
    }
}
