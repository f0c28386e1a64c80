// Generated from Proto/quality/statistics/v1/statistics.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension StatisticsV1 {
    public enum StatisticsService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.statistics.v1.StatisticsService"

        public enum Methods {
            public static let getRollup = MethodDescriptor(
                service: StatisticsV1.StatisticsService.name, name: "GetRollup", idempotency: .noSideEffects)
            public static let getCompleteness = MethodDescriptor(
                service: StatisticsV1.StatisticsService.name, name: "GetCompleteness", idempotency: .noSideEffects)

            public static let all: [MethodDescriptor] = [getRollup, getCompleteness]
        }
    }
}

extension StatisticsV1 {
    /// What serves `quality.statistics.v1.StatisticsService`.
    public protocol StatisticsServiceHandler: Sendable {
        func getRollup(
            _ request: StatisticsV1.GetRollupRequest, context: ServerContext
        ) async throws(RPCError) -> StatisticsV1.GetRollupResponse

        /// Who has reported and who has not.
        func getCompleteness(
            _ request: StatisticsV1.GetCompletenessRequest, context: ServerContext
        ) async throws(RPCError) -> StatisticsV1.GetCompletenessResponse
    }
}

extension StatisticsV1.StatisticsServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<StatisticsV1.GetRollupRequest, StatisticsV1.GetRollupResponse>(StatisticsV1.StatisticsService.Methods.getRollup) { (request, context) throws(RPCError) in
                try await self.getRollup(request, context: context)
            })
        router.register(
            UnaryHandler<StatisticsV1.GetCompletenessRequest, StatisticsV1.GetCompletenessResponse>(StatisticsV1.StatisticsService.Methods.getCompleteness) { (request, context) throws(RPCError) in
                try await self.getCompleteness(request, context: context)
            })
    }
}

extension StatisticsV1 {
    /// Calls `quality.statistics.v1.StatisticsService`.
    public struct StatisticsServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        public func getRollup(
            _ request: StatisticsV1.GetRollupRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> StatisticsV1.GetRollupResponse {
            try await transport.unary(
                StatisticsService.Methods.getRollup, request, returning: StatisticsV1.GetRollupResponse.self, options: options)
        }

        /// Who has reported and who has not.
        public func getCompleteness(
            _ request: StatisticsV1.GetCompletenessRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> StatisticsV1.GetCompletenessResponse {
            try await transport.unary(
                StatisticsService.Methods.getCompleteness, request, returning: StatisticsV1.GetCompletenessResponse.self, options: options)
        }
    }
}
