// Generated from Proto/quality/registry/v1/registry.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension RegistryV1 {
    public enum RegistryService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.registry.v1.RegistryService"

        public enum Methods {
            public static let publishCampaign = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "PublishCampaign", idempotency: .idempotent)
            public static let getCampaign = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetCampaign", idempotency: .noSideEffects)
            public static let listCampaigns = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "ListCampaigns", idempotency: .noSideEffects)
            public static let getForm = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetForm", idempotency: .noSideEffects)
            public static let listExpectedReporters = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "ListExpectedReporters", idempotency: .noSideEffects)
            public static let registerOrganisation = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "RegisterOrganisation", idempotency: .idempotent)
            public static let getOrganisation = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetOrganisation", idempotency: .noSideEffects)
            public static let listOrganisations = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "ListOrganisations", idempotency: .noSideEffects)
            public static let registerIdentity = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "RegisterIdentity", idempotency: .idempotent)
            public static let listIdentities = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "ListIdentities", idempotency: .noSideEffects)
            public static let getDivision = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetDivision", idempotency: .noSideEffects)
            public static let listDivisions = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "ListDivisions", idempotency: .noSideEffects)
            public static let follow = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "Follow", isServerStreaming: true, idempotency: .noSideEffects)
            public static let getCheckpoint = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetCheckpoint", idempotency: .noSideEffects)
            public static let getConsistencyProof = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetConsistencyProof", idempotency: .noSideEffects)
            public static let getInclusionProof = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetInclusionProof", idempotency: .noSideEffects)
            public static let getHashTiles = MethodDescriptor(
                service: RegistryV1.RegistryService.name, name: "GetHashTiles", idempotency: .noSideEffects)

            public static let all: [MethodDescriptor] = [publishCampaign, getCampaign, listCampaigns, getForm, listExpectedReporters, registerOrganisation, getOrganisation, listOrganisations, registerIdentity, listIdentities, getDivision, listDivisions, follow, getCheckpoint, getConsistencyProof, getInclusionProof, getHashTiles]
        }
    }
}

