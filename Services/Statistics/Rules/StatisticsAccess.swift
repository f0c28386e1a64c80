public import Reporting

/// How much of a campaign's figures a caller may see. Every role reads; whoever is not named here sees nothing.
public enum StatisticsAccess {
    /// Whether the caller reads anything at all: asked before its question is looked at.
    public static func read(by caller: Caller) throws(AccessDenial) {
        try UnitAccess.reading.role(of: caller)
    }

    /// Services and the issuer, with those it reports to, see everything; an organisation of the campaign sees its own
    /// line. `hosts`: organisations that report without being listed.
    public static func visibility(
        of published: PublishedCampaign, hosts: [String: Organisation], to caller: Caller
    ) throws(AccessDenial) -> Visibility {
        try read(by: caller)
        guard case .organisation(let code, _) = caller else { return .everything }
        let line = ReportingLine(published.organisations)
        if line.isAtOrBelow(published.campaign.issuer, code) { return .everything }
        if line[code] != nil || hosts[code] != nil { return .line(of: code) }
        throw AccessDenial(
            remedy:
                "figures of the campaign '\(published.campaign.code)' are for its issuer, for the organisations it is "
                + "addressed to and for those they report to: use a certificate of one of them")
    }
}
