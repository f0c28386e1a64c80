import NIOCore
import RPC
import Synchronization
import TestBench
import TestStores
import TestSupport
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Handlers that do not return, cancelled or not, until the test says so.
private final class Stubborn: Sendable {
    private struct State {
        var begun = 0
        var isReleased = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var begun: Int { state.withLock { $0.begun } }

    func register(on router: inout Router) {
        router.register(
            BidirectionalHandler<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>(
                TestingV1.TestService.Methods.fullDuplexCall
            ) { (_, _, _) async throws(RPCError) in await self.wait() })
        router.register(
            ServerStreamingHandler<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>(
                TestingV1.TestService.Methods.streamingOutputCall
            ) { (request, responses, context) async throws(RPCError) in
                try await TestService().streamingOutputCall(request, responses: responses, context: context)
            })
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isReleased = state.withLock { state in
                state.begun += 1
                if !state.isReleased { state.waiters.append(continuation) }
                return state.isReleased
            }
            if isReleased { continuation.resume() }
        }
    }

    func release() {
        let waiters = state.withLock { state in
            state.isReleased = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// Case 28: whatever callers and handlers do, a server that is told to stop has taken its leave when its time is over.
extension Cases {
    @Test(
        "28. with calls that never end and a peer that reads nothing a drain is over in its time, and so is each connection",
        arguments: Path.allCases)
    func case28BoundedEnd(_ path: Path) async throws {
        let service = Stubborn()
        var backend = GatewayBench.Backend()
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(backend, isSingleLoop: true)
        let deaf = try await bench.peer(path)
        await deaf.greet(
            ConnectionLimits(
                framePayloadBytes: 0xff_ffff, streamCreditBytes: 0x7fff_ffff, connectionCreditBytes: 0x7fff_ffff))
        await deaf.stopReading()
        // More than sockets take.
        let much = TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 100_000, count: 1_000))
        await deaf.send(.call(1, Method.output, try much.encodedBytes()))
        let peer = try await bench.peer(path)
        await peer.greet()
        // One without a deadline, one with a far one.
        await peer.send(
            .call(1, Method.duplex, flags: []),
            .call(3, Method.duplex, flags: [], timeoutMicroseconds: 3_600_000_000))
        try await Patience.until("both calls are served") { service.begun == 2 }
        async let frames = peer.framesUntilEnd()
        await bench.drain(path, DrainTimes(total: .milliseconds(300), openEnded: .milliseconds(100)))
        let seen = await frames
        #expect(seen.first?.goAway?.lastStreamID == .max)
        #expect(seen.of(.goAway).map(\.goAway?.lastStreamID) == [.max, 3])
        for stream: UInt32 in [1, 3] {
            #expect(seen.status(stream)?.code == .unavailable)
            #expect(seen.status(stream)?.isNotStarted == false)
        }
        await deaf.resumeReading()
        #expect(await deaf.framesUntilEnd().dataBytes(1) < 100_000 * 1_000)
        service.release()
        await bench.stop()
    }

    @Test(
        "28. a drain that has an hour does not wait for a peer that takes nothing, and says once what it cut",
        arguments: Path.allCases)
    func case28DeafPeer(_ path: Path) async throws {
        let lines = LogLines()
        let bench = try await GatewayBench(isSingleLoop: true, logger: lines.logger)
        let deaf = try await bench.peer(path)
        try await deaf.fillSocket(timeoutMicroseconds: 3_600_000_000)
        let neighbour = try await bench.peer(path)
        await neighbour.greet()
        // It ends while the drain goes on.
        let slow = try TestingV1.SimpleRequest(responseBytes: 3, delayMs: 300).encodedBytes()
        await neighbour.send(.call(1, Method.unary, slow))
        #expect(await neighbour.framesUntilPong().isEmpty)
        async let answer = neighbour.frames(ofCall: 1)
        await bench.drain(path, DrainTimes(total: .hours(1)))
        #expect(await answer.status(1)?.code == .ok)
        let said = lines.all.filter { $0.message == "the drain did not wait for everybody" }
        #expect(said.map(\.metadata) == [["calls=1", "connections=1"]])
        await deaf.abandon()
        await bench.stop()
    }
}

extension FramePeer {
    /// Greets with all the credit there is, reads nothing any more, and asks for more than sockets take.
    func fillSocket(timeoutMicroseconds: UInt64) async throws {
        await greet(
            ConnectionLimits(
                framePayloadBytes: 0xff_ffff, streamCreditBytes: 0x7fff_ffff, connectionCreditBytes: 0x7fff_ffff))
        let much = TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 100_000, count: 1_000))
        await send(.call(1, Method.output, try much.encodedBytes(), timeoutMicroseconds: timeoutMicroseconds))
        // The first bytes show that it has begun.
        _ = await next()
        await stopReading()
    }
}
