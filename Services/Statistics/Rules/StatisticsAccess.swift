public import Reporting

/// Who asks, as the gateway's stamp says.
public enum StatisticsCaller: Sendable, Hashable {
    /// One of the suite's own processes.
    case service(name: String)
    /// Somebody acting for an organisation.
    case organisation(code: String, role: String)
}

/// How much of a campaign's figures a caller may see. Every role reads; whoever is not named here sees nothing.
public enum StatisticsAccess {
    /// Why not, and what to do about it.
    public struct Denial: Error, Sendable, Hashable {
        public var remedy: String
    }

    /// Services and the issuer, with those it reports to, see everything; an organisation of the campaign sees its own
    /// line. `hosts`: organisations that report without being listed.
    public static func visibility(
        of published: PublishedCampaign, hosts: [String: Organisation], to caller: StatisticsCaller
    ) throws(Denial) -> Visibility {
        guard case .organisation(let code, let role) = caller else { return .everything }
        guard OrganisationRole(rawValue: role) != nil else {
            throw Denial(
                remedy: "the role '\(role)' means nothing here: use "
                    + OrganisationRole.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let line = ReportingLine(published.organisations)
        if line.isAtOrBelow(published.campaign.issuer, code) { return .everything }
        if line[code] != nil || hosts[code] != nil { return .line(of: code) }
        throw Denial(
            remedy:
                "figures of the campaign '\(published.campaign.code)' are for its issuer, for the organisations it is "
                + "addressed to and for those they report to: use a certificate of one of them")
    }
}
