import RPC
import Testing
import Wire

@Suite("Who calls, and what") struct RouterTests {
    @Test("a service's and an organisation's certificate names are read")
    func identities() throws {
        let service = try #require(CallerIdentity(uri: "spiffe://quality.test/service/gateway"))
        #expect(service.subject == .service(name: "gateway"))
        #expect(service.domain == "quality.test")
        #expect(service.isService(named: "gateway"))
        #expect(!service.isService(named: "registry"))
        let reporter = try #require(CallerIdentity(uri: "spiffe://quality.test/org/91410100MA44XQ1X5J/reporter"))
        #expect(reporter.subject == .organisation(code: "91410100MA44XQ1X5J", role: "reporter"))
        #expect(!reporter.isService(named: "reporter"))
    }

    @Test(
        "any other name is nobody",
        arguments: [
            "", "spiffe://", "spiffe://quality.test", "spiffe://quality.test/service", "spiffe://quality.test/service/",
            "spiffe://quality.test/service/gateway/", "spiffe://quality.test/service/a/b", "spiffe:///service/gateway",
            "spiffe://quality.test/org/henan", "spiffe://quality.test/org/henan/reporter/x",
            "spiffe://quality.test/organisation/henan/reporter", "https://quality.test/service/gateway",
            "SPIFFE://quality.test/service/gateway", "spiffe://quality.test/service/gate way",
            "spiffe://quality.test/service/gateway\0", "spiffe://quality.test/service/网关",
            "spiffe://quality.test/service/" + String(repeating: "a", count: 226),
        ])
    func notAnIdentity(uri: String) {
        #expect(CallerIdentity(uri: uri) == nil)
    }

    @Test("255 bytes are a name, one more is not")
    func identityLength() {
        let prefix = "spiffe://quality.test/service/"
        let longest = prefix + String(repeating: "a", count: 255 - prefix.utf8.count)
        #expect(CallerIdentity(uri: longest) != nil)
        #expect(CallerIdentity(uri: longest + "a") == nil)
    }

    @Test("the router says whether the service or the method is unknown")
    func unknownPaths() throws {
        var router = Router()
        router.register(UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in request })
        #expect(router.services == [Methods.service])
        #expect(try router.handler(for: Methods.unary.path).descriptor == Methods.unary)
        func message(_ path: String) -> String? {
            do throws(RPCError) {
                _ = try router.handler(for: path)
                return nil
            } catch {
                return error.message
            }
        }
        #expect(message("\(Methods.service)/Absent") == "service \(Methods.service) has no method Absent")
        #expect(message("quality.absent.v1.Absent/Get") == "no service quality.absent.v1.Absent here")
        #expect(message("") == "no service  here")
    }

    @Test("an unforeseen error does not show its text; cancellation stays cancellation")
    func wrapping() {
        struct Secret: Error { let text = "SELECT * FROM contact" }
        let known = RPCError(.notFound, "no such form", details: [1])
        #expect(RPCError(wrapping: known) == known)
        #expect(RPCError(wrapping: CancellationError()).code == .cancelled)
        let hidden = RPCError(wrapping: Secret())
        #expect(hidden.code == .internal)
        #expect(!hidden.message.contains("SELECT"))
    }
}
