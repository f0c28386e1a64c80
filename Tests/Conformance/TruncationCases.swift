import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 24: TCP ends at every byte of a conversation, with close_notify and without it.
extension Cases {
    /// The shortest HELLO there is.
    private static let hello = RawFrame(.hello, [0, 1, 0, 1, 0, 0, 0, 0, 0, 0]).bytes

    @Test(
        "24. a client that ends at any byte of its call gets nothing half done taken for whole",
        arguments: Path.allCases, FramePeer.Ending.allCases)
    func case24Client(_ path: Path, _ ending: FramePeer.Ending) async throws {
        let message = try TestingV1.StreamingInputRequest(payload: payload(10)).encodedBytes()
        let call = RawFrame.call(1, Method.input, flags: []).bytes
        let bytes =
            Self.hello + call
            + [RawFrame.data(1, Array(message[..<5]), flags: []), .data(1, Array(message[5...]))].bytes
            + RawFrame.data(1, message, flags: [.messageEnd, .streamEnd]).bytes
        let (bench, service) = try await GatewayBench.watched()
        let identity = bench.authority.issue("URI:\(GatewayBench.reporter)")
        // From here on the gateway has its connection: a call that waits for one is never sent when its caller goes.
        _ = try await bench.client(path).emptyCall(TestingV1.Empty())
        @Sendable func send(_ count: Int) async throws {
            let peer = try await bench.peer(path, identity)
            // The other side's HELLO: it has judged our certificate, and what we send is read.
            _ = await peer.next()
            await peer.send(bytes: Array(bytes[..<count]))
            await peer.end(ending)
            _ = await peer.framesUntilEnd()
            await peer.abandon()
        }
        // Every offset but the last, on connections of their own, several at once.
        _ = try await concurrently(Array(0..<bytes.count), width: 16, send)
        let begun = 1 + bytes.count - Self.hello.count - call.count
        await service.until { $0.ended >= begun }
        #expect(service.counts.sums == [])
        #expect(service.counts.answered == 1)
        // All of it.
        try await send(bytes.count)
        await service.until { $0.ended > begun }
        // Not started while CALL was not whole, started once when it was; and whole only when all had come.
        #expect(service.counts.begun == begun + 1)
        #expect(service.counts.sums.allSatisfy { $0 == 20 })
        await bench.stop()
    }

    /// Where and how a server ends, and in what call.
    private struct End: Equatable {
        var offset: Int
        var ending: FramePeer.Ending
        var isStreaming: Bool
    }

    /// What a call that a server ended early came to.
    private struct Outcome: Equatable {
        var end: End
        var messages = 0
        var code = StatusCode.ok
        var isNotStarted = false
    }

    private static let headers = RawFrame(.headers, stream: 1, MetadataBlock.empty).bytes

    /// What a server says when all goes well: HELLO, then metadata, a message in two parts, and the status.
    private static func conversation() throws -> [UInt8] {
        let message = try TestingV1.StreamingOutputResponse(payload: payload(6)).encodedBytes()
        return hello + headers
            + [.data(1, Array(message[..<3]), flags: []), .data(1, Array(message[3...])), .status(1)].bytes
    }

    private func outcome(_ path: Path, _ end: End) async throws -> Outcome {
        let offset = end.offset
        let bytes = try Self.conversation()
        let bench = try await GatewayBench.scripted { peer, _ in
            if offset < Self.hello.count {
                await peer.send(bytes: Array(bytes[..<offset]))
            } else {
                await peer.send(bytes: Self.hello)
                // HELLO, then CALL: from here on the call may have been carried out.
                _ = await peer.frames { $0.frameType == .call }
                await peer.send(bytes: Array(bytes[Self.hello.count..<offset]))
            }
            await peer.end(end.ending)
            _ = await peer.framesUntilEnd()
        }
        let client = try await bench.client(path)
        var outcome = Outcome(end: end)
        do throws(RPCError) {
            if end.isStreaming {
                let responses = try await client.streamingOutputCall(TestingV1.StreamingOutputRequest())
                for try await response in responses {
                    outcome.messages += response.payload?.body.count == 6 ? 1 : 1_000
                }
            } else {
                outcome.messages =
                    try await client.unaryCall(TestingV1.SimpleRequest()).payload?.body.count == 6 ? 1 : 0
            }
        } catch {
            outcome.code = error.code
            outcome.isNotStarted = error.isNotStarted
        }
        await bench.stop()
        return outcome
    }

    @Test(
        "24. a server that ends at any byte of its answer: UNAVAILABLE, \"not started\" or \"maybe\" as is true",
        arguments: Path.allCases)
    func case24Server(_ path: Path) async throws {
        let total = try Self.conversation().count
        // At a low offset a call waits for the next dial: these begin first, and the others meanwhile.
        let ends = (0...total).flatMap { offset in
            FramePeer.Ending.allCases.flatMap { ending in
                [false, true].map { End(offset: offset, ending: ending, isStreaming: $0) }
            }
        }
        let outcomes = try await concurrently(ends, width: 128) { try await outcome(path, $0) }
        #expect(outcomes.count == 4 * (total + 1))
        for outcome in outcomes {
            if outcome.end.offset == total {
                #expect(outcome == Outcome(end: outcome.end, messages: 1))
            } else {
                #expect(outcome.code == .unavailable, "\(outcome)")
                #expect(outcome.isNotStarted == (outcome.end.offset < Self.hello.count), "\(outcome)")
                #expect(outcome.messages <= (outcome.end.isStreaming ? 1 : 0), "\(outcome)")
            }
        }
    }
}
