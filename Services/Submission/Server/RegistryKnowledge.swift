internal import RPC
internal import Reporting
internal import SubmissionRules
internal import Wire

/// What is known of the registry as of the moment a request came: whatever was published before it is known, or will be in
/// a moment, and is waited for. One question to the registry answers all that a request names.
///
/// What waits throws UNAVAILABLE when the registry cannot be asked, or when too many calls wait for that.
public struct RegistryKnowledge: Sendable {
    private let following: RegistryFollowing
    private let moment: RegistryQuestions.Moment

    init(_ following: RegistryFollowing, _ moment: RegistryQuestions.Moment) {
        self.following = following
        self.moment = moment
    }

    var current: Catalogue { following.current }

    /// Whether the registry could not be asked, and nobody has reached it since.
    var isLost: Bool { following.isLost(since: moment) }

    /// The permit for a unit that `judge` gives, or its refusal; with the permit the unit is known, if the registry had it at
    /// the moment.
    ///
    /// A unit may have been put below the caller a moment ago, so a refusal is judged again when that is known. Where the
    /// registry cannot be asked nobody knows that it is none, and a client that was refused would not come again. A unit that
    /// exists and one that does not are asked about alike, and answered alike.
    func permit(
        for unit: String, _ context: ServerContext,
        _ judge: @escaping @Sendable (ReportingLine) throws(Refusal) -> UnitPermit
    ) async throws(RPCError) -> Swift.Result<UnitPermit, Refusal> {
        if let permit = try? judge(current.line) {
            _ = try await catalogue(knowingUnit: unit, for: context)
            return .success(permit)
        }
        if Organisation.isValidCode(unit) {
            _ = try await following.catalogue(since: moment, for: "unit '\(unit)'", context) { catalogue in
                (try? judge(catalogue.line)) != nil
            }
        }
        let line = current.line
        return Swift.Result { () throws(Refusal) in try judge(line) }
    }

    /// The catalogue once it knows a unit, as far as the registry had it at the moment.
    private func catalogue(
        knowingUnit unit: String, for context: ServerContext
    ) async throws(RPCError) -> Catalogue {
        let catalogue = current
        guard !catalogue.hasOrganisation(unit), Organisation.isValidCode(unit) else { return catalogue }
        return try await following.catalogue(since: moment, for: "unit '\(unit)'", context) {
            $0.hasOrganisation(unit)
        }
    }

    /// The same for a campaign.
    func catalogue(knowingCampaign campaign: String, for context: ServerContext) async throws(RPCError) -> Catalogue {
        let catalogue = current
        guard !catalogue.hasCampaign(campaign), FormDefinition.isValidCode(campaign, separator: "-") else {
            return catalogue
        }
        return try await following.catalogue(since: moment, for: "campaign '\(campaign)'", context) {
            $0.hasCampaign(campaign)
        }
    }
}

/// What a stream knows of the registry: for each piece of it as of when that came. A registry that could not be asked for one
/// piece is not waited for again by the next ones.
struct StreamedKnowledge {
    /// From when the piece came that had to wait: twice as long as a question takes.
    static let rememberedMicroseconds: UInt64 = 10_000_000

    private var latest: (knowledge: RegistryKnowledge, at: MonotonicInstant)?

    /// For the next piece.
    mutating func next(_ registry: RegistryFollowing, at now: MonotonicInstant) -> RegistryKnowledge {
        if let latest, latest.knowledge.isLost, now.microseconds(since: latest.at) < Self.rememberedMicroseconds {
            return latest.knowledge
        }
        let knowledge = registry.knowledge
        latest = (knowledge, now)
        return knowledge
    }
}
