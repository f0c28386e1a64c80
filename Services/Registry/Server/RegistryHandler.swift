internal import Following
internal import Journal
public import Logging
public import Messages
public import RPC
public import RegistryRules
internal import RegistryStorage
internal import Reporting
internal import ReportingMessages
internal import Serving
public import Storage
internal import Wire

/// The registry's RPC surface (registry.proto).
///
/// Anything asked about is public within the suite, except identities and the journal: ``RegistryAccess``.
public struct RegistryHandler: RegistryV1.RegistryServiceHandler {
    /// Of a list without pages. Reached only by a registry that needs them.
    static let listLimit = 1000
    static let defaultPageSize = 200

    let store: RegistryStore
    let divisions: DivisionHistory
    let journal: JournalPublisher
    let logger: Logger
    let faults: ServiceFaults
    /// Microseconds since 1970-01-01T00:00:00Z: for "today" in questions about divisions.
    let wallClock: @Sendable () -> Int64

    /// `store` has been opened with ``RegistrySchema/migrations``.
    public init(
        _ store: Store, divisions: DivisionHistory, logger: Logger, wallClock: @escaping @Sendable () -> Int64
    ) {
        self.divisions = divisions
        self.store = RegistryStore(store, divisions: divisions)
        self.logger = logger
        let faults = ServiceFaults("the registry", logger)
        self.faults = faults
        journal = JournalPublisher(store) { faults.status(of: $0, doing: "the journal") }
        self.wallClock = wallClock
    }

    /// Serves every method. Most answers are whole campaigns, or lists, which the event loops are not to encode.
    public func serve(on router: inout Router) {
        register(on: &router)
        let methods = RegistryV1.RegistryService.Methods.self
        router.continueOffLoop([
            methods.publishCampaign, methods.getCampaign, methods.listCampaigns, methods.getForm,
            methods.listExpectedReporters, methods.listOrganisations, methods.listIdentities, methods.follow,
            methods.getHashTiles,
        ])
        router.takePlaces([
            methods.getOrganisation, methods.getCheckpoint, methods.getConsistencyProof, methods.getInclusionProof,
        ])
    }

    /// Carries out a handler's body; translates what it throws.
    func answer<Value>(
        _ what: String, _ context: ServerContext, _ body: (Caller) async throws -> Value
    ) async throws(RPCError) -> Value {
        do {
            return try await body(Caller(context.caller))
        } catch {
            throw RPCError(error, doing: what, by: context.caller, faults)
        }
    }

    // MARK: - Campaigns and forms

