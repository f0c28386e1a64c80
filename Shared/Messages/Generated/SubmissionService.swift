// Generated from Proto/quality/submission/v1/submission.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension SubmissionV1 {
    public enum SubmissionService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.submission.v1.SubmissionService"

        public enum Methods {
            public static let push = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "Push", idempotency: .idempotent)
            public static let pushBatch = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "PushBatch", idempotency: .idempotent)
            public static let pushStream = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "PushStream", isClientStreaming: true, idempotency: .idempotent)
            public static let getReport = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "GetReport", idempotency: .noSideEffects)
            public static let listReports = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "ListReports", idempotency: .noSideEffects)
            public static let getReceiptKey = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "GetReceiptKey", idempotency: .noSideEffects)
            public static let follow = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "Follow", isServerStreaming: true, idempotency: .noSideEffects)
            public static let getCheckpoint = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "GetCheckpoint", idempotency: .noSideEffects)
            public static let getConsistencyProof = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "GetConsistencyProof", idempotency: .noSideEffects)
            public static let getInclusionProof = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "GetInclusionProof", idempotency: .noSideEffects)
            public static let getHashTiles = MethodDescriptor(
                service: SubmissionV1.SubmissionService.name, name: "GetHashTiles", idempotency: .noSideEffects)

            public static let all: [MethodDescriptor] = [push, pushBatch, pushStream, getReport, listReports, getReceiptKey, follow, getCheckpoint, getConsistencyProof, getInclusionProof, getHashTiles]
        }
    }
}

extension SubmissionV1 {
    /// What serves `quality.submission.v1.SubmissionService`.
    public protocol SubmissionServiceHandler: Sendable {
        /// Accepts one report. Acknowledged means: durable, checked, journaled, receipted.
        /// INVALID_ARGUMENT carries an ErrorDetail with every finding; NOT_FOUND an unknown campaign or form;
        /// FAILED_PRECONDITION a locked form or wrong form version; ABORTED a stale base version, which names the current
        /// one; ALREADY_EXISTS a reused key; PERMISSION_DENIED a unit that is not the caller's.
        func push(
            _ request: SubmissionV1.PushRequest, context: ServerContext
        ) async throws(RPCError) -> SubmissionV1.PushResponse

        func pushBatch(
            _ request: SubmissionV1.PushBatchRequest, context: ServerContext
        ) async throws(RPCError) -> SubmissionV1.PushBatchResponse

        /// As PushBatch with ATOMICITY_EACH, for more: at most 2,500 items, fewer where codes are long: the
        /// verdicts must fit one message. What was taken in before a stream was refused for that stays; the status says how
        /// many items were carried out. Send all of them again with the same keys, in shorter streams.
        func pushStream(
            _ requests: RequestStream<SubmissionV1.PushStreamRequest>, context: ServerContext
        ) async throws(RPCError) -> SubmissionV1.PushStreamResponse

        func getReport(
            _ request: SubmissionV1.GetReportRequest, context: ServerContext
        ) async throws(RPCError) -> SubmissionV1.GetReportResponse

        func listReports(
            _ request: SubmissionV1.ListReportsRequest, context: ServerContext
        ) async throws(RPCError) -> SubmissionV1.ListReportsResponse

        func getReceiptKey(
            _ request: SubmissionV1.GetReceiptKeyRequest, context: ServerContext
        ) async throws(RPCError) -> SubmissionV1.GetReceiptKeyResponse

