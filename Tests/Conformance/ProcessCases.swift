import Foundation
import RPC
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// The cases in which processes matter: clocks, restarts, kills, and what the system gives a process.
extension Cases {
    @Test(
        "11. over three hops whose clocks are an hour apart each way the deadline only shrinks",
        .enabled(if: ProcessBench.canMoveClocks, "the system allows no clock of one's own (unshare --time)"))
    func case11ClocksApart() async throws {
        let ports = try (0..<3).map { _ in try ServicePort.next() }
        let bench = try ProcessBench()
        try await bench.startService("service", port: ports[1], clockAheadSeconds: 7_200)
        try await bench.startService(
            "relay", port: ports[2], identity: "relay", arguments: ["--relay-to", "127.0.0.1:\(ports[0])"])
        try await bench.startGateway(
            "gateway", port: ports[0], services: [ports[1]], relay: ports[2], clockAheadSeconds: 3_600)
        let transport = try await bench.transport(gateways: [ports[0]])
        let received = ResponseMetadata()
        let response = try await transport.unary(
            RelayService.method, TestingV1.SimpleRequest(), returning: TestingV1.SimpleResponse.self,
            options: CallOptions(timeout: .seconds(60), responseMetadata: received))
        let atRelay = UInt64(received.trailing.text(of: RelayService.remainingKey) ?? "") ?? 0
        #expect(atRelay > 0)
        #expect(atRelay < 60_000_000)
        #expect(response.remainingUs > 0)
        #expect(response.remainingUs < atRelay)
        // And it still passes when it should.
        let error = await refusal {
            try await transport.unary(
                RelayService.method, TestingV1.SimpleRequest(delayMs: 600_000),
                returning: TestingV1.SimpleResponse.self, options: CallOptions(timeout: .milliseconds(300)))
        }
        #expect(error?.code == .deadlineExceeded)
        await transport.close()
    }