extension RegistryV1 {
    /// What serves `quality.registry.v1.RegistryService`.
    public protocol RegistryServiceHandler: Sendable {
        /// Publishes a campaign with its forms and expected reporters, once. The same campaign again changes nothing; another
        /// campaign under the same code is ALREADY_EXISTS. INVALID_ARGUMENT names every error of the file at once.
        func publishCampaign(
            _ request: RegistryV1.PublishCampaignRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.PublishCampaignResponse

        func getCampaign(
            _ request: RegistryV1.GetCampaignRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.GetCampaignResponse

        func listCampaigns(
            _ request: RegistryV1.ListCampaignsRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.ListCampaignsResponse

        func getForm(
            _ request: RegistryV1.GetFormRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.GetFormResponse

        func listExpectedReporters(
            _ request: RegistryV1.ListExpectedReportersRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.ListExpectedReportersResponse

        /// A code that is registered: with the same data it is the same answer, and nothing changes; with other data
        /// ALREADY_EXISTS, which names each field that differs, and how it is registered. What is registered is not changed: an
        /// organisation keeps its superior. PublishCampaign does likewise with those that come along.
        func registerOrganisation(
            _ request: RegistryV1.RegisterOrganisationRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.RegisterOrganisationResponse

        func getOrganisation(
            _ request: RegistryV1.GetOrganisationRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.GetOrganisationResponse

        func listOrganisations(
            _ request: RegistryV1.ListOrganisationsRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.ListOrganisationsResponse

        func registerIdentity(
            _ request: RegistryV1.RegisterIdentityRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.RegisterIdentityResponse

        func listIdentities(
            _ request: RegistryV1.ListIdentitiesRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.ListIdentitiesResponse

        func getDivision(
            _ request: RegistryV1.GetDivisionRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.GetDivisionResponse

        func listDivisions(
            _ request: RegistryV1.ListDivisionsRequest, context: ServerContext
        ) async throws(RPCError) -> RegistryV1.ListDivisionsResponse

        /// The registry's journal from a cursor: what is there, then what comes.
        func follow(
            _ request: TypeV1.FollowRequest, responses: ResponseWriter<TypeV1.FollowResponse>, context: ServerContext
        ) async throws(RPCError)

        /// The head of the log, signed. Like the proofs and tiles below it holds no data: any role of an organisation may ask,
        /// and so check that the log is only appended to.
        func getCheckpoint(
            _ request: TypeV1.GetCheckpointRequest, context: ServerContext
        ) async throws(RPCError) -> TypeV1.GetCheckpointResponse

        func getConsistencyProof(
            _ request: TypeV1.GetConsistencyProofRequest, context: ServerContext
        ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse

        func getInclusionProof(
            _ request: TypeV1.GetInclusionProofRequest, context: ServerContext
        ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse

        func getHashTiles(
            _ request: TypeV1.GetHashTilesRequest, context: ServerContext
        ) async throws(RPCError) -> TypeV1.GetHashTilesResponse
    }
}

extension RegistryV1.RegistryServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<RegistryV1.PublishCampaignRequest, RegistryV1.PublishCampaignResponse>(RegistryV1.RegistryService.Methods.publishCampaign) { (request, context) throws(RPCError) in
                try await self.publishCampaign(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.GetCampaignRequest, RegistryV1.GetCampaignResponse>(RegistryV1.RegistryService.Methods.getCampaign) { (request, context) throws(RPCError) in
                try await self.getCampaign(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.ListCampaignsRequest, RegistryV1.ListCampaignsResponse>(RegistryV1.RegistryService.Methods.listCampaigns) { (request, context) throws(RPCError) in
                try await self.listCampaigns(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.GetFormRequest, RegistryV1.GetFormResponse>(RegistryV1.RegistryService.Methods.getForm) { (request, context) throws(RPCError) in
                try await self.getForm(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.ListExpectedReportersRequest, RegistryV1.ListExpectedReportersResponse>(RegistryV1.RegistryService.Methods.listExpectedReporters) { (request, context) throws(RPCError) in
                try await self.listExpectedReporters(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.RegisterOrganisationRequest, RegistryV1.RegisterOrganisationResponse>(RegistryV1.RegistryService.Methods.registerOrganisation) { (request, context) throws(RPCError) in
                try await self.registerOrganisation(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.GetOrganisationRequest, RegistryV1.GetOrganisationResponse>(RegistryV1.RegistryService.Methods.getOrganisation) { (request, context) throws(RPCError) in
                try await self.getOrganisation(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.ListOrganisationsRequest, RegistryV1.ListOrganisationsResponse>(RegistryV1.RegistryService.Methods.listOrganisations) { (request, context) throws(RPCError) in
                try await self.listOrganisations(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.RegisterIdentityRequest, RegistryV1.RegisterIdentityResponse>(RegistryV1.RegistryService.Methods.registerIdentity) { (request, context) throws(RPCError) in
                try await self.registerIdentity(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.ListIdentitiesRequest, RegistryV1.ListIdentitiesResponse>(RegistryV1.RegistryService.Methods.listIdentities) { (request, context) throws(RPCError) in
                try await self.listIdentities(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.GetDivisionRequest, RegistryV1.GetDivisionResponse>(RegistryV1.RegistryService.Methods.getDivision) { (request, context) throws(RPCError) in
                try await self.getDivision(request, context: context)
            })
        router.register(
            UnaryHandler<RegistryV1.ListDivisionsRequest, RegistryV1.ListDivisionsResponse>(RegistryV1.RegistryService.Methods.listDivisions) { (request, context) throws(RPCError) in
                try await self.listDivisions(request, context: context)
            })
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(RegistryV1.RegistryService.Methods.follow) { (request, responses, context) throws(RPCError) in
                try await self.follow(request, responses: responses, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetCheckpointRequest, TypeV1.GetCheckpointResponse>(RegistryV1.RegistryService.Methods.getCheckpoint) { (request, context) throws(RPCError) in
                try await self.getCheckpoint(request, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetConsistencyProofRequest, TypeV1.GetConsistencyProofResponse>(RegistryV1.RegistryService.Methods.getConsistencyProof) { (request, context) throws(RPCError) in
                try await self.getConsistencyProof(request, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetInclusionProofRequest, TypeV1.GetInclusionProofResponse>(RegistryV1.RegistryService.Methods.getInclusionProof) { (request, context) throws(RPCError) in
                try await self.getInclusionProof(request, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetHashTilesRequest, TypeV1.GetHashTilesResponse>(RegistryV1.RegistryService.Methods.getHashTiles) { (request, context) throws(RPCError) in
                try await self.getHashTiles(request, context: context)
            })
    }
}

extension RegistryV1 {
    /// Calls `quality.registry.v1.RegistryService`.
    public struct RegistryServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        /// Publishes a campaign with its forms and expected reporters, once. The same campaign again changes nothing; another
        /// campaign under the same code is ALREADY_EXISTS. INVALID_ARGUMENT names every error of the file at once.
        public func publishCampaign(
            _ request: RegistryV1.PublishCampaignRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.PublishCampaignResponse {
            try await transport.unary(
                RegistryService.Methods.publishCampaign, request, returning: RegistryV1.PublishCampaignResponse.self, options: options)
        }

        public func getCampaign(
            _ request: RegistryV1.GetCampaignRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.GetCampaignResponse {
            try await transport.unary(
                RegistryService.Methods.getCampaign, request, returning: RegistryV1.GetCampaignResponse.self, options: options)
        }

        public func listCampaigns(
            _ request: RegistryV1.ListCampaignsRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.ListCampaignsResponse {
            try await transport.unary(
                RegistryService.Methods.listCampaigns, request, returning: RegistryV1.ListCampaignsResponse.self, options: options)
        }

        public func getForm(
            _ request: RegistryV1.GetFormRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.GetFormResponse {
            try await transport.unary(
                RegistryService.Methods.getForm, request, returning: RegistryV1.GetFormResponse.self, options: options)
        }

        public func listExpectedReporters(
            _ request: RegistryV1.ListExpectedReportersRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.ListExpectedReportersResponse {
            try await transport.unary(
                RegistryService.Methods.listExpectedReporters, request, returning: RegistryV1.ListExpectedReportersResponse.self, options: options)
        }

        /// A code that is registered: with the same data it is the same answer, and nothing changes; with other data
        /// ALREADY_EXISTS, which names each field that differs, and how it is registered. What is registered is not changed: an
        /// organisation keeps its superior. PublishCampaign does likewise with those that come along.
        public func registerOrganisation(
            _ request: RegistryV1.RegisterOrganisationRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.RegisterOrganisationResponse {
            try await transport.unary(
                RegistryService.Methods.registerOrganisation, request, returning: RegistryV1.RegisterOrganisationResponse.self, options: options)
        }

        public func getOrganisation(
            _ request: RegistryV1.GetOrganisationRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.GetOrganisationResponse {
            try await transport.unary(
                RegistryService.Methods.getOrganisation, request, returning: RegistryV1.GetOrganisationResponse.self, options: options)
        }

        public func listOrganisations(
            _ request: RegistryV1.ListOrganisationsRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.ListOrganisationsResponse {
            try await transport.unary(
                RegistryService.Methods.listOrganisations, request, returning: RegistryV1.ListOrganisationsResponse.self, options: options)
        }

        public func registerIdentity(
            _ request: RegistryV1.RegisterIdentityRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.RegisterIdentityResponse {
            try await transport.unary(
                RegistryService.Methods.registerIdentity, request, returning: RegistryV1.RegisterIdentityResponse.self, options: options)
        }

        public func listIdentities(
            _ request: RegistryV1.ListIdentitiesRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.ListIdentitiesResponse {
            try await transport.unary(
                RegistryService.Methods.listIdentities, request, returning: RegistryV1.ListIdentitiesResponse.self, options: options)
        }

        public func getDivision(
            _ request: RegistryV1.GetDivisionRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.GetDivisionResponse {
            try await transport.unary(
                RegistryService.Methods.getDivision, request, returning: RegistryV1.GetDivisionResponse.self, options: options)
        }

        public func listDivisions(
            _ request: RegistryV1.ListDivisionsRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RegistryV1.ListDivisionsResponse {
            try await transport.unary(
                RegistryService.Methods.listDivisions, request, returning: RegistryV1.ListDivisionsResponse.self, options: options)
        }

        /// The registry's journal from a cursor: what is there, then what comes.
        public func follow(
            _ request: TypeV1.FollowRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> ResponseStream<TypeV1.FollowResponse> {
            let call = try await transport.open(RegistryService.Methods.follow, options: options)
            try await call.send(request)
            call.finishSending()
            return ResponseStream(call)
        }

        /// The head of the log, signed. Like the proofs and tiles below it holds no data: any role of an organisation may ask,
        /// and so check that the log is only appended to.
        public func getCheckpoint(
            _ request: TypeV1.GetCheckpointRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetCheckpointResponse {
            try await transport.unary(
                RegistryService.Methods.getCheckpoint, request, returning: TypeV1.GetCheckpointResponse.self, options: options)
        }

        public func getConsistencyProof(
            _ request: TypeV1.GetConsistencyProofRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse {
            try await transport.unary(
                RegistryService.Methods.getConsistencyProof, request, returning: TypeV1.GetConsistencyProofResponse.self, options: options)
        }

        public func getInclusionProof(
            _ request: TypeV1.GetInclusionProofRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse {
            try await transport.unary(
                RegistryService.Methods.getInclusionProof, request, returning: TypeV1.GetInclusionProofResponse.self, options: options)
        }

        public func getHashTiles(
            _ request: TypeV1.GetHashTilesRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetHashTilesResponse {
            try await transport.unary(
                RegistryService.Methods.getHashTiles, request, returning: TypeV1.GetHashTilesResponse.self, options: options)
        }
    }
}
