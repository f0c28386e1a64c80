import Testing

@testable import Transport

@Suite("Where endpoints are learnt")
struct EndpointSourceTests {
    @Test("an address, a name or a file")
    func forms() {
        #expect(EndpointSource("10.0.0.1:7101") == .endpoint(Endpoint(host: "10.0.0.1", port: 7101)))
        #expect(EndpointSource("[::1]:7101") == .endpoint(Endpoint(host: "::1", port: 7101)))
        #expect(EndpointSource("registry.internal:7101") == .endpoint(Endpoint(host: "registry.internal", port: 7101)))
        #expect(EndpointSource("file:/etc/endpoints") == .file("/etc/endpoints"))
        for text in ["", "file:", "registry", "registry:0", "registry:70000", "::1:7101", ":7101"] {
            #expect(EndpointSource(text) == nil, "\(text)")
        }
    }

    @Test("several with commas; one that is wrong makes all wrong")
    func list() {
        #expect(EndpointSource.list("a:1, b:2")?.map(\.description) == ["a:1", "b:2"])
        #expect(EndpointSource.list("a:1,,b:2") == nil)
        #expect(EndpointSource.list("") == nil)
    }

    @Test("a file has one endpoint a line, comments and blank lines")
    func file() throws {
        let text = "# the copies\n10.0.0.1:7101\n\n  10.0.0.2:7101  # new\r\n[fd00::1]:7101"
        #expect(
            try EndpointFile.endpoints(in: text).map(\.description) == [
                "10.0.0.1:7101", "10.0.0.2:7101", "[fd00::1]:7101",
            ])
        #expect(throws: ResolutionFailure("line 2: \"10.0.0.2\" is not HOST:PORT")) {
            try EndpointFile.endpoints(in: "10.0.0.1:7101\n10.0.0.2\n")
        }
    }

    @Test("the system knows localhost, and says why it does not know another name")
    func systemResolver() throws {
        let source = try #require(EndpointSource("localhost:7101"))
        let endpoints = try NameResolver.system.endpoints(of: source)
        #expect(
            endpoints.contains(Endpoint(host: "127.0.0.1", port: 7101))
                || endpoints.contains(Endpoint(host: "::1", port: 7101)))
        #expect(Set(endpoints).count == endpoints.count)
        let failure = #expect(throws: ResolutionFailure.self) {
            try NameResolver.system.endpoints(of: .endpoint(Endpoint(host: "no-such-host.invalid", port: 1)))
        }
        #expect(failure?.reason.hasPrefix("no-such-host.invalid: ") == true)
    }

    @Test("an address is not looked up; a name stands for all its addresses")
    func allAddresses() throws {
        let resolver = NameResolver { (name) throws(ResolutionFailure) in
            guard name == "testing" else { throw ResolutionFailure("\(name) was looked up") }
            return ["127.0.0.1", "::1"]
        }
        let address = EndpointSource.endpoint(Endpoint(host: "10.0.0.1", port: 7))
        #expect(try resolver.endpoints(of: address) == [Endpoint(host: "10.0.0.1", port: 7)])
        #expect(!address.mayChange)
        let name = EndpointSource.endpoint(Endpoint(host: "testing", port: 7))
        #expect(try resolver.endpoints(of: name).map(\.description) == ["127.0.0.1:7", "[::1]:7"])
        #expect(name.mayChange)
    }

    @Test("a file that is not there says so")
    func missingFile() {
        #expect(throws: ResolutionFailure("cannot be read: No such file or directory")) {
            try NameResolver.system.endpoints(of: .file("/nowhere/endpoints"))
        }
    }
}
