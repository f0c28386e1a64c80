import Foundation
import MessageJSON
import MessageRuntime
import RPC
import Testing
import TestingMessages

@testable import Console

@Suite("qmctl describe and health ask the running programs")
struct DescribeCommandTests {
    private let gateway: FakeGateway

    init() throws {
        gateway = try FakeGateway()
    }

    @Test("every service that the gateway lists, also one that qmctl was not built with")
    func everything() async {
        let result = await gateway.run("describe", catalogs: [])
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.contains("service quality.rpc.v1.HealthService {"))
        #expect(result.output.contains("// The status now and at each change."))
        #expect(result.output.contains("service quality.testing.v1.TestService {"))
        #expect(
            result.output.contains(
                "rpc FullDuplexCall(stream quality.testing.v1.StreamingOutputRequest) returns "
                    + "(stream quality.testing.v1.StreamingOutputResponse);"))
        // In the same file, but nobody routes it.
        #expect(!result.output.contains("BenchmarkService {"))
    }

    @Test("services behind a prefix are described too")
    func prefix() async throws {
        let result = await (try FakeGateway(routes: ["quality.testing."])).run("describe", catalogs: [])
        #expect(result.output.contains("service quality.testing.v1.TestService {"))
        #expect(result.output.contains("BenchmarkService {"))
    }

    @Test("a method with its idempotency and all that its messages are made of")
    func method() async {
        let result = await gateway.run("describe", "Test/EmptyCall", catalogs: [])
        #expect(result.output.contains("option idempotency_level = NO_SIDE_EFFECTS"))
        let unary = await gateway.run("describe", "Test/UnaryCall", catalogs: [])
        #expect(unary.output.contains("optional uint32 expected_value = 6;"))
        #expect(unary.output.contains("// Wait this long (or for cancellation) before answering."))
        #expect(unary.output.contains("message quality.testing.v1.Payload {\n  bytes body = 1;\n}"))
    }

    @Test("a message and an enum, by full or short name")
    func types() async {
        for name in ["quality.testing.v1.EveryKind", "EveryKind"] {
            let result = await gateway.run("describe", name, catalogs: [])
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("  oneof choice {\n    double choice_double = 61;"))
            #expect(result.output.contains("enum quality.testing.v1.EveryKind.Colour {"))
        }
        let status = await gateway.run("describe", "ServingStatus")
        #expect(status.output.contains("SERVING_STATUS_SERVING = 1;"))
    }

    @Test("a template is a request that the mapping takes")
    func template() async throws {
        let mapping = try MessageJSON([.testing])
        let method = await gateway.run("describe", "Test/UnaryCall", "--template")
        #expect(method.output.contains("\"payload\": {\n    \"body\": \"\"\n  }"))
        let kind = await gateway.run("describe", "EveryKind", "--template")
        let bytes = try mapping.bytes(
            of: JSONValue(parsing: Array(kind.output.utf8)), as: TestingV1.EveryKind.schema)
        #expect(try TestingV1.EveryKind.decode(bytes).choice == .choiceDouble(0))
        #expect(await gateway.run("describe", "Test", "--template").exitCode == 2)
        #expect(await gateway.run("describe", "--template").exitCode == 2)
    }

    @Test("what nobody describes is exit code 2")
    func unknown() async {
        for name in ["Nothing", "Nothing/Push", "Test/Nothing"] {
            let result = await gateway.run("describe", name)
            #expect(result.exitCode == 2, "\(name)")
            #expect(!result.errors.isEmpty)
        }
    }

    @Test("a process that does not answer is named, and no reason to hide the others")
    func unreachable() async throws {
        let gateway = try FakeGateway(routes: [FakeGateway.service, FakeGateway.down])
        let known = await gateway.run("describe", "EveryKind")
        #expect(known.exitCode == 0)
        for arguments in ["Nothing", FakeGateway.down] {
            let result = await gateway.run("describe", arguments)
            #expect(result.exitCode == 3)
            #expect(result.errors.contains(FakeGateway.down))
        }
        let all = await gateway.run("describe")
        #expect(all.exitCode == 3)
        #expect(all.output.contains("service quality.testing.v1.TestService {"))
    }

    @Test("health asks the gateway and each service behind it")
    func health() async throws {
        let result = await gateway.run("health")
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("gateway") && result.output.contains(FakeGateway.service))
        let failing = await (try FakeGateway(routes: [FakeGateway.service, FakeGateway.down, "quality.x."])).run(
            "health")
        #expect(failing.exitCode == 1)
        let lines = failing.output.split(separator: "\n")
        #expect(lines.contains { $0.contains(FakeGateway.down) && $0.contains("not serving") && $0.contains("nobody") })
        #expect(lines.contains { $0.contains("quality.x.") && !$0.contains("not serving") })
    }
}
