public import Messages
public import RPC
internal import RegistryRules
internal import RegistryStorage
internal import Reporting
internal import ReportingMessages
internal import Serving
internal import Storage
internal import Wire

extension RegistryHandler {
    // MARK: - Organisations

    public func registerOrganisation(
        _ request: RegistryV1.RegisterOrganisationRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.RegisterOrganisationResponse {
        let message = request.organisation ?? RegistryV1.Organisation()
        return try await answer("register organisation '\(message.code)'", context) { caller in
            try await store.judgeRegistration(of: message.claim, by: caller)
            let organisation = try Organisation(message)
            context.call.leavePlace()
            let head = store.store.journalHead
            try await store.register(organisation, by: caller)
            // One that is registered already is written nowhere.
            if store.store.journalHead != head { faults.wrote() }
            return RegistryV1.RegisterOrganisationResponse(organisation: RegistryV1.Organisation(organisation))
        }
    }

    public func getOrganisation(
        _ request: RegistryV1.GetOrganisationRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.GetOrganisationResponse {
        try await answer("get organisation '\(request.code)'", context) { caller in
            try RegistryAccess.read(by: caller)
            guard let (organisation, superiors) = try await store.organisation(request.code) else {
                throw RegistryRefusal.unknownOrganisation(code: request.code)
            }
            return RegistryV1.GetOrganisationResponse(
                organisation: RegistryV1.Organisation(organisation),
                superiors: superiors.map { RegistryV1.Organisation($0) })
        }
    }

    public func listOrganisations(
        _ request: RegistryV1.ListOrganisationsRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.ListOrganisationsResponse {
        try await answer("list organisations", context) { caller in
            try RegistryAccess.read(by: caller)
            guard request.pageSize <= Self.listLimit else {
                throw RPCError.refusal(
                    .invalidArgument, "page_size is \(request.pageSize)", at: "list organisations",
                    remedy: "ask for at most \(Self.listLimit), then go on with next_page_token")
            }
            if !request.superior.isEmpty, try await store.organisation(request.superior) == nil {
                throw RegistryRefusal.unknownOrganisation(code: request.superior)
            }
            let limit = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
            // One more than the page holds tells whether another page follows.
            let found = try await store.organisations(
                below: request.superior.isEmpty ? nil : request.superior, after: request.pageToken, limit: limit + 1)
            let page = found.prefix(limit)
            return RegistryV1.ListOrganisationsResponse(
                organisations: page.map { RegistryV1.Organisation($0) },
                nextPageToken: found.count > limit ? page.last?.code ?? "" : "")
        }
    }

    // MARK: - Identities

    public func registerIdentity(
        _ request: RegistryV1.RegisterIdentityRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.RegisterIdentityResponse {
        let message = request.identity ?? RegistryV1.Identity()
        return try await answer("register identity '\(message.uri)'", context) { caller in
            try await store.judgeIdentity(of: message.organisationCode, by: caller)
            let identity = try RegisteredIdentity(message, domain: context.caller.domain)
            context.call.leavePlace()
            try await store.register(identity, by: caller)
            return RegistryV1.RegisterIdentityResponse(identity: message)
        }
    }

    public func listIdentities(
        _ request: RegistryV1.ListIdentitiesRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.ListIdentitiesResponse {
        try await answer("list identities of '\(request.organisationCode)'", context) { caller in
            let identities = try await store.identities(
                of: request.organisationCode, by: caller, limit: Self.listLimit)
            return RegistryV1.ListIdentitiesResponse(
                identities: identities.map {
                    RegistryV1.Identity(uri: $0.uri, organisationCode: $0.organisationCode, role: $0.role)
                })
        }
    }

    // MARK: - Divisions

    public func getDivision(
        _ request: RegistryV1.GetDivisionRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.GetDivisionResponse {
        try await answer("get division '\(request.code)'", context) { caller in
            try RegistryAccess.read(by: caller)
            let date = try date(request.on)
            let division = try division(request.code, on: date)
            return RegistryV1.GetDivisionResponse(
                division: RegistryV1.Division(division),
                ancestors: divisions.ancestors(of: division, on: date).map { RegistryV1.Division($0) })
        }
    }

    public func listDivisions(
        _ request: RegistryV1.ListDivisionsRequest, context: ServerContext
    ) async throws(RPCError) -> RegistryV1.ListDivisionsResponse {
        try await answer("list divisions below '\(request.parentCode)'", context) { caller in
            try RegistryAccess.read(by: caller)
            let date = try date(request.on)
            let parent = request.parentCode.isEmpty ? nil : try division(request.parentCode, on: date).code
            return RegistryV1.ListDivisionsResponse(
                divisions: divisions.children(of: parent, on: date).map { RegistryV1.Division($0) })
        }
    }

    /// The date asked for, or today's in Asia/Shanghai.
    private func date(_ message: TypeV1.Date?) throws -> CivilDate {
        guard let date = message.map({ CivilDate($0) }) ?? CivilDate(containing: wallClock()) else {
            throw RPCError.refusal(
                .invalidArgument, "there is no such date", at: "on", remedy: "give a date from 2000 to 2100, or none")
        }
        return date
    }

    private func division(_ code: String, on date: CivilDate) throws -> Division {
        if let division = divisions.division(code, on: date) { return division }
        guard divisions.isKnown(code) else {
            throw RPCError.refusal(
                .notFound, "there is no division '\(code)'", at: "code", remedy: "give six digits of GB/T 2260")
        }
        let later = divisions.successors(of: code).map { "from \($0.since) on it is \($0.code) \($0.name)" }
        throw RPCError.refusal(
            .notFound, "division '\(code)' does not hold on \(date)", at: "code",
            remedy: later.isEmpty ? "it holds on other dates only" : later.joined(separator: "; "))
    }
}

extension RegistryV1.Organisation {
    /// Who it says it is and to whom it reports, whatever else is wrong with it: what access is judged by.
    var claim: Organisation {
        Organisation(
            code: code, name: "", kind: .authority, divisionCode: "", reportsTo: reportsTo.isEmpty ? nil : reportsTo)
    }
}

extension RegisteredIdentity {
    /// INVALID_ARGUMENT unless the name is that of an organisation's certificate of this suite, and organisation and role
    /// are those that it says.
    fileprivate init(_ message: RegistryV1.Identity, domain: String) throws(RPCError) {
        guard let name = CallerIdentity(uri: message.uri), name.domain == domain,
            case .organisation(let code, let role) = name.subject, OrganisationRole(rawValue: role) != nil,
            code == message.organisationCode, role == message.role
        else {
            let roles = OrganisationRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw RPCError.refusal(
                .invalidArgument,
                "'\(message.uri)' is no name for role '\(message.role)' of "
                    + "'\(message.organisationCode)'", at: "identity",
                remedy: "write spiffe://\(domain)/org/CODE/ROLE with the same CODE and ROLE; roles are \(roles)")
        }
        self.init(uri: message.uri, organisationCode: code, role: role)
    }
}