    @Test("16. two gateways and two services, restarted one after the other under load, lose no call")
    func case16RollingRestartOfProcesses() async throws {
        let ports = try (0..<4).map { _ in try ServicePort.next() }
        let bench = try ProcessBench()
        let services = Array(ports[2...])
        for index in 0..<2 { try await bench.startService("service-\(index)", port: services[index]) }
        for index in 0..<2 { try await bench.startGateway("gateway-\(index)", port: ports[index], services: services) }
        let client = TestingV1.TestServiceClient(try await bench.transport(gateways: Array(ports[..<2])))
        let load = EndlessLoad()
        try await load.run(callers: 16) { () async throws(RPCError) in
            _ = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: 100))
        } meanwhile: {
            for index in 0..<2 {
                await load.makeCalls(200)
                #expect(await bench.end("service-\(index)", SIGTERM) == 0)
                try await bench.startService("service-\(index)", port: services[index])
                await load.makeCalls(200)
                #expect(await bench.end("gateway-\(index)", SIGTERM) == 0)
                try await bench.startGateway("gateway-\(index)", port: ports[index], services: services)
            }
            await load.makeCalls(200)
        }
        #expect(load.seen.failures == [])
    }

    @Test("24. a service that is killed in the middle of its answers: UNAVAILABLE, maybe carried out, never a success")
    func case24KilledService() async throws {
        let ports = try (0..<2).map { _ in try ServicePort.next() }
        let bench = try ProcessBench()
        try await bench.startService("service", port: ports[1])
        try await bench.startGateway("gateway", port: ports[0], services: [ports[1]])
        let client = TestingV1.TestServiceClient(try await bench.transport(gateways: [ports[0]]))
        // More than the windows hold: none can be whole before it is read.
        let sizes = [UInt32](repeating: 100_000, count: 50)
        var streams: [ResponseStream<TestingV1.StreamingOutputResponse>.Iterator] = []
        for _ in 0..<5 {
            var stream = try await client.streamingOutputCall(TestingV1.StreamingOutputRequest(responseBytes: sizes))
                .makeAsyncIterator()
            #expect(try await stream.next()?.payload?.body.count == 100_000)
            streams.append(stream)
        }
        #expect(await bench.end("service", SIGKILL) == nil)
        for var stream in streams {
            var received = 1
            let error = await refusal {
                while let response = try await stream.next() {
                    // What comes is whole.
                    #expect(response.payload?.body.count == 100_000)
                    received += 1
                }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.isNotStarted == false)
            #expect(received < sizes.count)
        }
        // Nobody is there: nothing is started. It comes back: all is well.
        let error = await refusal { try await client.emptyCall(TestingV1.Empty()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        try await bench.startService("service", port: ports[1])
        while true {
            do throws(RPCError) {
                _ = try await client.emptyCall(TestingV1.Empty())
                break
            } catch {
                #expect(error.isNotStarted)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
    @Test(
        "27. a gateway that may open few files serves whom it has and whom it lets in beside hundreds that say nothing",
        .takesTurnsWithProcesses)
    func case27FewOpenFiles() async throws {
        let ports = try (0..<2).map { _ in try ServicePort.next() }
        let bench = try ProcessBench()
        try await bench.startService("service", port: ports[1])
        try await bench.startGateway("gateway", port: ports[0], services: [ports[1]], openFiles: 128)
        let first = try await bench.transport(gateways: [ports[0]])
        let neighbour = try await Companion(TestingV1.TestServiceClient(first))
        var silent: [Int32] = []
        defer { for descriptor in silent { close(descriptor) } }
        for _ in 0..<300 {
            // A backlog that is full refuses.
            if let descriptor = Loopback.connect(port: ports[0]) { silent.append(descriptor) }
        }
        #expect(silent.count > 128)
        try await neighbour.expectAnswer()
        let second = try await bench.transport(gateways: [ports[0]])
        #expect(try await TestingV1.TestServiceClient(second).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        try await neighbour.expectAnswer()
        try await neighbour.finish()
        for transport in [first, second] { await transport.close() }
        #expect(await bench.end("gateway", SIGTERM) == 0)
    }

    @Test(
        "33. of idle connections that hold all places of a gateway one gives way, and none with open calls",
        .takesTurnsWithProcesses)
    func case33IdleConnections() async throws {
        let ports = try (0..<2).map { _ in try ServicePort.next() }
        let bench = try ProcessBench()
        try await bench.startService("service", port: ports[1])
        try await bench.startGateway("gateway", port: ports[0], services: [ports[1]], limits: "connections: 4")
        var hoard: [FramePeer] = []
        // One identity alone would not have them all.
        for unit in ["fujian", "henan", "fujian", "henan"] {
            hoard.append(try await bench.peer(ports[0], as: "spiffe://quality.example/org/\(unit)/reporter"))
            await hoard.last?.greet()
        }
        // The one that would be the first to go.
        let question = try TestingV1.StreamingOutputRequest(responseBytes: [1]).encodedBytes()
        await hoard[0].send(.call(1, Method.duplex, question, flags: .messageEnd))
        let isAnswer = { (frame: RawFrame) in frame.type == FrameType.data.rawValue && frame.stream == 1 }
        #expect(await hoard[0].frames(until: isAnswer).last.map(isAnswer) == true)
        let transport = try await bench.transport(gateways: [ports[0]])
        #expect(try await TestingV1.TestServiceClient(transport).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        let last = await hoard[1].framesUntilEnd().last?.goAway
        #expect(last?.error.code == ConnectionError.Code.none)
        #expect(last?.error.reason.contains("another peer needed its place") == true)
        for peer in hoard[2...] {
            await peer.send(.call(1, Method.empty))
            #expect(await peer.frames(ofCall: 1).status(1)?.code == .ok)
        }
        await hoard[0].send(.data(1, question, flags: .messageEnd))
        #expect(await hoard[0].frames(until: isAnswer).last.map(isAnswer) == true)
        for peer in hoard { await peer.abandon() }
        await transport.close()
        #expect(await bench.end("gateway", SIGTERM) == 0)
    }

    @Test(
        "28. a gateway whose calls never end, or are not read, ends by itself all the same", .takesTurnsWithProcesses)
    func case28ProcessEnds() async throws {
        let ports = try (0..<2).map { _ in try ServicePort.next() }
        let bench = try ProcessBench()
        try await bench.startService("service", port: ports[1])
        try await bench.startGateway("gateway", port: ports[0], services: [ports[1]], settings: "drain: {seconds: 1}")
        let transport = try await bench.transport(gateways: [ports[0]])
        let client = TestingV1.TestServiceClient(transport)
        let idle = try await client.fullDuplexCall()
        try await idle.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        var answers = idle.responses.makeAsyncIterator()
        #expect(try await answers.next() != nil)
        let much = TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 100_000, count: 50))
        var unread = try await client.streamingOutputCall(much).makeAsyncIterator()
        #expect(try await unread.next() != nil)
        let deaf = try await bench.peer(ports[0])
        try await deaf.fillSocket(timeoutMicroseconds: 3_600_000_000)
        // It ends of itself, and in its time: nothing kills it, and it had not to end itself by force either.
        #expect(await bench.end("gateway", SIGTERM) == 0)
        await deaf.abandon()
        let errors = [
            await refusal { try await answers.next() }, await refusal { while try await unread.next() != nil {} },
        ]
        #expect(errors.allSatisfy { $0?.code == .unavailable && $0?.isNotStarted == false })
        await transport.close()
    }
}
