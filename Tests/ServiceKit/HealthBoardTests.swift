import Messages
import RPC
import ServiceKit
import Synchronization
import Testing
import Wire

/// Text that closures on any thread add to.
final class Collected: Sendable {
    private let lines = Mutex("")

    var text: String { lines.withLock { $0 } }

    var append: @Sendable (String) -> Void {
        { [self] line in lines.withLock { $0 += line } }
    }
}

@Suite struct HealthBoardTests {
    private let board = HealthBoard()
    private let service = "quality.registry.v1.RegistryService"

    private var client: RPCV1.HealthServiceClient {
        get throws {
            var router = Router()
            board.register(on: &router)
            let caller = try #require(CallerIdentity(uri: "spiffe://test/service/gateway"))
            return RPCV1.HealthServiceClient(InProcessTransport(router, caller: caller))
        }
    }

    @Test("a service and the process as a whole say how they are")
    func check() async throws {
        let client = try client
        #expect(try await client.check(RPCV1.CheckRequest()).reason == "starting")
        board.set(service, .serving)
        #expect(try await client.check(RPCV1.CheckRequest()).status == .notServing)
        board.set("", .serving)
        #expect(try await client.check(RPCV1.CheckRequest(service: service)).status == .serving)
        #expect(try await client.check(RPCV1.CheckRequest()).status == .serving)
        board.set("other", .notServing(reason: "catching up"))
        let whole = try await client.check(RPCV1.CheckRequest())
        #expect(whole.status == .notServing && whole.reason == "other: catching up")
        #expect(try await client.check(RPCV1.CheckRequest(service: service)).status == .serving)
    }

    @Test("an unknown service is NOT_FOUND")
    func unknown() async throws {
        let client = try client
        let error = await #expect(throws: RPCError.self) { try await client.check(RPCV1.CheckRequest(service: "x")) }
        #expect(error?.code == .notFound)
    }

    @Test("what all services need takes everything down, or leaves a word with what still serves")
    func conditions() async throws {
        board.set(service, .serving)
        board.set("", .serving)
        let store = Mutex(HealthStatus.serving), disk = Mutex(HealthStatus.serving)
        board.add(HealthCondition("store") { store.withLock { $0 } })
        board.add(HealthCondition("disk") { disk.withLock { $0 } })
        let client = try client
        func answers(_ status: RPCV1.ServingStatus, _ reason: String) async throws {
            for name in ["", service] {
                let response = try await client.check(RPCV1.CheckRequest(service: name))
                #expect(response.status == status && response.reason == reason)
            }
        }
        try await answers(.serving, "")
        disk.withLock { $0 = .impaired(reason: "full") }
        try await answers(.serving, "full")
        store.withLock { $0 = .impaired(reason: "held") }
        try await answers(.serving, "held; full")
        store.withLock { $0 = .notServing(reason: "the store's disk failed") }
        try await answers(.notServing, "the store's disk failed")
    }

    @Test("who watches is told the status now and each change, also of a service that comes later")
    func watch() async throws {
        let stream = try await client.watch(RPCV1.WatchRequest(service: service))
        var iterator = stream.makeAsyncIterator()
        #expect(try await iterator.next()?.status == .serviceUnknown)
        board.set(service, .notServing(reason: "starting"))
        #expect(try await iterator.next()?.status == .notServing)
        board.set("other", .serving)
        board.set(service, .serving)
        #expect(try await iterator.next()?.status == .serving)
        stream.cancel()
    }
}
