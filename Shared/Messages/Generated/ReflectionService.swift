// Generated from Proto/quality/rpc/v1/reflection.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import RPC

extension RPCV1 {
    public enum ReflectionService {
        /// The full name, as routes and health checks know it.
        public static let name = "quality.rpc.v1.ReflectionService"

        public enum Methods {
            public static let listServices = MethodDescriptor(
                service: RPCV1.ReflectionService.name, name: "ListServices", idempotency: .noSideEffects)
            public static let getFileContainingSymbol = MethodDescriptor(
                service: RPCV1.ReflectionService.name, name: "GetFileContainingSymbol", idempotency: .noSideEffects)
            public static let getFileDescriptorSet = MethodDescriptor(
                service: RPCV1.ReflectionService.name, name: "GetFileDescriptorSet", idempotency: .noSideEffects)

            public static let all: [MethodDescriptor] = [listServices, getFileContainingSymbol, getFileDescriptorSet]
        }
    }
}

extension RPCV1 {
    /// What serves `quality.rpc.v1.ReflectionService`.
    public protocol ReflectionServiceHandler: Sendable {
        /// The services of this process.
        func listServices(
            _ request: RPCV1.ListServicesRequest, context: ServerContext
        ) async throws(RPCError) -> RPCV1.ListServicesResponse

        /// NOT_FOUND for a symbol that no service here needs.
        func getFileContainingSymbol(
            _ request: RPCV1.GetFileContainingSymbolRequest, context: ServerContext
        ) async throws(RPCError) -> RPCV1.GetFileContainingSymbolResponse

        /// Everything at once, e.g. for `protoc --descriptor_set_in`.
        func getFileDescriptorSet(
            _ request: RPCV1.GetFileDescriptorSetRequest, context: ServerContext
        ) async throws(RPCError) -> RPCV1.GetFileDescriptorSetResponse
    }
}

extension RPCV1.ReflectionServiceHandler {
    /// Makes `router` serve every method of the service with this handler.
    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<RPCV1.ListServicesRequest, RPCV1.ListServicesResponse>(RPCV1.ReflectionService.Methods.listServices) { (request, context) throws(RPCError) in
                try await self.listServices(request, context: context)
            })
        router.register(
            UnaryHandler<RPCV1.GetFileContainingSymbolRequest, RPCV1.GetFileContainingSymbolResponse>(RPCV1.ReflectionService.Methods.getFileContainingSymbol) { (request, context) throws(RPCError) in
                try await self.getFileContainingSymbol(request, context: context)
            })
        router.register(
            UnaryHandler<RPCV1.GetFileDescriptorSetRequest, RPCV1.GetFileDescriptorSetResponse>(RPCV1.ReflectionService.Methods.getFileDescriptorSet) { (request, context) throws(RPCError) in
                try await self.getFileDescriptorSet(request, context: context)
            })
    }
}

extension RPCV1 {
    /// Calls `quality.rpc.v1.ReflectionService`.
    public struct ReflectionServiceClient: Sendable {
        public let transport: any ClientTransport

        public init(_ transport: any ClientTransport) {
            self.transport = transport
        }

        /// The services of this process.
        public func listServices(
            _ request: RPCV1.ListServicesRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RPCV1.ListServicesResponse {
            try await transport.unary(
                ReflectionService.Methods.listServices, request, returning: RPCV1.ListServicesResponse.self, options: options)
        }

        /// NOT_FOUND for a symbol that no service here needs.
        public func getFileContainingSymbol(
            _ request: RPCV1.GetFileContainingSymbolRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RPCV1.GetFileContainingSymbolResponse {
            try await transport.unary(
                ReflectionService.Methods.getFileContainingSymbol, request, returning: RPCV1.GetFileContainingSymbolResponse.self, options: options)
        }

        /// Everything at once, e.g. for `protoc --descriptor_set_in`.
        public func getFileDescriptorSet(
            _ request: RPCV1.GetFileDescriptorSetRequest, options: CallOptions = CallOptions()
        ) async throws(RPCError) -> RPCV1.GetFileDescriptorSetResponse {
            try await transport.unary(
                ReflectionService.Methods.getFileDescriptorSet, request, returning: RPCV1.GetFileDescriptorSetResponse.self, options: options)
        }
    }
}
