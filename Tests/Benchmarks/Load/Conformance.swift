import ArgumentParser
import Glibc
import Logging
import NIOCore
import RPC
import Synchronization
import TLS
import TestSupport
import TestingMessages
import TestingService
import Transport
import Wire

/// The time figures of the conformance cases 9, 22 and 23. The service runs in this process, so that one clock sees a
/// call given up and its handler hear of it; between them stands a gateway of its own.
struct Conformance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures cancellation, and neighbours of floods and of slow readers, through a gateway.",
        discussion: """
            The gateway at --target has a route for quality.testing.v1.TestService to 127.0.0.1:PORT, where this command \
            serves it. A ratio is the neighbours' p99 over their quiet p99, or over 2.5 ms if that is more: 2 is the most \
            that the cases allow.
            """)

    @OptionGroup var identity: IdentityOptions
    @Option(help: "Directory of the service's identity, as --identity.") var serviceIdentity: String
    @Option(help: "Directory of the identity that floods, as --identity.") var offender: String
    @Option(help: "Port on 127.0.0.1 to serve on.") var port: Int
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option(help: "Seconds for each measurement.") var seconds = 2.0

    func run() async throws {
        let service = ProbeService()
        var router = Router()
        service.register(on: &router)
        var own = identity
        own.identity = serviceIdentity
        let server = try await RPCServer.make(
            ListenerConfiguration(host: "127.0.0.1", port: port), router: router,
            tls: try TLSContext(server: try own.tlsConfiguration()),
            loops: ConnectionLoops(threads: 1),
            logger: .benchmark)
        _ = try await server.start()
        let load = try await LoadClient(identity, target: target, service: "gateway", connections: 1)
        let client = TestingV1.TestServiceClient(load.client)
        _ = try await client.emptyCall(TestingV1.Empty())
        print("cancel_seen_ms \(try await cancelSeen(client, service))", terminator: " ")
        print("flood_neighbour_p99_ratio \(try await floods(client, load))", terminator: " ")
        print("slowreader_neighbour_p99_ratio \(try await slowReader(client, load))")
        await load.client.close()
        await server.drain(grace: .zero)
    }

    /// The longest that a handler took to hear that its call was given up, in milliseconds.
    private func cancelSeen(_ client: TestingV1.TestServiceClient, _ service: ProbeService) async throws -> Double {
        var cancelled = service.cancelled.makeAsyncIterator()
        var longest: UInt64 = 0
        for _ in 0..<200 {
            let call = try await client.fullDuplexCall()
            try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
            var responses = call.responses.makeAsyncIterator()
            _ = try await responses.next()
            let begin = MonotonicInstant.now
            call.responses.cancel()
            guard let seen = await cancelled.next() else { break }
            longest = max(longest, seen.microseconds(since: begin))
        }
        return Double(longest) / 1_000
    }

    /// How much longer the neighbours' p99 is.
    private func ratio(_ quiet: LoadRun, _ disturbed: LoadRun) throws -> Double {
        if let failure = quiet.failure ?? disturbed.failure {
            throw ValidationError(
                "neighbours failed, \(quiet.failures) calls quiet and \(disturbed.failures) disturbed: \(failure)")
        }
        return disturbed.percentileMicroseconds(0.99) / max(2_500, quiet.percentileMicroseconds(0.99))
    }

    private func floods(_ client: TestingV1.TestServiceClient, _ load: LoadClient) async throws -> Double {
        let (seconds, loop) = (seconds, load.loops.all[0])
        func neighbours() async -> LoadRun {
            await LoadRun.measure(callers: 8, seconds: seconds, executor: loop) {
                () async throws(RPCError) in
                _ = try await client.emptyCall(TestingV1.Empty())
            }
        }
        let quiet = await neighbours()
        var other = identity
        other.identity = self.offender
        let tls = try TLSContext(client: try other.tlsConfiguration())
        guard let endpoint = Endpoint(target) else { throw ValidationError("--target \(target): not HOST:PORT") }
        let offender = Task {
            // Each flood until it is cut, then the next, over and over.
            var kind = 0
            while !Task.isCancelled {
                guard let peer = try? await FramePeer.connect(port: endpoint.port, tls: tls) else { continue }
                await peer.greet()
                await Self.flood(peer, kind)
                await peer.abandon()
                kind += 1
            }
        }
        let flooded = await neighbours()
        offender.cancel()
        await offender.value
        return try ratio(quiet, flooded)
    }

    /// Sends one kind of flood until the other side ends the connection, or this much of it.
    private static func flood(_ peer: FramePeer, _ kind: Int) async {
        let path = "\(TestingV1.TestService.name)/StreamingInputCall"
        async let end: [RawFrame] = peer.framesUntilEnd()
        await peer.send(.call(1, path, flags: []))
        for batch in 0..<100 where !Task.isCancelled {
            let frames = (0..<1_000).flatMap { index -> [RawFrame] in
                switch kind % 4 {
                case 0:
                    let stream = UInt32((batch * 1_000 + index) * 2 + 3)
                    return [.call(stream, path, flags: []), .reset(stream)]
                case 1: return [RawFrame(.ping, [UInt8](repeating: 1, count: 8))]
                case 2: return [.data(1, [])]
                default: return [.credit(1, 1)]
                }
            }
            await peer.send(bytes: frames.bytes)
        }
        await peer.end(.closeNotify)
        _ = await end
    }

    private func slowReader(_ client: TestingV1.TestServiceClient, _ load: LoadClient) async throws -> Double {
        typealias Stream = BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>
        var opened: [Stream] = []
        for _ in 0..<99 { opened.append(try await client.fullDuplexCall(options: CallOptions(timeout: .seconds(600)))) }
        let streams = Mutex(opened)
        @Sendable func pingPong() async throws(RPCError) {
            guard let stream = streams.withLock({ $0.popLast() }) else { return }
            try await stream.send(TestingV1.StreamingOutputRequest(responseBytes: [100]))
            var responses = stream.responses.makeAsyncIterator()
            _ = try await responses.next()
            streams.withLock { $0.append(stream) }
        }
        let quiet = await LoadRun.measure(
            callers: 99, seconds: seconds, executor: load.loops.all[0], pingPong)
        let slow = try await client.streamingOutputCall(
            TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 50_000, count: 20_000)),
            options: CallOptions(timeout: .seconds(600)))
        var reader = slow.makeAsyncIterator()
        _ = try await reader.next()
        let disturbed = await LoadRun.measure(
            callers: 99, seconds: seconds, executor: load.loops.all[0], pingPong)
        slow.cancel()
        return try ratio(quiet, disturbed)
    }
}

/// The test service, which says when its bidirectional calls are cancelled.
private final class ProbeService: TestingV1.TestServiceHandler {
    private let inner = TestService()
    let cancelled: AsyncStream<MonotonicInstant>
    private let cancel: AsyncStream<MonotonicInstant>.Continuation

    init() {
        (cancelled, cancel) = AsyncStream<MonotonicInstant>.makeStream()
    }

    func emptyCall(_ request: TestingV1.Empty, context: ServerContext) async throws(RPCError) -> TestingV1.Empty {
        request
    }

    func unaryCall(
        _ request: TestingV1.SimpleRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        try await inner.unaryCall(request, context: context)
    }

    func streamingInputCall(
        _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
    ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
        try await inner.streamingInputCall(requests, context: context)
    }

    func streamingOutputCall(
        _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>,
        context: ServerContext
    ) async throws(RPCError) {
        try await inner.streamingOutputCall(request, responses: responses, context: context)
    }

    func fullDuplexCall(
        _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
        responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
    ) async throws(RPCError) {
        defer { if Task.isCancelled { cancel.yield(.now) } }
        try await inner.fullDuplexCall(requests, responses: responses, context: context)
    }
}
