// Generated from Proto/quality/rpc/v1/health.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension RPCV1 {
    public enum HealthService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.rpc.v1.HealthService"

        public enum Methods {
            public static let check = MethodDescriptor(
                service: RPCV1.HealthService.name, name: "Check", idempotency: .noSideEffects)
            public static let watch = MethodDescriptor(
                service: RPCV1.HealthService.name, name: "Watch", isServerStreaming: true, idempotency: .noSideEffects)

            public static let all: [MethodDescriptor] = [check, watch]
        }
    }
}

extension RPCV1 {
    /// What serves `quality.rpc.v1.HealthService`.
    public protocol HealthServiceHandler: Sendable {
        /// NOT_FOUND for a service this process does not have.
        func check(
            _ request: RPCV1.CheckRequest, context: ServerContext
        ) async throws(RPCError) -> RPCV1.CheckResponse

        /// The status now and at each change.
        func watch(
            _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
        ) async throws(RPCError)
    }
}

extension RPCV1.HealthServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<RPCV1.CheckRequest, RPCV1.CheckResponse>(RPCV1.HealthService.Methods.check) { (request, context) throws(RPCError) in
                try await self.check(request, context: context)
            })
        router.register(
            ServerStreamingHandler<RPCV1.WatchRequest, RPCV1.WatchResponse>(RPCV1.HealthService.Methods.watch) { (request, responses, context) throws(RPCError) in
                try await self.watch(request, responses: responses, context: context)
            })
    }
}

extension RPCV1 {
    /// Calls `quality.rpc.v1.HealthService`.
    public struct HealthServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        /// NOT_FOUND for a service this process does not have.
        public func check(
            _ request: RPCV1.CheckRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RPCV1.CheckResponse {
            try await transport.unary(
                HealthService.Methods.check, request, returning: RPCV1.CheckResponse.self, options: options)
        }

        /// The status now and at each change.
        public func watch(
            _ request: RPCV1.WatchRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> ResponseStream<RPCV1.WatchResponse> {
            let call = try await transport.open(HealthService.Methods.watch, options: options)
            try await call.send(request)
            call.finishSending()
            return ResponseStream(call)
        }
    }
}
