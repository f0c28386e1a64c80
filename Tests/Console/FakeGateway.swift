import MessageRuntime
import Messages
import RPC
import Reflection
import TestingMessages
import TestingService
import Wire

@testable import Console

/// A gateway with the testing service behind it, in this process: metadata `route-service` chooses who answers health
/// and reflection.
final class FakeGateway: Sendable {
    static let service = "quality.testing.v1.TestService"
    static let down = "quality.down.v1.DownService"

    private let transport: InProcessTransport

    init(routes: [String] = [FakeGateway.service]) throws {
        let caller = CallerIdentity(uri: "spiffe://test/org/top/viewer")!
        var router = Router()
        TestService().register(on: &router)
        RoutedHealth().register(on: &router)
        try RoutedReflection(
            own: ReflectionHandler(services: [RPCV1.HealthService.name], routes: { routes }, catalogs: [.suite]),
            backend: ReflectionHandler(services: [Self.service], catalogs: [.suite, .testing])
        ).register(on: &router)
        transport = InProcessTransport(router, caller: caller)
    }

    func run(
        _ arguments: String..., catalogs: [MessageCatalog] = [.suite, .testing], standardInput: String = ""
    ) async -> CommandResult {
        let streams = Streams()
        var environment = ConsoleEnvironment(
            connect: { [transport] _ in transport }, disconnect: {}, print: { streams.add(output: $0 + "\n") },
            report: { streams.add(errors: $0) }, isTerminal: false)
        environment.catalogs = catalogs
        environment.readStandardInput = { Array(standardInput.utf8) }
        let code = await ConsoleEnvironment.$current.withValue(environment) { await Console.run(arguments) }
        return CommandResult(exitCode: code, output: streams.output, errors: streams.errors)
    }
}

private func route(_ context: ServerContext) throws(RPCError) -> String? {
    let route = context.metadata.text(of: "route-service")
    if route == FakeGateway.down { throw RPCError(.unavailable, "nobody answers there") }
    return route
}

private struct RoutedHealth: RPCV1.HealthServiceHandler {
    func check(
        _ request: RPCV1.CheckRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.CheckResponse {
        guard let service = try route(context) else { return RPCV1.CheckResponse(status: .serving) }
        guard request.service == (service.hasSuffix(".") ? "" : service) else {
            throw RPCError(.notFound, "another service was asked for")
        }
        return RPCV1.CheckResponse(status: .serving)
    }

    func watch(
        _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
    ) async throws(RPCError) { throw RPCError(.unimplemented, "not of this test") }
}

private struct RoutedReflection: RPCV1.ReflectionServiceHandler {
    let own: ReflectionHandler
    let backend: ReflectionHandler

    func listServices(
        _ request: RPCV1.ListServicesRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.ListServicesResponse {
        try await (route(context) == nil ? own : backend).listServices(request, context: context)
    }

    func getFileContainingSymbol(
        _ request: RPCV1.GetFileContainingSymbolRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.GetFileContainingSymbolResponse {
        try await (route(context) == nil ? own : backend).getFileContainingSymbol(request, context: context)
    }

    func getFileDescriptorSet(
        _ request: RPCV1.GetFileDescriptorSetRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.GetFileDescriptorSetResponse {
        try await (route(context) == nil ? own : backend).getFileDescriptorSet(request, context: context)
    }
}