    public func publishCampaign(
        _ request: RegistryV1.PublishCampaignRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.PublishCampaignResponse {
        let what = "publish campaign '\(request.campaign?.code ?? "")'"
        return try await answer(what, context) { caller in
            try RegistryAccess.publish(by: caller)
            // The issuer first, by itself: the rest of the request may be large.
            if let issuer = request.campaign?.issuer {
                try await store.judgePublication(
                    issuer: issuer, organisations: request.organisations.filter { $0.code == issuer }.map(\.claim),
                    by: caller)
            }
            let oversize = request.sizeProblems
            guard oversize.isEmpty else { throw RegistryRefusal.problems(oversize) }
            if let issuer = request.campaign?.issuer {
                try await store.judgePublication(
                    issuer: issuer, organisations: request.organisations.map(\.claim), by: caller)
            }
            let (campaign, organisations) = try request.read()
            // A disk may take its time, and others must be answered meanwhile.
            context.call.leavePlace()
            let (published, isRepeated) = try await store.publish(
                campaign, organisations: organisations, by: caller)
            // The answer holds the whole campaign.
            try await context.call.takePlace()
            if !isRepeated {
                faults.wrote()
                logger.notice(
                    "campaign published",
                    metadata: [
                        "campaign": "\(campaign.code)", "by": "\(context.caller.uri)",
                        "forms": "\(campaign.forms.map(\.code).joined(separator: " "))",
                        "organisations": "\(organisations.count)", "sequence": "\(published.index)",
                    ])
            }
            return RegistryV1.PublishCampaignResponse(
                campaign: published.campaign, position: position(published), alreadyPublished: isRepeated)
        }
    }

    public func getCampaign(
        _ request: RegistryV1.GetCampaignRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.GetCampaignResponse {
        try await answer("get campaign '\(request.code)'", context) { caller in
            try RegistryAccess.read(by: caller)
            let published = try await campaign(request.code)
            return RegistryV1.GetCampaignResponse(campaign: published.campaign, position: position(published))
        }
    }

    public func listCampaigns(
        _ request: RegistryV1.ListCampaignsRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.ListCampaignsResponse {
        try await answer("list campaigns", context) { caller in
            try RegistryAccess.read(by: caller)
            return RegistryV1.ListCampaignsResponse(campaigns: try await store.campaigns(limit: Self.listLimit))
        }
    }

    public func getForm(
        _ request: RegistryV1.GetFormRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.GetFormResponse {
        try await answer("get form '\(request.form)' of campaign '\(request.campaign)'", context) { caller in
            try RegistryAccess.read(by: caller)
            return RegistryV1.GetFormResponse(form: try await form(request.form, of: request.campaign))
        }
    }

    public func listExpectedReporters(
        _ request: RegistryV1.ListExpectedReportersRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.ListExpectedReportersResponse {
        let what = "list expected reporters of '\(request.campaign)', form '\(request.form)'"
        return try await answer(what, context) { caller in
            try RegistryAccess.read(by: caller)
            _ = try await form(request.form, of: request.campaign)
            let reporters = try await store.expectedReporters(campaign: request.campaign, form: request.form)
            return RegistryV1.ListExpectedReportersResponse(
                organisations: reporters.map { RegistryV1.Organisation($0) })
        }
    }

    private func campaign(_ code: String) async throws -> PublishedCampaign {
        if let published = try await store.campaign(code) { return published }
        throw RPCError.refusal(
            .notFound, "no campaign '\(code)' is published", at: "campaign",
            remedy: "check the code; ListCampaigns (qmctl campaign list) shows every campaign")
    }

    private func form(_ code: String, of campaign: String) async throws -> RegistryV1.FormDefinition {
        let forms = try await self.campaign(campaign).campaign.forms
        if let form = forms.first(where: { $0.code == code }) { return form }
        throw RPCError.refusal(
            .notFound, "campaign '\(campaign)' has no form '\(code)'", at: "form",
            remedy: "its forms are \(forms.map { "'\($0.code)'" }.joined(separator: ", "))")
    }

    private func position(_ published: PublishedCampaign) -> TypeV1.JournalPosition {
        TypeV1.JournalPosition(
            epoch: store.store.epoch.bytes, index: published.index)
    }

    // MARK: - The journal

    public func follow(
        _ request: TypeV1.FollowRequest, responses: ResponseWriter<TypeV1.FollowResponse>, context: ServerContext
    ) async throws(RPCError) {
        try await answer("follow the registry's journal", context) { caller in
            try RegistryAccess.follow(by: caller)
            try await journal.follow(request, responses: responses)
        }
    }
}

extension RegistryV1.PublishCampaignRequest {
    /// As the domain has it; throws with every place that has no meaning.
    fileprivate func read() throws(TranslationError) -> (Campaign, [Organisation]) {
        guard let message = campaign else {
            throw TranslationError([DefinitionProblem(pointer: "/campaign", message: "没有活动")])
        }
        var problems: [DefinitionProblem] = []
        var campaign: Campaign?
        do throws(TranslationError) {
            campaign = try Campaign(message)
        } catch {
            problems += error.problems
        }
        var known: [Organisation] = []
        for organisation in organisations {
            do throws(TranslationError) {
                known.append(try Organisation(organisation))
            } catch {
                problems += error.problems
            }
        }
        guard let campaign, problems.isEmpty else { throw TranslationError(problems) }
        return (campaign, known)
    }
}
