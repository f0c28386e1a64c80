import Balancing
import NIOCore
import NIOPosix
import RPC
import ServiceKit
import Synchronization
import Telemetry
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

@Suite("Choosing among copies of a service", .takesTurns)
struct BalancingPoolTests {
    private let unavailable = RPCError(.unavailable, "this copy is broken")

    @Test("calls are spread over the copies, and over those that are left when one is gone")
    func spread() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
        let client = try await replicas.client(replicas.configuration())
        try await replicas.call(client, until: "each copy is called") { replicas.services.allSatisfy { $0.calls > 20 } }
        await replicas.stop(0)
        let before = replicas.services.map(\.calls)
        for _ in 0..<200 { _ = try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(replicas.services[0].calls == before[0])
        #expect(replicas.services[1].calls > before[1] + 40)
        #expect(replicas.services[2].calls > before[2] + 40)
        await replicas.stopAll()
    }

    @Test("a copy that does not answer its calls gets no more of them than the others")
    func leastLoaded() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"])
        let client = try await replicas.client(replicas.configuration())
        try await replicas.call(client, until: "each copy is called") { replicas.services.allSatisfy { $0.calls > 0 } }
        let before = replicas.services.map(\.calls)
        var held: [BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>] = []
        for _ in 0..<40 {
            let call = try await client.fullDuplexCall()
            try await call.send(TestingV1.StreamingOutputRequest())
            held.append(call)
        }
        try await Patience.until("each call has reached a copy") {
            replicas.services.map(\.calls).reduce(0, +) == before.reduce(0, +) + 40
        }
        // With two copies both are drawn each time, so the calls that await an answer are even.
        #expect(replicas.services.map(\.calls) == [before[0] + 20, before[1] + 20])
        for call in held { call.responses.cancel() }
        await replicas.stopAll()
    }

    @Test("a copy that says it does not serve gets no calls until it serves again")
    func health() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"], servesHealth: true)
        var configuration = replicas.configuration()
        configuration.health = HealthProbe(service: TestingV1.TestService.name)
        let client = try await replicas.client(configuration)
        try await replicas.call(client, until: "each copy is called") { replicas.services.allSatisfy { $0.calls > 0 } }

        replicas.boards[0].set(TestingV1.TestService.name, .notServing(reason: "the disk is full"))
        var quiet = 0
        var last = replicas.services[0].calls
        try await replicas.call(client, until: "the first is left out") {
            quiet = replicas.services[0].calls == last ? quiet + 1 : 0
            last = replicas.services[0].calls
            return quiet > 40
        }
        replicas.boards[1].set(TestingV1.TestService.name, .notServing(reason: "stopping"))
        var error: RPCError?
        let deadline = ContinuousClock.now + Patience.limit
        while error == nil, ContinuousClock.now < deadline {
            do {
                _ = try await client.unaryCall(TestingV1.SimpleRequest())
            } catch let failure {
                error = failure
            }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("does not serve: the disk is full") == true)

        replicas.boards[0].set(TestingV1.TestService.name, .serving)
        let before = replicas.services[0].calls
        try await replicas.call(
            client, until: "the first serves again", { replicas.services[0].calls > before }, failuresAllowed: true)
        await replicas.stopAll()
    }

    @Test("copies without a health service count as serving")
    func noHealth() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"])
        var configuration = replicas.configuration()
        configuration.health = HealthProbe(service: TestingV1.TestService.name)
        let client = try await replicas.client(configuration)
        try await replicas.call(client, until: "each copy is called") { replicas.services.allSatisfy { $0.calls > 9 } }
        await replicas.stopAll()
    }

    @Test("a copy that fails five times in a row is left out, and one call tries it again in time")
    func ejection() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"])
        var configuration = replicas.configuration()
        configuration.ejection = EjectionSettings(consecutiveFailures: 5, baseSeconds: 1, maximumSeconds: 1)
        let client = try await replicas.client(configuration)
        try await replicas.call(client, until: "each copy is called") { replicas.services.allSatisfy { $0.calls > 0 } }
        let before = replicas.services[0].calls
        replicas.services[0].fail(unavailable)
        try await replicas.call(
            client, until: "it has failed five times", { replicas.services[0].calls >= before + 5 },
            failuresAllowed: true)
        #expect(try await replicas.seen(0)?.state == .ejected)
        #expect(try await replicas.seen(0)?.services == [TestingV1.TestService.name])
        #expect(try await replicas.seen(1)?.state == .serving)
        // Left out now: of many calls only probes fail.
        var failures = 0
        for _ in 0..<500 {
            do { _ = try await client.unaryCall(TestingV1.SimpleRequest()) } catch { failures += 1 }
        }
        #expect(failures == replicas.services[0].calls - before - 5)
        #expect(failures < 100)
        replicas.services[0].recover()
        let recovered = replicas.services[0].calls
        try await replicas.call(
            client, until: "it is called again", { replicas.services[0].calls > recovered + 20 })
        #expect(try await replicas.seen(0)?.state == .serving)
        #expect(try await replicas.seen(0)?.ejectedUntil == nil)
        await replicas.stopAll()
    }

    @Test("of copies that all fail, none but the last is left out")
    func lastCopy() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1", "127.0.0.2"])
        let client = try await replicas.client(replicas.configuration())
        for service in replicas.services { service.fail(unavailable) }
        for _ in 0..<50 {
            let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
            #expect(error?.message.contains("this copy is broken") == true)
        }
        await replicas.stopAll()
    }

    @Test("all copies gone: the port is dialled no more often than the pauses allow, by all that want a connection")
    func dialRate() async throws {
        let accepted = Mutex(0)
        let group = MultiThreadedEventLoopGroup.singleton
        let port = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                accepted.withLock { $0 += 1 }
                return channel.close()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        var configuration = replicas.configuration()
        configuration.connectionsPerEndpoint = 4
        configuration.sources = [
            .endpoint(Endpoint(host: "127.0.0.1", port: port.localAddress?.port ?? 0))
        ]
        let start = ContinuousClock.now
        let client = try await replicas.client(configuration)
        // Long enough for three pauses, and for the first connections on any machine.
        while ContinuousClock.now < start + .seconds(3) || accepted.withLock({ $0 }) < 4 {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { _ = try? await client.unaryCall(TestingV1.SimpleRequest()) }
                }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        // In this order: who comes between is in neither.
        let count = accepted.withLock { $0 }
        let elapsed = ContinuousClock.now - start
        // The first of each connection, then after 0.8 s, 1.28 s, 2.05 s and so on at the soonest.
        var soonest = Duration.zero
        var pause = 0.8
        var dials = 4
        while soonest + .seconds(pause) <= elapsed {
            soonest += .seconds(pause)
            pause = min(pause * 1.6, 2.4)
            dials += 1
        }
        #expect((4...dials).contains(count))
        try await port.close()
        await replicas.stopAll()
    }

    @Test("an endpoint that accepts and never greets is given up when HELLO's time is over")
    func noHello() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let replicas = try await Replicas(hosts: [])
        var configuration = replicas.configuration()
        configuration.sources = [.endpoint(Endpoint(host: "127.0.0.1", port: silent.localAddress?.port ?? 0))]
        configuration.helloTimeoutSeconds = 1
        let client = try await replicas.client(configuration, retries: RetrySettings(maximumAttempts: 1))
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("in time") == true, "\(error?.message ?? "")")
        try await silent.close()
        await replicas.stopAll()
    }

    @Test("of an endpoint that was down and now accepts in silence calls hear soon, however long the attempt may last")
    func silentEndpoint() async throws {
        let replicas = try await Replicas(hosts: [])
        let endpoint = Endpoint(host: "127.0.0.1", port: try ServicePort.next())
        var configuration = replicas.configuration()
        configuration.sources = [.endpoint(endpoint)]
        configuration.helloTimeoutSeconds = 600
        configuration.patienceSeconds = 2
        let client = try await replicas.client(configuration, retries: RetrySettings(maximumAttempts: 1))
        _ = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        let (accepted, accept) = AsyncStream.makeStream(of: Void.self)
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                accept.yield()
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: endpoint.port).get()
        for await _ in accepted { break }
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        try await silent.close()
        await replicas.stopAll()
    }

    @Test("an endpoint that never greets holds up neither the first call nor those after it, nor those to a good one")
    func hungEndpoint() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let hung = EndpointSource.endpoint(Endpoint(host: "127.0.0.1", port: silent.localAddress?.port ?? 0))
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        var configuration = replicas.configuration()
        configuration.sources = [hung]
        configuration.helloTimeoutSeconds = 600
        configuration.patienceSeconds = 1
        let client = try await replicas.client(configuration)
        for _ in 0..<3 {
            let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
            #expect(error?.code == .unavailable)
            #expect(error?.isNotStarted == true)
        }
        configuration.sources = [hung, .endpoint(replicas.endpoints[0])]
        configuration.patienceSeconds = 600
        let other = try await replicas.client(configuration)
        for _ in 0..<10 { _ = try await other.unaryCall(TestingV1.SimpleRequest()) }
        try await silent.close()
        await replicas.stopAll()
    }
}
