import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 20: frames on streams of every state, as WIRE.md's table "Which frame when" has it.
extension Cases {
    /// A frame of a client that ends the connection with PROTOCOL, sent while stream 5 is open and 3 is over.
    static let forbiddenToClients: [(what: String, frame: RawFrame)] = [
        ("DATA on stream 0", .data(0, [1])),
        ("DATA on an even stream", .data(4, [1])),
        ("DATA on a stream never opened", .data(7, [1])),
        ("RESET on stream 0", .reset(0)),
        ("RESET on a stream never opened", .reset(7)),
        ("CREDIT on an even stream", .credit(4, 1)),
        ("CREDIT on a stream never opened", .credit(7, 1)),
        ("CALL on stream 0", .call(0, Method.empty)),
        ("CALL on an even stream", .call(8, Method.empty)),
        ("CALL on the open stream", .call(5, Method.empty)),
        ("CALL on a stream that is over", .call(3, Method.empty)),
        ("CALL on a stream that was passed over", .call(1, Method.empty)),
        ("HEADERS from a client", RawFrame(.headers, stream: 5, MetadataBlock.empty)),
        ("STATUS from a client", .status(5)),
        ("DATA with nothing at all", .data(5, [], flags: [])),
        ("a CALL head that is cut short", RawFrame(.call, stream: 7, [0, 9, 0])),
    ]

    @Test(
        "20. a frame that its stream's state forbids ends the connection with PROTOCOL", arguments: Path.allCases,
        forbiddenToClients.indices)
    func case20ForbiddenToClients(_ path: Path, _ index: Int) async throws {
        let (what, frame) = Self.forbiddenToClients[index]
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        // Stream 1 is passed over.
        await peer.send(.call(3, Method.empty))
        _ = await peer.frames(ofCall: 3)
        await peer.send(.call(5, Method.input, flags: []))
        await service.until { $0.begun == 2 }
        await peer.send(frame)
        let goAway = await peer.framesUntilEnd().of(.goAway).last?.goAway
        #expect(goAway?.error.code == .protocolViolation, "\(what)")
        // The calls up to this one may have been carried out, and those above were not.
        #expect(goAway?.lastStreamID == 5, "\(what)")
        await service.until { $0.cancelled == 1 }
        await bench.stop()
    }

