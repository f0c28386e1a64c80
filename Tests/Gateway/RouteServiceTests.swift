import GatewayRules
import GatewayServer
import MessageRuntime
import Messages
import RPC
import Reflection
import TestBench
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

@Suite("Metadata route-service says whose quality.rpc.v1 is meant", .takesTurns)
struct RouteServiceTests {
    private func options(_ service: String) -> CallOptions {
        var options = CallOptions()
        options.metadata.append("route-service", service)
        return options
    }

    @Test("without it the gateway answers health and reflection for itself")
    func own() async throws {
        let bench = try await GatewayBench.describing()
        let transport = try await bench.transport(.throughGateway)
        let check = try await RPCV1.HealthServiceClient(transport).check(.init())
        #expect(check.reason == "gateway")
        let names = try await RPCV1.ReflectionServiceClient(transport).listServices(.init()).service.map(\.name)
        #expect(names.contains(TestingV1.TestService.name))
        await bench.stop()
    }

    @Test("the services that the gateway lists are those that it routes now, also after routes were read anew")
    func listAfterReload() async throws {
        let bench = try await GatewayBench.describing()
        let reflection = RPCV1.ReflectionServiceClient(try await bench.transport(.throughGateway))
        func routed() async throws -> [String] {
            try await reflection.listServices(.init()).service.map(\.name).filter { !$0.hasPrefix("quality.rpc.v1.") }
        }
        #expect(try await routed() == bench.plan.routes.map(\.service).sorted())
        let other = Route(service: "quality.other.v1.", identity: "other", endpoints: ["127.0.0.1:1"])
        try await bench.gateway.apply(GatewayPlan(routes: [other], policy: bench.plan.policy))
        #expect(try await routed() == ["quality.other.v1."])
        var broken = bench.plan
        broken.routes[0].endpoints = ["nonsense"]
        await #expect(throws: RouteProblem.self) { try await bench.gateway.apply(broken) }
        #expect(try await routed() == ["quality.other.v1."])
        try await bench.gateway.apply(bench.plan)
        #expect(try await routed() == bench.plan.routes.map(\.service).sorted())
        await bench.stop()
    }

    @Test("with it the named service's process answers")
    func routed() async throws {
        let bench = try await GatewayBench.describing()
        let transport = try await bench.transport(.throughGateway)
        let options = options(TestingV1.TestService.name)
        let check = try await RPCV1.HealthServiceClient(transport).check(.init(), options: options)
        #expect(check.reason == "backend")
        let reflection = RPCV1.ReflectionServiceClient(transport)
        let answer = try await reflection.getFileContainingSymbol(
            .init(symbol: "quality.testing.v1.EveryKind"), options: options)
        let file = try #require(answer.fileDescriptorProto.first)
        #expect(try RPCV1.FileDescriptorProto.decode(file).name == "quality/testing/v1/testing.proto")
        let error = await #expect(throws: RPCError.self) {
            try await reflection.getFileContainingSymbol(.init(symbol: "quality.testing.v1.EveryKind"))
        }
        #expect(error?.code == .notFound)
        await bench.stop()
    }

    @Test("a service without a route is UNIMPLEMENTED, not started")
    func unknown() async throws {
        let bench = try await GatewayBench.describing()
        let transport = try await bench.transport(.throughGateway)
        let error = await #expect(throws: RPCError.self) {
            try await RPCV1.HealthServiceClient(transport).check(.init(), options: options("quality.none.v1.None"))
        }
        #expect(error?.code == .unimplemented)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("quality.none.v1.None") == true)
        await bench.stop()
    }

    @Test("it turns no other call aside")
    func otherServices() async throws {
        let bench = try await GatewayBench.describing()
        let client = try await bench.client(.throughGateway)
        _ = try await client.emptyCall(.init(), options: options("quality.none.v1.None"))
        await bench.stop()
    }
}

extension GatewayBench {
    /// A bench whose processes say who they are and what they serve.
    fileprivate static func describing() async throws -> GatewayBench {
        var backend = Backend()
        backend.register = { router in
            TestService().register(on: &router)
            NamedHealth(name: "backend").register(on: &router)
            try ReflectionHandler(services: router.services, catalogs: [.suite, .testing]).register(on: &router)
        }
        return try await GatewayBench(
            backend,
            own: { routes in
                var own = Router()
                NamedHealth(name: "gateway").register(on: &own)
                try ReflectionHandler(services: own.services, routes: routes, catalogs: [.suite]).register(on: &own)
                return own
            })
    }
}

/// Says who answered.
struct NamedHealth: RPCV1.HealthServiceHandler {
    let name: String

    func check(
        _ request: RPCV1.CheckRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.CheckResponse {
        RPCV1.CheckResponse(status: .serving, reason: name)
    }

    func watch(
        _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
    ) async throws(RPCError) {
        throw RPCError(.unimplemented, "not of this test")
    }
}
