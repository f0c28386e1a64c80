/// What a certificate that acts for an organisation says its bearer is (`spiffe://DOMAIN/org/CODE/ROLE`). A role that is
/// not listed here may do nothing. What each may do, the rules of each service say.
public enum OrganisationRole: String, Sendable, Hashable, CaseIterable {
    /// Publishes campaigns, registers organisations and identities.
    case publisher
    /// Pushes reports.
    case reporter
    /// Returns and approves reports.
    case reviewer
    /// Reads.
    case viewer
}
