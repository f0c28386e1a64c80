import MessageRuntime
import Messages
import RPC
import Reflection
import Testing
import TestingMessages
import Wire

@Suite("A process describes its services")
struct ReflectionTests {
    private let client: RPCV1.ReflectionServiceClient

    init() throws {
        var router = Router()
        try ReflectionHandler(
            services: [RegistryV1.RegistryService.name, RPCV1.HealthService.name], routes: { ["some.prefix."] },
            catalogs: [.suite]
        ).register(on: &router)
        let caller = try #require(CallerIdentity(uri: "spiffe://test/org/henan/viewer"))
        client = RPCV1.ReflectionServiceClient(InProcessTransport(router, caller: caller))
    }

    @Test("services are listed by name, a gateway's routes among them")
    func list() async throws {
        let names = try await client.listServices(.init()).service.map(\.name)
        #expect(
            names == [
                "quality.registry.v1.RegistryService", "quality.rpc.v1.HealthService",
                "quality.rpc.v1.ReflectionService", "some.prefix.",
            ])
    }

    @Test("the descriptor set holds the files of the services and what they import, imports first")
    func wholeSet() async throws {
        let answer = try await client.getFileDescriptorSet(.init())
        let index = try DescriptorIndex(descriptorSet: answer.fileDescriptorSet)
        let names = index.files.map(\.name)
        #expect(
            Set(names) == [
                "quality/registry/v1/registry.proto", "quality/type/v1/type.proto", "quality/rpc/v1/health.proto",
                "quality/rpc/v1/reflection.proto",
            ])
        let type = try #require(names.firstIndex(of: "quality/type/v1/type.proto"))
        let registry = try #require(names.firstIndex(of: "quality/registry/v1/registry.proto"))
        #expect(type < registry)
    }

    @Test(
        "a symbol brings its file and those that it imports",
        arguments: [
            "quality.registry.v1.RegistryService", "quality.registry.v1.RegistryService.Follow",
            "quality.registry.v1.GetFormRequest", "quality.registry.v1.GetFormRequest.campaign",
        ])
    func symbol(symbol: String) async throws {
        let answer = try await client.getFileContainingSymbol(.init(symbol: symbol))
        let files = try answer.fileDescriptorProto.map { try RPCV1.FileDescriptorProto.decode($0).name }
        #expect(files == ["quality/registry/v1/registry.proto", "quality/type/v1/type.proto"])
    }

    @Test("enums and their values are symbols")
    func enumSymbol() async throws {
        for symbol in ["quality.rpc.v1.ServingStatus", "quality.rpc.v1.SERVING_STATUS_SERVING"] {
            let answer = try await client.getFileContainingSymbol(.init(symbol: symbol))
            let file = try RPCV1.FileDescriptorProto.decode(try #require(answer.fileDescriptorProto.first))
            #expect(file.name == "quality/rpc/v1/health.proto")
        }
    }

    @Test(
        "what no service here needs is NOT_FOUND",
        arguments: ["", "quality.submission.v1.SubmissionService", "Push", String(repeating: "x", count: 100_000)])
    func notFound(symbol: String) async throws {
        let error = await #expect(throws: RPCError.self) {
            try await client.getFileContainingSymbol(.init(symbol: symbol))
        }
        #expect(error?.code == .notFound)
        #expect(error.map { $0.message.utf8.count < 400 } == true)
    }

    @Test("shapes, idempotency, labels and comments come through")
    func details() throws {
        let index = try DescriptorIndex(descriptorSet: MessageCatalog.suite.descriptorSet)
        let health = try #require(index.services["quality.rpc.v1.HealthService"])
        let watch = try #require(health.methods.first { $0.name == "Watch" })
        #expect(watch.isServerStreaming && !watch.isClientStreaming && watch.idempotency == .noSideEffects)
        #expect(watch.comment == "The status now and at each change.")
        let field = try #require(index.messages["quality.rpc.v1.CheckRequest"]?.fields.first { $0.number == 1 })
        #expect(
            field.comment
                == "A full service name such as \"quality.registry.v1.RegistryService\"; empty for the whole process.")
        #expect(field.name == "service" && field.type == .string)
        let testing = try DescriptorIndex(descriptorSet: MessageCatalog.testing.descriptorSet)
        let kind = try #require(testing.messages["quality.testing.v1.EveryKind"])
        #expect(kind.fields.first { $0.name == "maybe_double" }?.isOptional == true)
        #expect(kind.fields.first { $0.name == "choice_double" }?.oneof == 0)
        #expect(testing.messages["quality.testing.v1.EveryKind.Inner.Innermost"] != nil)
        #expect(testing.enums["quality.testing.v1.EveryKind.Colour"]?.values.map(\.number) == [0, 1, -1])
    }

    @Test("every message and method of a catalog is described", arguments: [MessageCatalog.suite, .testing])
    func complete(catalog: MessageCatalog) throws {
        let index = try DescriptorIndex(descriptorSet: catalog.descriptorSet)
        for message in catalog.messages { #expect(index.messages[message.messageName] != nil) }
        for method in catalog.methods {
            let service = try #require(index.services[method.descriptor.service])
            let described = try #require(service.methods.first { $0.name == method.descriptor.name })
            #expect(described.input == method.request.messageName && described.output == method.response.messageName)
        }
        // The catalogs overlap in nothing but what one imports of the other.
        #expect(index.messages.count == catalog.messages.count)
    }
}
