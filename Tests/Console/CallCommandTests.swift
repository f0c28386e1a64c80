import Foundation
import Messages
import Testing

@testable import Console

@Suite("qmctl call speaks JSON to any method")
struct CallCommandTests {
    private let gateway: FakeGateway

    init() throws {
        gateway = try FakeGateway()
    }

    @Test("a unary method, by its full or its short name")
    func unary() async {
        for name in ["quality.testing.v1.TestService/UnaryCall", "Test/UnaryCall", "testservice/unarycall"] {
            let result = await gateway.run("call", name, "-d", "{\"responseBytes\": 3}")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("\"body\": \"AAAA\""))
            #expect(result.output.contains("spiffe://test/org/top/viewer"))
        }
    }

    @Test("without --data an empty message is sent")
    func withoutData() async {
        let result = await gateway.run("call", "Test/EmptyCall")
        #expect(result.exitCode == 0)
        #expect(result.output == "{}\n")
    }

    @Test("a client stream takes values from the line, a file and the standard input, in order")
    func clientStream() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json")
        try Data("{\"payload\": {\"body\": \"AAAA\"}}\n{}\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let result = await gateway.run(
            "call", "Test/StreamingInputCall", "-d", "{\"payload\": {\"body\": \"AA==\"}}", "-d", "@\(file.path)", "-d",
            "-",
            standardInput: "{\"payload\":{\"body\":\"AAA=\"}}{}")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == "{\n  \"aggregatedPayloadBytes\": \"6\"\n}\n")
        let empty = await gateway.run("call", "Test/StreamingInputCall", "--show-defaults")
        #expect(empty.output == "{\n  \"aggregatedPayloadBytes\": \"0\"\n}\n")
    }

    @Test("a server stream is written response by response, and its status ends it")
    func serverStream() async {
        let result = await gateway.run(
            "call", "Test/StreamingOutputCall", "-d",
            "{\"responseBytes\": [1, 2], \"statusCode\": 14, \"statusMessage\": \"come again\"}")
        #expect(result.exitCode == 3)
        #expect(result.output.components(separatedBy: "\"payload\"").count == 3)
        #expect(result.errors.contains("come again"))
    }

    @Test("a bidirectional call")
    func bidirectional() async {
        let result = await gateway.run(
            "call", "Test/FullDuplexCall", "-d", "{\"responseBytes\": [1]} {\"responseBytes\": [2, 3]}")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.components(separatedBy: "\"payload\"").count == 4)
        let empty = await gateway.run("call", "Test/FullDuplexCall")
        #expect(empty.exitCode == 0 && empty.output.isEmpty)
    }

    @Test("metadata goes with the call")
    func metadata() async {
        let routed = await gateway.run(
            "call", "Health/Check", "-d", "{\"service\": \"x\"}", "--metadata", "route-service=y")
        #expect(routed.exitCode == 1)
        #expect(routed.errors.contains("another service was asked for"))
        for wrong in ["novalue", "=x", "a-bin=xyz"] {
            #expect(await gateway.run("call", "Test/EmptyCall", "--metadata", wrong).exitCode == 2)
        }
    }

    @Test("a refusal is exit code 1, with its code and message")
    func refusal() async {
        let result = await gateway.run(
            "call", "Test/UnaryCall", "-d", "{\"statusCode\": 9, \"statusMessage\": \"not now\"}")
        #expect(result.exitCode == 1)
        #expect(result.errors.contains("not now"))
        #expect(result.errors.contains("quality.testing.v1.TestService/UnaryCall"))
    }

    @Test(
        "a wrong request is exit code 2 and says where",
        arguments: [
            ("{\"responseBytes\": 1,\n \"nothing\": 1}", "--data:2:13: /nothing: quality.testing.v1.SimpleRequest"),
            ("{\"responseBytes\": -1}", "--data:1:19: /responseBytes: -1 is out of range"), ("{", "--data:1:2:"),
            ("{} {}", "takes one request"), (" ", "takes one request"), ("@/nowhere/x.json", "/nowhere/x.json"),
        ])
    func wrongRequest(data: String, words: String) async {
        let result = await gateway.run("call", "Test/UnaryCall", "-d", data)
        #expect(result.exitCode == 2)
        #expect(result.errors.contains(words), "\(result.errors)")
    }

    @Test("an unknown service or method names what is known")
    func unknownNames() async {
        let service = await gateway.run("call", "Nothing/Push", catalogs: [.suite])
        #expect(service.exitCode == 2)
        #expect(service.errors.contains("quality.submission.v1.SubmissionService"))
        #expect(service.errors.contains("built with"))
        let method = await gateway.run("call", "Submission/Pull")
        #expect(method.exitCode == 2)
        #expect(method.errors.contains("it has Push, PushBatch, PushStream"))
        #expect(await gateway.run("call", "Submission").exitCode == 2)
    }
}
