public import MessageRuntime
public import Messages
public import RPC
internal import Wire

/// Answers `quality.rpc.v1.ReflectionService` for one process, from the descriptor set inside its executable.
public final class ReflectionHandler: RPCV1.ReflectionServiceHandler {
    private let services: Set<String>
    private let routes: @Sendable () -> [String]
    private let index: DescriptorIndex
    private let descriptorSet: [UInt8]

    /// - Parameters:
    ///   - services: the full names of the services that this process serves.
    ///   - routes: what is listed beside them, but not described here: a gateway's routes. Asked each time, since they
    ///     may change.
    ///   - catalogs: where their .proto files are. INVALID_ARGUMENT when one is no descriptor set.
    public init(
        services: some Sequence<String>, routes: @escaping @Sendable () -> [String] = { [] },
        catalogs: [MessageCatalog]
    ) throws(RPCError) {
        let services = Set(services).union([RPCV1.ReflectionService.name])
        self.services = services
        self.routes = routes
        var all = DescriptorIndex()
        for catalog in catalogs {
            for file in try RPCV1.FileDescriptorSet.decode(catalog.descriptorSet).file { try all.add(file: file) }
        }
        let files = all.files(ofServices: Array(services)).map(\.bytes)
        var own = DescriptorIndex()
        for file in files { try own.add(file: file) }
        index = own
        descriptorSet = try RPCV1.FileDescriptorSet(file: files).encodedBytes()
    }

    /// Answers on `router`: for the gateway, which knows no messages and so not the generated `register(on:)`.
    public func serve(on router: inout Router) {
        register(on: &router)
    }

    public func listServices(
        _ request: RPCV1.ListServicesRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.ListServicesResponse {
        RPCV1.ListServicesResponse(service: services.union(routes()).sorted().map { RPCV1.ServiceResponse(name: $0) })
    }

    public func getFileContainingSymbol(
        _ request: RPCV1.GetFileContainingSymbolRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.GetFileContainingSymbolResponse {
        guard let files = index.files(containing: request.symbol) else {
            // The name comes from the caller; an answer does not grow with it.
            throw RPCError(
                .notFound,
                "symbol \(request.symbol.prefix(200)): not declared in the files of this process's services: "
                    + "ListServices says what is here")
        }
        return RPCV1.GetFileContainingSymbolResponse(fileDescriptorProto: files.map(\.bytes))
    }

    public func getFileDescriptorSet(
        _ request: RPCV1.GetFileDescriptorSetRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.GetFileDescriptorSetResponse {
        RPCV1.GetFileDescriptorSetResponse(fileDescriptorSet: descriptorSet)
    }
}
