internal import RPC
internal import Reporting
internal import SubmissionRules

/// What is known of the registry as of the moment a request came: whatever was published before it is known, or will be in
/// a moment, and is waited for. One question to the registry answers all that a request names.
public struct RegistryKnowledge: Sendable {
    private let following: RegistryFollowing
    private let moment: RegistryQuestions.Moment

    init(_ following: RegistryFollowing, _ moment: RegistryQuestions.Moment) {
        self.following = following
        self.moment = moment
    }

    var current: Catalogue { following.current }

    /// The catalogue once it knows a unit, as far as the registry had it at the moment. Throws UNAVAILABLE when it is not
    /// known here and the registry cannot be asked, or when too many calls wait for that.
    func catalogue(knowingUnit unit: String, for context: ServerContext) async throws(RPCError) -> Catalogue {
        let catalogue = current
        guard !catalogue.hasOrganisation(unit), Organisation.isValidCode(unit) else { return catalogue }
        return try await following.catalogue(since: moment, for: "unit '\(unit)'", context) {
            $0.hasOrganisation(unit)
        }
    }

    /// The same for a campaign.
    func catalogue(knowingCampaign campaign: String, for context: ServerContext) async throws(RPCError) -> Catalogue {
        let catalogue = current
        guard !catalogue.hasCampaign(campaign) else { return catalogue }
        return try await following.catalogue(since: moment, for: "campaign '\(campaign)'", context) {
            $0.hasCampaign(campaign)
        }
    }
}
