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
        var begun = 1
        for offset in 0...bytes.count {
            let peer = try await bench.peer(path, identity)
            // The other side's HELLO: it has judged our certificate, and what we send is read.
            _ = await peer.next()
            await peer.send(bytes: Array(bytes[..<offset]))
            await peer.end(ending)
            if offset >= Self.hello.count + call.count {
                begun += 1
                let expected = begun
                await service.until { $0.ended == expected }
            }
            if offset < bytes.count {
                #expect(service.counts.sums == [], "\(offset) bytes of \(bytes.count)")
                #expect(service.counts.answered == 1, "\(offset) bytes of \(bytes.count)")
            }
            await peer.abandon()
        }
        // Not started while CALL was not whole, started once when it was; and whole only when all had come.
        #expect(service.counts.begun == begun)
        #expect(service.counts.sums.allSatisfy { $0 == 20 })
        await bench.stop()
    }

    /// What a call that a server ended early came to.
    private struct Outcome: Equatable {
        var offset: Int
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

    private func outcome(
        _ path: Path, _ ending: FramePeer.Ending, offset: Int, isStreaming: Bool
    ) async throws -> Outcome {
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
            await peer.end(ending)
            _ = await peer.framesUntilEnd()
        }
        let client = try await bench.client(path)
        var outcome = Outcome(offset: offset)
        do throws(RPCError) {
            if isStreaming {
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
        arguments: Path.allCases, FramePeer.Ending.allCases)
    func case24Server(_ path: Path, _ ending: FramePeer.Ending) async throws {
        let total = try Self.conversation().count
        for isStreaming in [false, true] {
            let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for offset in 0...total {
                    group.addTask { try await outcome(path, ending, offset: offset, isStreaming: isStreaming) }
                }
                return try await group.reduce(into: [Outcome]()) { $0.append($1) }
            }
            for outcome in outcomes {
                if outcome.offset == total {
                    #expect(outcome == Outcome(offset: total, messages: 1))
                } else {
                    #expect(outcome.code == .unavailable, "\(outcome)")
                    #expect(outcome.isNotStarted == (outcome.offset < Self.hello.count), "\(outcome)")
                    #expect(outcome.messages <= (isStreaming ? 1 : 0), "\(outcome)")
                }
            }
        }
    }
}