    @Test("20. a stream that the server ends OK before it has the request is no failure", arguments: Path.allCases)
    func case20AnsweredEarly(_ path: Path) async throws {
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                await peer.send(.data(call.stream, [], flags: .messageEnd), .status(call.stream))
            }
        }
        let transport = try await bench.transport(path)
        let methods = TestingV1.TestService.Methods.self
        for (method, isRequestNeeded) in [(methods.streamingOutputCall, false), (methods.fullDuplexCall, true)] {
            let call = try await transport.open(method, options: CallOptions())
            #expect(try await call.receive(TestingV1.StreamingOutputResponse.self) != nil)
            #expect(try await call.receive(TestingV1.StreamingOutputResponse.self) == nil)
            if isRequestNeeded {
                await #expect(throws: RPCError.self) { try await call.send(TestingV1.StreamingOutputRequest()) }
            } else {
                try await call.send(TestingV1.StreamingOutputRequest())
            }
        }
        await bench.stop()
    }

    @Test("20. DATA after STREAM_END fails the call with INTERNAL", arguments: Path.allCases)
    func case20HalfClosed(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        let request = try TestingV1.SimpleRequest(delayMs: 600_000).encodedBytes()
        await peer.send(.call(1, Method.unary, request))
        await service.until { $0.begun == 1 }
        await peer.send(.data(1, [1]))
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .internal)
        await service.until { $0.cancelled == 1 }
        await peer.send(.call(3, Method.empty))
        #expect(await peer.frames(ofCall: 3).status(3)?.code == .ok)
        await bench.stop()
    }

    @Test("20. STREAM_END within a message fails the call with INTERNAL", arguments: Path.allCases)
    func case20EndWithinMessage(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(.call(1, Method.input, flags: []), .data(1, [0x0a, 9], flags: []))
        await peer.send(.data(1, [], flags: .streamEnd))
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .internal)
        await peer.send(.call(3, Method.empty))
        #expect(await peer.frames(ofCall: 3).status(3)?.code == .ok)
        #expect(service.counts.sums == [])
        await bench.stop()
    }

    @Test(
        "20. frames on a stream that is over are dropped, and their bytes credited to the connection",
        arguments: Path.allCases)
    func case20Over(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched(limits: ConnectionLimits(connectionCreditBytes: 20_000))
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(.call(1, Method.empty), .call(5, Method.empty))
        _ = await peer.frames(ofCall: 1)
        var given = 0
        for _ in 0..<10 {
            // As much as may be under way at once: without the credit the second round would end the connection.
            await peer.send(
                .data(1, [UInt8](repeating: 0, count: 10_000)), .data(1, [UInt8](repeating: 0, count: 10_000)),
                .credit(1, 1), .credit(1, 0), .reset(1), .data(3, [], flags: .streamEnd))
            given += await peer.framesUntilPong().credit(0)
        }
        #expect(given == 200_000)
        await peer.send(.call(7, Method.empty))
        #expect(await peer.frames(ofCall: 7).status(7)?.code == .ok)
        await bench.stop()
    }

    /// A frame of a server that ends the connection with PROTOCOL, sent in the place of an answer on stream `stream`.
    static let forbiddenToServers: [(what: String, frame: @Sendable (_ stream: UInt32) -> RawFrame)] = [
        ("CALL from a server", { RawFrame.call($0 + 1, Method.empty) }),
        ("DATA on stream 0", { _ in RawFrame.data(0, [1]) }),
        ("DATA on a stream never opened", { RawFrame.data($0 + 100, [1]) }),
        ("DATA on an even stream", { RawFrame.data($0 + 1, [1]) }),
        ("STATUS on a stream never opened", { RawFrame.status($0 + 100) }),
        ("HEADERS on a stream never opened", { RawFrame(.headers, stream: $0 + 100, MetadataBlock.empty) }),
        ("CREDIT on a stream never opened", { RawFrame.credit($0 + 100, 1) }),
        ("RESET on a stream never opened", { RawFrame.reset($0 + 100) }),
        ("STREAM_END from a server", { RawFrame.data($0, [1], flags: [.messageEnd, .streamEnd]) }),
        (
            "a message beside a failure",
            { stream in
                var status = RawFrame.status(stream, .aborted, message: [1])
                status.flags = .messageEnd
                return status
            }
        ),
    ]

    @Test(
        "20. such a frame from a server ends its connection with PROTOCOL; the call was maybe carried out",
        arguments: Path.allCases)
    func case20ForbiddenToServers(_ path: Path) async throws {
        // Together, since each waits for its second dial.
        _ = try await concurrently(Array(Self.forbiddenToServers.indices), width: 16) { index in
            try await forbiddenToServer(path, Self.forbiddenToServers[index])
        }
    }

    private func forbiddenToServer(
        _ path: Path, _ forbidden: (what: String, frame: @Sendable (UInt32) -> RawFrame)
    ) async throws {
        let (what, frame) = forbidden
        let (endings, ending) = AsyncStream<ConnectionError.Code?>.makeStream()
        let bench = try await GatewayBench.scripted { peer, number in
            guard number == 0 else {
                return await peer.serve { peer, call in await peer.send(.status(call.stream, message: [])) }
            }
            await peer.greet()
            guard let call = await peer.next() else {
                ending.yield(nil)
                return
            }
            await peer.send(frame(call.stream))
            ending.yield(await peer.framesUntilEnd().of(.goAway).last?.goAway?.error.code)
        }
        let client = try await bench.client(path)
        let error = await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable, "\(what)")
        #expect(error?.isNotStarted == false, "\(what)")
        var each = endings.makeAsyncIterator()
        #expect(await each.next() == .protocolViolation, "\(what)")
        // The next call finds another connection.
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty(), "\(what)")
        await bench.stop()
    }

    /// A server's frames on an open stream that fail the call with INTERNAL and spare the connection.
    enum FailingFrames: CaseIterable, Sendable {
        case headersTwice, headersAfterData, okWithinMessage

        func frames(_ stream: UInt32) -> [RawFrame] {
            let headers = RawFrame(.headers, stream: stream, MetadataBlock.empty)
            return switch self {
            case .headersTwice: [headers, headers]
            case .headersAfterData: [.data(stream, [0x0a], flags: []), headers]
            case .okWithinMessage: [.data(stream, [0x0a], flags: []), .status(stream)]
            }
        }
    }

    @Test(
        "20. HEADERS out of place and OK within a message fail the call with INTERNAL", arguments: Path.allCases,
        FailingFrames.allCases)
    func case20FailingFrames(_ path: Path, _ failing: FailingFrames) async throws {
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                if call.path == Method.unary {
                    await peer.send(bytes: failing.frames(call.stream).bytes)
                } else {
                    // What still comes of the call before is dropped.
                    await peer.send(
                        .data(call.stream - 2, []), .status(call.stream - 2, message: []),
                        .status(call.stream, message: []))
                }
            }
        }
        let client = try await bench.client(path)
        #expect(await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }?.code == .internal)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }
}
