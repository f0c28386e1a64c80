import Foundation
import NIOCore
import NIOPosix
import RPC
import Synchronization
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

@Suite("Endpoints that come and go", .takesTurns)
struct DiscoveryTests {
    /// A name's addresses, as the test says.
    private final class Names: Sendable {
        private let state: Mutex<(addresses: [String], lookUps: Int)>

        init(_ addresses: [String]) {
            state = Mutex((addresses, 0))
        }

        var lookUps: Int { state.withLock { $0.lookUps } }

        func set(_ addresses: [String]) {
            state.withLock { $0.addresses = addresses }
        }

        var resolver: NameResolver {
            NameResolver { (_) throws(ResolutionFailure) in
                let addresses = self.state.withLock { state in
                    state.lookUps += 1
                    return state.addresses
                }
                guard !addresses.isEmpty else { throw ResolutionFailure("testing: no such name") }
                return addresses
            }
        }
    }

    private func configuration(_ replicas: Replicas, _ names: Names) -> ConnectionPoolConfiguration {
        var configuration = replicas.configuration()
        configuration.sources = [.endpoint(Endpoint(host: "testing", port: replicas.endpoints[0].port))]
        configuration.resolver = names.resolver
        return configuration
    }

    @Test("a name's new address gets calls, one that is gone gets no more, and its open calls end where they are")
    func names() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"])
        let names = Names(["127.0.0.1"])
        let client = try await replicas.client(configuration(replicas, names))
        let open = try await client.fullDuplexCall()
        var responses = open.responses.makeAsyncIterator()
        try await open.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        #expect(try await responses.next() != nil)

        names.set(["127.0.0.1", "127.0.0.2"])
        try await replicas.call(client, until: "the new copy is called") { replicas.services[1].calls > 0 }

        names.set(["127.0.0.2"])
        let lookUps = names.lookUps
        try await replicas.call(client, until: "the names were looked up again") { names.lookUps > lookUps + 1 }
        let before = replicas.services[0].calls
        for _ in 0..<50 { _ = try await client.emptyCall(TestingV1.Empty()) }
        #expect(replicas.services[0].calls == before)
        try await open.send(TestingV1.StreamingOutputRequest(responseBytes: [2]))
        #expect(try await responses.next()?.payload?.body.count == 2)
        open.finishSending()
        #expect(try await responses.next() == nil)
        await replicas.stopAll()
    }

    @Test("a look-up that fails leaves the last known addresses in use")
    func failedLookUp() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        let names = Names(["127.0.0.1"])
        let client = try await replicas.client(configuration(replicas, names))
        _ = try await client.emptyCall(TestingV1.Empty())
        names.set([])
        let lookUps = names.lookUps
        try await replicas.call(client, until: "the name was looked up again") { names.lookUps > lookUps + 1 }
        _ = try await client.emptyCall(TestingV1.Empty())
        await replicas.stopAll()
    }

    @Test("a name that is not known fails calls with the resolver's words, and serves them once it is")
    func unknownName() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        let names = Names([])
        let client = try await replicas.client(configuration(replicas, names))
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("testing: no such name") == true)
        names.set(["127.0.0.1"])
        try await replicas.call(
            client, until: "it is called", { replicas.services[0].calls > 0 }, failuresAllowed: true)
        await replicas.stopAll()
    }

    @Test("an endpoint of a list that comes up late is looked for all the time, and gets calls then")
    func lateEndpoint() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"], late: 1)
        let looks = Atomic(0)
        // In its place, until it comes up: how long the pauses are is DialScheduleTests'.
        let closed = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                looks.add(1, ordering: .relaxed)
                return channel.close()
            }
            .bind(host: replicas.endpoints[1].host, port: replicas.endpoints[1].port).get()
        var configuration = replicas.configuration()
        configuration.longestDialPauseSeconds = 1
        let client = try await replicas.client(configuration)
        try await replicas.call(client, until: "it was looked for again and again") {
            looks.load(ordering: .relaxed) >= 5
        }
        #expect(replicas.services[1].calls == 0)
        try await closed.close()
        try await replicas.start(1)
        try await replicas.call(client, until: "it is called") { replicas.services[1].calls > 0 }
        await replicas.stopAll()
    }

    @Test("a watched file is read again; a broken one changes nothing")
    func file() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"])
        let path = NSTemporaryDirectory() + "endpoints-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        func write(_ text: String) throws {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try write("\(replicas.endpoints[0])\n")
        var configuration = replicas.configuration()
        configuration.sources = [.file(path)]
        let client = try await replicas.client(configuration)
        for _ in 0..<10 { _ = try await client.emptyCall(TestingV1.Empty()) }
        #expect(replicas.services[1].calls == 0)
        try write("not an endpoint\n")
        _ = try await client.emptyCall(TestingV1.Empty())
        try write("# both\n\(replicas.endpoints[0])\n\(replicas.endpoints[1])\n")
        try await replicas.call(client, until: "the second is called") { replicas.services[1].calls > 0 }
        await replicas.stopAll()
    }

    @Test("a look-up without an end holds up neither the start nor the calls, which are served once it is over")
    func hungLookUp() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        let answers = DispatchSemaphore(value: 0)
        var configuration = replicas.configuration()
        configuration.sources = [.endpoint(Endpoint(host: "testing", port: replicas.endpoints[0].port))]
        configuration.patienceSeconds = 1
        configuration.resolver = NameResolver { (_) throws(ResolutionFailure) in
            answers.wait()
            return ["127.0.0.1"]
        }
        let client = try await replicas.client(configuration)
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("still being looked up") == true, "\(error?.message ?? "")")
        for _ in 0..<100 { answers.signal() }
        try await replicas.call(
            client, until: "it is called", { replicas.services[0].calls > 0 }, failuresAllowed: true)
        await replicas.stopAll()
    }

    @Test("look-ups without an end hold up no other service's")
    func hungLookUps() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        let answers = DispatchSemaphore(value: 0)
        var hung = replicas.configuration()
        hung.sources = [.endpoint(Endpoint(host: "testing", port: replicas.endpoints[0].port))]
        hung.patienceSeconds = 0
        hung.resolver = NameResolver { (_) throws(ResolutionFailure) in
            answers.wait()
            return ["127.0.0.1"]
        }
        // More than there are threads for everybody's blocking work.
        for _ in 0..<16 { _ = try await replicas.client(hung) }
        let client = try await replicas.client(configuration(replicas, Names(["127.0.0.1"])))
        _ = try await client.emptyCall(TestingV1.Empty())
        for _ in 0..<1_000 { answers.signal() }
        await replicas.stopAll()
    }
}
