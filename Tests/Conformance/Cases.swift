import GatewayRules
import RPC
import Synchronization
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// The 40 cases that the protocol must hold in, each direct and through the gateway. README.md lists where each is.
/// Serial, since each brings its own processes' worth of connections; a hang is the only thing the time limit is for.
@Suite(.serialized, .timeLimit(.minutes(10))) struct Cases {}

typealias Path = GatewayBench.Path

/// Paths of the test service.
enum Method {
    static let empty = "\(TestingV1.TestService.name)/EmptyCall"
    static let unary = "\(TestingV1.TestService.name)/UnaryCall"
    static let input = "\(TestingV1.TestService.name)/StreamingInputCall"
    static let output = "\(TestingV1.TestService.name)/StreamingOutputCall"
    static let duplex = "\(TestingV1.TestService.name)/FullDuplexCall"
}

func payload(_ bytes: Int) -> TestingV1.Payload {
    TestingV1.Payload(body: [UInt8](repeating: 0x5a, count: bytes))
}

extension GatewayBench {
    /// A bench before a watched service, everything on one loop: one client is one connection on every hop.
    static func watched(
        limits: ConnectionLimits = ConnectionLimits(), gatewayLimits: ConnectionLimits? = nil,
        rules: ConnectionRules = .patient, policy: AdmissionPolicy = open
    ) async throws -> (bench: GatewayBench, service: WatchedService) {
        let service = WatchedService()
        var backend = Backend()
        backend.limits = limits
        backend.rules = rules
        backend.register = { service.register(on: &$0) }
        return (
            try await GatewayBench(
                backend, limits: gatewayLimits ?? limits, rules: rules, policy: policy, isSingleLoop: true), service
        )
    }

    /// Where callers of this path dial.
    func port(_ path: Path) -> Int {
        switch path {
        case .direct: backendEndpoints[0].port
        case .throughGateway: gatewayEndpoint.port
        }
    }

    static func scripted(
        limits: ConnectionLimits = ConnectionLimits(), _ script: @escaping Script
    ) async throws -> GatewayBench {
        try await GatewayBench(script: script, limits: limits, isSingleLoop: true)
    }
}

/// A call that lies open on a connection while something befalls another one there: if it still answers afterwards, the
/// connection has lived.
struct Companion {
    private let call: BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>

    init(_ client: TestingV1.TestServiceClient) async throws {
        call = try await client.fullDuplexCall()
        try await expectAnswer()
    }

    func expectAnswer(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [3]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next()?.payload?.body.count == 3, sourceLocation: sourceLocation)
    }

    func finish() async throws {
        call.finishSending()
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() == nil)
    }
}

/// The error that `body` throws; recorded as an issue if it throws none.
func refusal<Result>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Result
) async -> RPCError? {
    do {
        let result = try await body()
        Issue.record("no error, but \(result)", sourceLocation: sourceLocation)
        return nil
    } catch let error as RPCError {
        return error
    } catch {
        Issue.record("not an RPCError: \(error)", sourceLocation: sourceLocation)
        return nil
    }
}

/// What `body` makes of each element, in no order; at most `width` of them at once. For what mostly waits.
func concurrently<Element: Sendable, Made: Sendable>(
    _ elements: [Element], width: Int, _ body: @escaping @Sendable (Element) async throws -> Made
) async throws -> [Made] {
    try await withThrowingTaskGroup(of: Made.self) { group in
        var made: [Made] = []
        for (index, element) in elements.enumerated() {
            if index >= width, let next = try await group.next() { made.append(next) }
            group.addTask { try await body(element) }
        }
        for try await next in group { made.append(next) }
        return made
    }
}

/// Callers that make one call after the other until they are told to stop.
final class EndlessLoad: Sendable {
    struct Seen: Sendable {
        var calls = 0
        var failures: [RPCError] = []
    }

    private struct State {
        var seen = Seen()
        var isOver = false
        var waiters: [(calls: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var seen: Seen { state.withLock { $0.seen } }

    /// Calls from `callers` tasks for as long as `body` runs.
    func run(
        callers: Int, _ call: @escaping @Sendable () async throws(RPCError) -> Void,
        meanwhile body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    while !self.state.withLock({ $0.isOver }) {
                        do throws(RPCError) {
                            try await call()
                            self.note(nil)
                        } catch {
                            self.note(error)
                        }
                    }
                }
            }
            defer { state.withLock { $0.isOver = true } }
            try await body()
        }
    }

    private func note(_ failure: RPCError?) {
        let met = state.withLock { state in
            state.seen.calls += 1
            if let failure { state.seen.failures.append(failure) }
            let calls = state.seen.calls
            let met = state.waiters.filter { $0.calls <= calls }
            state.waiters.removeAll { $0.calls <= calls }
            return met
        }
        for waiter in met { waiter.continuation.resume() }
    }

    /// Returns when `count` more calls have been made.
    func makeCalls(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiters.append(($0.seen.calls + count, continuation)) }
        }
    }
}