        /// Submission's journal from a cursor: what is there, then what comes. For services only.
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

extension SubmissionV1.SubmissionServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<SubmissionV1.PushRequest, SubmissionV1.PushResponse>(SubmissionV1.SubmissionService.Methods.push) { (request, context) throws(RPCError) in
                try await self.push(request, context: context)
            })
        router.register(
            UnaryHandler<SubmissionV1.PushBatchRequest, SubmissionV1.PushBatchResponse>(SubmissionV1.SubmissionService.Methods.pushBatch) { (request, context) throws(RPCError) in
                try await self.pushBatch(request, context: context)
            })
        router.register(
            ClientStreamingHandler<SubmissionV1.PushStreamRequest, SubmissionV1.PushStreamResponse>(SubmissionV1.SubmissionService.Methods.pushStream) { (requests, context) throws(RPCError) in
                try await self.pushStream(requests, context: context)
            })
        router.register(
            UnaryHandler<SubmissionV1.GetReportRequest, SubmissionV1.GetReportResponse>(SubmissionV1.SubmissionService.Methods.getReport) { (request, context) throws(RPCError) in
                try await self.getReport(request, context: context)
            })
        router.register(
            UnaryHandler<SubmissionV1.ListReportsRequest, SubmissionV1.ListReportsResponse>(SubmissionV1.SubmissionService.Methods.listReports) { (request, context) throws(RPCError) in
                try await self.listReports(request, context: context)
            })
        router.register(
            UnaryHandler<SubmissionV1.GetReceiptKeyRequest, SubmissionV1.GetReceiptKeyResponse>(SubmissionV1.SubmissionService.Methods.getReceiptKey) { (request, context) throws(RPCError) in
                try await self.getReceiptKey(request, context: context)
            })
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(SubmissionV1.SubmissionService.Methods.follow) { (request, responses, context) throws(RPCError) in
                try await self.follow(request, responses: responses, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetCheckpointRequest, TypeV1.GetCheckpointResponse>(SubmissionV1.SubmissionService.Methods.getCheckpoint) { (request, context) throws(RPCError) in
                try await self.getCheckpoint(request, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetConsistencyProofRequest, TypeV1.GetConsistencyProofResponse>(SubmissionV1.SubmissionService.Methods.getConsistencyProof) { (request, context) throws(RPCError) in
                try await self.getConsistencyProof(request, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetInclusionProofRequest, TypeV1.GetInclusionProofResponse>(SubmissionV1.SubmissionService.Methods.getInclusionProof) { (request, context) throws(RPCError) in
                try await self.getInclusionProof(request, context: context)
            })
        router.register(
            UnaryHandler<TypeV1.GetHashTilesRequest, TypeV1.GetHashTilesResponse>(SubmissionV1.SubmissionService.Methods.getHashTiles) { (request, context) throws(RPCError) in
                try await self.getHashTiles(request, context: context)
            })
    }
}

extension SubmissionV1 {
    /// Calls `quality.submission.v1.SubmissionService`.
    public struct SubmissionServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        /// Accepts one report. Acknowledged means: durable, checked, journaled, receipted.
        /// INVALID_ARGUMENT carries an ErrorDetail with every finding; NOT_FOUND an unknown campaign or form;
        /// FAILED_PRECONDITION a locked form or wrong form version; ABORTED a stale base version, which names the current
        /// one; ALREADY_EXISTS a reused key; PERMISSION_DENIED a unit that is not the caller's.
        public func push(
            _ request: SubmissionV1.PushRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> SubmissionV1.PushResponse {
            try await transport.unary(
                SubmissionService.Methods.push, request, returning: SubmissionV1.PushResponse.self, options: options)
        }

        public func pushBatch(
            _ request: SubmissionV1.PushBatchRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> SubmissionV1.PushBatchResponse {
            try await transport.unary(
                SubmissionService.Methods.pushBatch, request, returning: SubmissionV1.PushBatchResponse.self, options: options)
        }

        /// As PushBatch with ATOMICITY_EACH, for more: at most 2,500 items, fewer where codes are long: the
        /// verdicts must fit one message. What was taken in before a stream was refused for that stays; the status says how
        /// many items were carried out. Send all of them again with the same keys, in shorter streams.
        public func pushStream(
            options: CallOptions = CallOptions()
        ) async throws(RPCError) -> ClientStreamingCall<SubmissionV1.PushStreamRequest, SubmissionV1.PushStreamResponse> {
            ClientStreamingCall(try await transport.open(SubmissionService.Methods.pushStream, options: options))
        }

        public func getReport(
            _ request: SubmissionV1.GetReportRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> SubmissionV1.GetReportResponse {
            try await transport.unary(
                SubmissionService.Methods.getReport, request, returning: SubmissionV1.GetReportResponse.self, options: options)
        }

        public func listReports(
            _ request: SubmissionV1.ListReportsRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> SubmissionV1.ListReportsResponse {
            try await transport.unary(
                SubmissionService.Methods.listReports, request, returning: SubmissionV1.ListReportsResponse.self, options: options)
        }

        public func getReceiptKey(
            _ request: SubmissionV1.GetReceiptKeyRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> SubmissionV1.GetReceiptKeyResponse {
            try await transport.unary(
                SubmissionService.Methods.getReceiptKey, request, returning: SubmissionV1.GetReceiptKeyResponse.self, options: options)
        }

        /// Submission's journal from a cursor: what is there, then what comes. For services only.
        public func follow(
            _ request: TypeV1.FollowRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> ResponseStream<TypeV1.FollowResponse> {
            let call = try await transport.open(SubmissionService.Methods.follow, options: options)
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
                SubmissionService.Methods.getCheckpoint, request, returning: TypeV1.GetCheckpointResponse.self, options: options)
        }

        public func getConsistencyProof(
            _ request: TypeV1.GetConsistencyProofRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse {
            try await transport.unary(
                SubmissionService.Methods.getConsistencyProof, request, returning: TypeV1.GetConsistencyProofResponse.self, options: options)
        }

        public func getInclusionProof(
            _ request: TypeV1.GetInclusionProofRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse {
            try await transport.unary(
                SubmissionService.Methods.getInclusionProof, request, returning: TypeV1.GetInclusionProofResponse.self, options: options)
        }

        public func getHashTiles(
            _ request: TypeV1.GetHashTilesRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> TypeV1.GetHashTilesResponse {
            try await transport.unary(
                SubmissionService.Methods.getHashTiles, request, returning: TypeV1.GetHashTilesResponse.self, options: options)
        }
    }
}
