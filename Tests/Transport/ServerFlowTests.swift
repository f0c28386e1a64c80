import NIOCore
import NIOEmbedded
import RPC
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// How calls end at a server's connection, and what flows when.
@Suite("Ends, slots and credit at a server's connection")
struct ServerFlowTests {
    // MARK: Ends and slots

    @Test("RESET cancels the handler, frees its slot and leaves the connection alone")
    func reset() throws {
        var limits = ConnectionLimits()
        limits.concurrentStreams = 1
        let server = try EmbeddedServer(limits: limits)
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        #expect(server.service.seen == .init(begun: 1))
        #expect(try server.peer.exchange(.reset(1), .reset(1)).isEmpty)
        #expect(server.service.seen == .init(begun: 1, cancelled: 1, returned: 1))
        #expect(server.peer.end.openCalls == 0)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
    }

    @Test("calls over the limit are refused and not started, and the others go on")
    func limit() throws {
        var limits = ConnectionLimits()
        limits.concurrentStreams = 1
        let server = try EmbeddedServer(limits: limits)
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        let refused = try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)
        #expect(refused?.code == .resourceExhausted)
        #expect(refused?.isNotStarted == true)
        #expect(try server.peer.exchange(.data(1, [], flags: .streamEnd)).status(1)?.code == .ok)
        #expect(try server.peer.exchange(.call(5, EmbeddedServer.empty)).status(5)?.code == .ok)
    }

    @Test("one call after another fits in a limit of one, without a pause between them")
    func oneAtATime() throws {
        var limits = ConnectionLimits()
        limits.concurrentStreams = 1
        let server = try EmbeddedServer(limits: limits)
        for stream: UInt32 in stride(from: 1, to: 41, by: 2) {
            #expect(try server.peer.exchange(.call(stream, EmbeddedServer.empty)).status(stream)?.code == .ok)
        }
    }

    @Test("a handler that fails before it has read its requests costs the connection no credit")
    func creditOfUnreadRequests() throws {
        let limits = ConnectionLimits(streamCreditBytes: 1_000, connectionCreditBytes: 2_000)
        let server = try EmbeddedServer(limits: limits)
        var connectionCredit = 2_000
        let poison = try TestingV1.StreamingInputRequest(payload: TestingV1.Payload(body: [0])).encodedBytes()
        let filler = try TestingV1.StreamingInputRequest(
            payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 300))
        ).encodedBytes()
        for stream: UInt32 in stride(from: 1, to: 101, by: 2) {
            let sent = [
                RawFrame.call(stream, EmbeddedServer.input, flags: []), .data(stream, poison), .data(stream, filler),
                .data(stream, filler),
            ]
            connectionCredit -= sent.dropFirst().reduce(0) { $0 + $1.payload.count }
            #expect(connectionCredit >= 0, "stream \(stream) finds no credit left")
            guard connectionCredit >= 0 else { return }
            try server.peer.receive(bytes: sent.bytes)
            let answers = try server.peer.frames()
            #expect(answers.status(stream)?.code == .aborted)
            connectionCredit += answers.credit(0)
        }
    }

    @Test("requests of calls that were given up cost the connection no credit")
    func creditOfResetCalls() throws {
        let limits = ConnectionLimits(streamCreditBytes: 1_000, connectionCreditBytes: 2_000)
        let server = try EmbeddedServer(limits: limits)
        var connectionCredit = 2_000
        let filler = [UInt8](repeating: 1, count: 400)
        for stream: UInt32 in stride(from: 1, to: 101, by: 2) {
            // A unary call whose message never ends.
            let answers = try server.peer.exchange(
                .call(stream, EmbeddedServer.unary, filler, flags: []), .data(stream, filler, flags: []), .reset(stream)
            )
            connectionCredit += answers.credit(0) - 800
            #expect(connectionCredit >= 0, "stream \(stream) finds no credit left")
            guard connectionCredit >= 0 else { return }
        }
        #expect(server.peer.end.openCalls == 0)
    }

    @Test("messages without bytes that no handler takes are not gathered without end")
    func emptyMessages() throws {
        let server = try EmbeddedServer()
        let call = RawFrame.call(
            1, EmbeddedServer.output, try TestingV1.StreamingOutputRequest(responseBytes: [100]).encodedBytes(),
            flags: .messageEnd
        )
        try server.peer.exchange(call)
        let bytes = [RawFrame](repeating: .data(1, []), count: 5_000).bytes
        try server.peer.receive(bytes: bytes)
        #expect(try server.peer.frames().status(1)?.code != nil)
    }

    @Test("messages ahead of a handler that waits to send end the call, and the slot is free when it has returned")
    func messagesBehindASender() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 1))
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        let waiting = try server.peer.exchange(.data(1, try output([500]), flags: .messageEnd))
        #expect(waiting.dataBytes(1) == 1)
        try server.peer.receive(bytes: [RawFrame](repeating: .data(1, []), count: 4_097).bytes)
        var answers = try server.peer.frames()
        for _ in 0..<4_097 / TurnCost.unitsATurn { answers += try server.peer.lookAtSockets() }
        #expect(answers.status(1)?.code == .resourceExhausted)
        #expect(server.service.seen == .init(begun: 1, cancelled: 1, returned: 1))
        #expect(server.peer.end.openCalls == 0)
        #expect(server.notices == ["cut: \(CallFault.waitingMessages.rawValue)"])
    }

    @Test("a deadline that passes before the request is whole says that the call was not begun")
    func deadlineBeforeTheRequest() throws {
        let server = try EmbeddedServer()
        try server.peer.exchange(.call(1, EmbeddedServer.unary, [1], flags: [], timeoutMicroseconds: 60_000_000))
        server.peer.end.deadlineReached(MonotonicInstant.now.advanced(byMicroseconds: 61_000_000))
        let status = try server.peer.frames().status(1)
        #expect(status?.code == .deadlineExceeded)
        #expect(status?.isNotStarted == true)
        #expect(server.peer.end.openCalls == 0)
    }

    // MARK: Slow readers

    /// A request for responses of so many payload bytes each.
    private func output(_ responseBytes: [UInt32]) throws -> [UInt8] {
        try TestingV1.StreamingOutputRequest(responseBytes: responseBytes).encodedBytes()
    }

    @Test("a reader that gives no credit gets its window and no more, and the rest when it gives some")
    func slowReader() throws {
        let clientLimits = ConnectionLimits(streamCreditBytes: 1_000)
        let server = try EmbeddedServer(clientLimits: clientLimits)
        var answers = try server.peer.exchange(.call(1, EmbeddedServer.output, try output([31_415, 9, 2_653, 58_979])))
        #expect(answers.dataBytes(1) == 1_000)
        #expect(try server.peer.frames().isEmpty)
        for credit: Int32 in [1, 999, 50_000, 50_000] {
            answers += try server.peer.exchange(.credit(1, credit))
        }
        #expect(answers.status(1)?.code == .ok)
        #expect(answers.of(.data, stream: 1).allSatisfy { $0.payload.count <= 16_384 })
        var sizes: [Int] = []
        var message: [UInt8] = []
        for frame in answers.of(.data, stream: 1) {
            message += frame.payload
            guard frame.flags.contains(.messageEnd) else { continue }
            sizes.append(try TestingV1.StreamingOutputResponse.decode(message).payload?.body.count ?? 0)
            message = []
        }
        #expect(sizes == [31_415, 9, 2_653, 58_979])
    }

    @Test("a window of one byte moves a response byte by byte")
    func windowOfOne() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 1))
        var answers = try server.peer.exchange(.call(1, EmbeddedServer.output, try output([40])))
        for _ in 0..<100 where answers.status(1) == nil { answers += try server.peer.exchange(.credit(1, 1)) }
        #expect(answers.status(1)?.code == .ok)
        #expect(answers.of(.data, stream: 1).allSatisfy { $0.payload.count == 1 })
    }

    @Test("a unary answer that finds too little credit comes in parts and is whole")
    func unaryAnswerInParts() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 100))
        let request = try TestingV1.SimpleRequest(responseBytes: 250).encodedBytes()
        var answers = try server.peer.exchange(.call(1, EmbeddedServer.unary, request))
        #expect(answers.dataBytes(1) == 100)
        answers += try server.peer.exchange(.credit(1, 1_000))
        let message = answers.of(.data, stream: 1).flatMap(\.payload) + (answers.status(1)?.message ?? [])
        #expect(try TestingV1.SimpleResponse.decode(message).payload?.body.count == 250)
        #expect(answers.status(1)?.code == .ok)
        #expect(server.peer.end.openCalls == 0)
    }

    @Test("one reader that takes nothing keeps none of the others waiting")
    func slowReaderAmongOthers() throws {
        let clientLimits = ConnectionLimits(streamCreditBytes: 4_000, connectionCreditBytes: 1_000_000)
        let server = try EmbeddedServer(clientLimits: clientLimits)
        try server.peer.exchange(.call(1, EmbeddedServer.output, try output([10_000])))
        for stream: UInt32 in stride(from: 3, to: 201, by: 2) {
            let answers = try server.peer.exchange(.call(stream, EmbeddedServer.output, try output([3_000])))
            #expect(answers.status(stream)?.code == .ok)
        }
        #expect(server.peer.end.openCalls == 1)
    }

    @Test("a caller that exceeds its credit is told so, though it has given none for the answer that waits")
    func failureBeforeWhatWaits() throws {
        let server = try EmbeddedServer(
            limits: ConnectionLimits(streamCreditBytes: 100), clientLimits: ConnectionLimits(streamCreditBytes: 1))
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        let waiting = try server.peer.exchange(.data(1, try output([500]), flags: .messageEnd))
        #expect(waiting.dataBytes(1) == 1)
        let filler = [UInt8](repeating: 0, count: 200)
        #expect(try server.peer.exchange(.data(1, filler, flags: [])).status(1)?.code == .internal)
        #expect(server.peer.end.openCalls == 0)
    }

    @Test("credit lowered below zero stops a stream until it is positive again")
    func loweredCredit() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 100))
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []), .credit(1, -150))
        let answers = try server.peer.exchange(.data(1, try output([500]), flags: [.messageEnd, .streamEnd]))
        #expect(answers.dataBytes(1) == 0)
        #expect(try server.peer.exchange(.credit(1, 50)).dataBytes(1) == 0)
        #expect(try server.peer.exchange(.credit(1, 7)).dataBytes(1) == 7)
    }

    @Test("credit of zero or too much on a stream resets the call alone", arguments: [0, Int32.max])
    func badCredit(increment: Int32) throws {
        let server = try EmbeddedServer()
        let answers = try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []), .credit(1, increment))
        #expect(answers.of(.reset).first?.number == Int32(ResetCode.flowControl.rawValue))
        _ = try server.peer.frames()
        #expect(server.service.seen.cancelled == 1)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
    }

    @Test("a socket that takes nothing holds message bytes back, and they go when it takes some again")
    func unwritableSocket() throws {
        let server = try EmbeddedServer()
        server.peer.channel.isWritable = false
        var answers = try server.peer.exchange(.call(1, EmbeddedServer.output, try output([50_000])))
        #expect(answers.dataBytes(1) == 0)
        server.peer.channel.isWritable = true
        server.peer.channel.pipeline.fireChannelWritabilityChanged()
        answers = try server.peer.frames()
        #expect(answers.dataBytes(1) > 50_000)
        #expect(answers.status(1)?.code == .ok)
    }

    @Test("RESET while a response waits drops it and frees the slot")
    func resetWhileWaiting() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 10))
        let request = try TestingV1.SimpleRequest(responseBytes: 250).encodedBytes()
        #expect(try server.peer.exchange(.call(1, EmbeddedServer.unary, request)).dataBytes(1) == 10)
        #expect(server.peer.end.openCalls == 1)
        #expect(try server.peer.exchange(.reset(1), .credit(1, 1_000)).isEmpty)
        #expect(server.peer.end.openCalls == 0)
    }
}
