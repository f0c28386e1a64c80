import Testing

@testable import Wire

@Suite("Server's connection machine")
struct ServerConnectionMachineTests {
    static let limits = ConnectionLimits(
        concurrentStreams: 3, streamCreditBytes: 100, connectionCreditBytes: 250, messageBytes: 80)
    private static let peer = ConnectionLimits(
        framePayloadBytes: 20_000, concurrentStreams: 0, streamCreditBytes: 50, connectionCreditBytes: 120)

    private func open(_ limits: ConnectionLimits = limits) -> ServerConnectionMachine {
        var machine = ServerConnectionMachine(limits: limits)
        #expect(machine.helloReceived(Hello(limits: Self.peer)) == .open(version: 1))
        return machine
    }

    /// A machine with one call on stream 1 that goes on sending.
    private func withCall(deadline: MonotonicInstant? = nil) -> ServerConnectionMachine {
        var machine = open()
        let action = machine.callReceived(1, messageBytes: 0, flags: [], deadline: deadline)
        #expect(action == .open(messageEnd: false, streamEnd: false))
        return machine
    }

    private func code(_ action: ServerConnectionMachine.OnCall) -> ConnectionError.Code? {
        if case .connectionError(let error) = action { error.code } else { nil }
    }

    private func code(_ action: ServerConnectionMachine.OnData) -> ConnectionError.Code? {
        if case .connectionError(let error) = action { error.code } else { nil }
    }

    // MARK: HELLO

    @Test("any frame before HELLO is an error of HELLO")
    func beforeHello() {
        let expected = ConnectionError(.hello, "the first frame is not HELLO")
        var machine = ServerConnectionMachine(limits: Self.limits)
        #expect(machine.callReceived(1, messageBytes: 0, flags: [], deadline: nil) == .connectionError(expected))
        #expect(machine.dataReceived(1, bytes: 1, flags: []) == .connectionError(expected))
        #expect(machine.resetReceived(1) == .connectionError(expected))
        #expect(machine.creditReceived(0, increment: 1) == .connectionError(expected))
        #expect(machine.creditReceived(1, increment: 1) == .connectionError(expected))
        #expect(machine.pingReceived(flags: []) == .connectionError(expected))
        #expect(machine.peerFramePayloadBytes == 0)
    }

    @Test("HELLO tells how long the peer's frames may be; a second one is an error")
    func secondHello() {
        var machine = open()
        #expect(machine.peerFramePayloadBytes == 20_000)
        #expect(machine.helloReceived(Hello()) == .connectionError(ConnectionError(.hello, "a second HELLO")))
    }

    @Test("a HELLO without a common version is an error of version and opens nothing")
    func noCommonVersion() {
        var machine = ServerConnectionMachine(limits: Self.limits)
        guard case .connectionError(let error) = machine.helloReceived(Hello(minimumVersion: 2, maximumVersion: 3))
        else {
            Issue.record("opened")
            return
        }
        #expect(error.code == .version)
        #expect(machine.peerFramePayloadBytes == 0)
    }

    @Test("a ping is answered, an answer is not")
    func ping() {
        var machine = open()
        #expect(machine.pingReceived(flags: []) == .answer)
        #expect(machine.pingReceived(flags: .acknowledgement) == .acknowledged)
    }

    // MARK: Opening

    @Test("a unary call arrives whole in its CALL frame")
    func unary() {
        var machine = open()
        let action = machine.callReceived(1, messageBytes: 80, flags: [.messageEnd, .streamEnd], deadline: nil)
        #expect(action == .open(messageEnd: true, streamEnd: true))
        #expect(machine.openCalls == 1)
        #expect(machine.lastTakenStreamID == 1)
        #expect(machine.isLive(1))
    }

    @Test("a message of no bytes is a message; no message is none")
    func emptyMessage() {
        var machine = open()
        #expect(
            machine.callReceived(1, messageBytes: 0, flags: [.messageEnd, .streamEnd], deadline: nil)
                == .open(messageEnd: true, streamEnd: true))
        #expect(
            machine.callReceived(3, messageBytes: 0, flags: .streamEnd, deadline: nil)
                == .open(messageEnd: false, streamEnd: true))
    }

    @Test("ids are odd and grow: zero, even, equal and falling ones end the connection", arguments: [0, 2, 7, 5, 8])
    func streamIDs(id: UInt32) {
        var machine = open()
        #expect(code(machine.callReceived(7, messageBytes: 0, flags: [], deadline: nil)) == nil)
        #expect(code(machine.callReceived(id, messageBytes: 0, flags: [], deadline: nil)) == .protocolViolation)
    }

    @Test("ids may leave gaps, up to the last there is")
    func gaps() {
        var machine = open()
        for id: UInt32 in [5, 101, 0xffff_ffff] {
            #expect(code(machine.callReceived(id, messageBytes: 0, flags: [], deadline: nil)) == nil)
        }
        #expect(machine.lastTakenStreamID == 0xffff_ffff)
    }

    @Test("a call over the limit is refused and holds no slot; its bytes are given back")
    func limit() {
        var machine = open()
        for id: UInt32 in [1, 3, 5] {
            #expect(code(machine.callReceived(id, messageBytes: 0, flags: [], deadline: nil)) == nil)
        }
        for id: UInt32 in stride(from: 7, to: 27, by: 2) {
            guard
                case .refuse(.resourceExhausted, _) = machine.callReceived(
                    id, messageBytes: 80, flags: [.messageEnd], deadline: nil)
            else {
                Issue.record("stream \(id) was not refused")
                return
            }
        }
        #expect(machine.openCalls == 3)
        // More bytes of a refused call are dropped, and given back too.
        guard case .ignore = machine.dataReceived(25, bytes: 80, flags: .streamEnd) else {
            Issue.record("bytes of a refused call were not ignored")
            return
        }
        #expect(machine.resetReceived(25) == .ignore)
    }

    @Test("a slot is free when the handler has returned, not when the outcome is decided")
    func slot() {
        var machine = open(
            ConnectionLimits(concurrentStreams: 1, streamCreditBytes: 100, connectionCreditBytes: 250))
        #expect(code(machine.callReceived(1, messageBytes: 0, flags: .streamEnd, deadline: nil)) == nil)
        #expect(machine.resetReceived(1) == .cancel)
        guard case .refuse = machine.callReceived(3, messageBytes: 0, flags: .streamEnd, deadline: nil) else {
            Issue.record("the slot of a cancelled handler was given away")
            return
        }
        machine.release(1)
        #expect(machine.openCalls == 0)
        #expect(
            machine.callReceived(5, messageBytes: 0, flags: .streamEnd, deadline: nil)
                == .open(messageEnd: false, streamEnd: true))
    }

    @Test("a CALL that brings more than the stream's credit, or ends within its message, is refused")
    func callBytes() {
        var machine = open()
        for (id, bytes, flags) in [(1, 101, .messageEnd), (3, 10, .streamEnd)] as [(UInt32, Int, FrameFlags)] {
            guard
                case .refuse(.internal, _) = machine.callReceived(
                    id, messageBytes: bytes, flags: flags, deadline: nil)
            else {
                Issue.record("stream \(id) was not refused")
                return
            }
        }
        #expect(machine.openCalls == 0)
    }

    // MARK: Draining

    @Test("a machine that was told to drain takes what comes until the last call is decided, and nothing above it")
    func drain() {
        var machine = withCall()
        #expect(machine.decideLastCall() == nil)
        #expect(machine.drain() == .warn)
        #expect(machine.drain() == .ignore)
        #expect(
            machine.callReceived(3, messageBytes: 0, flags: [], deadline: nil)
                == .open(messageEnd: false, streamEnd: false))
        #expect(machine.decideLastCall() == 3)
        #expect(machine.decideLastCall() == nil)
        #expect(!machine.isDrained)
        #expect(machine.dataReceived(1, bytes: 4, flags: [.messageEnd]) == .deliver(messageEnd: true, streamEnd: false))
        #expect(machine.takeSendCredit(1, upTo: 10) == 10)
        #expect(machine.finish(1) == true)
        machine.release(1)
        machine.release(3)
        #expect(machine.isDrained)
    }

    @Test("calls above the last id are dropped with all their frames, and their bytes are given back")
    func callsAboveTheLast() {
        var machine = withCall()
        _ = machine.drain()
        #expect(machine.decideLastCall() == 1)
        var credit = 0
        for id: UInt32 in stride(from: 3, to: 41, by: 2) {
            #expect(machine.callReceived(id, messageBytes: 40, flags: [], deadline: nil) == .ignore)
            #expect(machine.dataReceived(id, bytes: 40, flags: .messageEnd) == .ignore)
            credit += Int(machine.takeConnectionCredit() ?? 0)
            #expect(machine.resetReceived(id) == .ignore)
        }
        #expect(machine.lastTakenStreamID == 1)
        #expect(machine.openCalls == 1)
        #expect(credit > 19 * 80 - 250)
        // The rules on ids still hold.
        #expect(code(machine.callReceived(39, messageBytes: 0, flags: [], deadline: nil)) == .protocolViolation)
    }

    @Test("a machine may be told to drain before HELLO, and takes the calls that follow it until the last is decided")
    func drainBeforeHello() {
        var machine = ServerConnectionMachine(limits: Self.limits)
        #expect(machine.drain() == .warn)
        #expect(machine.helloReceived(Hello(limits: Self.peer)) == .open(version: 1))
        #expect(
            machine.callReceived(1, messageBytes: 0, flags: [], deadline: nil)
                == .open(messageEnd: false, streamEnd: false))
        #expect(machine.decideLastCall() == 1)
    }

    @Test("the calls that would never end are given up first, all others when there is no time left")
    func abandon() {
        let deadline = MonotonicInstant(nanoseconds: 1_000)
        var machine = withCall()
        _ = machine.callReceived(3, messageBytes: 0, flags: [], deadline: deadline)
        _ = machine.callReceived(5, messageBytes: 0, flags: [], deadline: nil)
        #expect(machine.resetReceived(5) == .cancel)
        #expect(machine.abandonCalls(openEndedOnly: true) == [1])
        #expect(!machine.isLive(1))
        #expect(machine.isLive(3))
        #expect(machine.abandonCalls(openEndedOnly: false) == [3])
        #expect(machine.abandonCalls(openEndedOnly: false) == [])
        #expect(machine.openCalls == 3)
    }

    @Test("a connection that is over is not drained")
    func drainAfterTheEnd() {
        var machine = withCall()
        #expect(machine.close() == [1])
        #expect(machine.drain() == .ignore)
        #expect(machine.decideLastCall() == nil)
    }

    // MARK: Message bytes

    @Test("messages are counted from frame to frame up to the limit, and one byte more fails the call alone")
    func messageLimit() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 79, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        #expect(machine.dataReceived(1, bytes: 1, flags: .messageEnd) == .deliver(messageEnd: true, streamEnd: false))
        _ = machine.consumed(1, bytes: 80)
        #expect(machine.dataReceived(1, bytes: 80, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        guard case .fail(.resourceExhausted, _) = machine.dataReceived(1, bytes: 1, flags: .messageEnd) else {
            Issue.record("81 bytes were taken")
            return
        }
        #expect(machine.finish(1) == true)
        #expect(code(machine.callReceived(3, messageBytes: 0, flags: [], deadline: nil)) == nil)
    }

    @Test("a message that ends with an empty frame is whole")
    func emptyLastFrame() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 80, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        #expect(
            machine.dataReceived(1, bytes: 0, flags: [.messageEnd, .streamEnd])
                == .deliver(messageEnd: true, streamEnd: true))
    }

    @Test("a stream that ends within a message fails")
    func endWithinMessage() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 4, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        guard case .fail(.internal, _) = machine.dataReceived(1, bytes: 0, flags: .streamEnd) else {
            Issue.record("half a message was taken for a whole one")
            return
        }
    }

    @Test("bytes after the end of the stream fail the call")
    func afterEnd() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 0, flags: .streamEnd) == .deliver(messageEnd: false, streamEnd: true))
        guard case .fail(.internal, _) = machine.dataReceived(1, bytes: 1, flags: .messageEnd) else {
            Issue.record("a half-closed stream took bytes")
            return
        }
    }

    @Test("DATA that says nothing at all ends the connection")
    func emptyData() {
        var machine = withCall()
        #expect(code(machine.dataReceived(1, bytes: 0, flags: [])) == .protocolViolation)
    }

    @Test("frames on a stream that was never opened end the connection", arguments: [2, 3, 4, 0xffff_ffff])
    func idle(id: UInt32) {
        let machine = withCall()
        var forData = machine, forReset = machine, forCredit = machine
        #expect(code(forData.dataReceived(id, bytes: 1, flags: [])) == .protocolViolation)
        #expect(forReset.resetReceived(id) == .connectionError(.neverOpened(.reset, id)))
        #expect(forCredit.creditReceived(id, increment: 1) == .connectionError(.neverOpened(.credit, id)))
    }

    @Test("a stream that was passed over counts as closed")
    func passedOver() {
        var machine = open()
        _ = machine.callReceived(5, messageBytes: 0, flags: [], deadline: nil)
        #expect(machine.dataReceived(3, bytes: 1, flags: []) == .ignore)
        #expect(machine.resetReceived(3) == .ignore)
        #expect(machine.creditReceived(3, increment: 1) == .ignore)
    }

    @Test("frames on a closed stream are dropped, and only the connection's credit is given back")
    func closedStream() {
        for isReleased in [false, true] {
            var machine = withCall()
            #expect(machine.finish(1) == true)
            if isReleased { machine.release(1) }
            #expect(machine.dataReceived(1, bytes: 100, flags: .messageEnd) == .ignore)
            #expect(machine.dataReceived(1, bytes: 25, flags: []) == .ignore)
            #expect(machine.takeConnectionCredit() == 125)
            #expect(machine.creditReceived(1, increment: 5) == .ignore)
            #expect(machine.creditReceived(1, increment: 0) == .ignore)
            #expect(machine.resetReceived(1) == .ignore)
        }
    }

    // MARK: Windows

    @Test("the stream's window is exact, and one byte more fails the call")
    func streamWindow() {
        var machine = open(ConnectionLimits(streamCreditBytes: 100, connectionCreditBytes: 1_000))
        _ = machine.callReceived(1, messageBytes: 60, flags: [], deadline: nil)
        #expect(machine.dataReceived(1, bytes: 40, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        guard case .fail(.internal, _) = machine.dataReceived(1, bytes: 1, flags: []) else {
            Issue.record("101 bytes were taken into a window of 100")
            return
        }
    }

    @Test("the connection's window is exact over all streams, and one byte more ends the connection")
    func connectionWindow() {
        var machine = open(ConnectionLimits(streamCreditBytes: 200, connectionCreditBytes: 250))
        _ = machine.callReceived(1, messageBytes: 60, flags: [], deadline: nil)
        _ = machine.callReceived(3, messageBytes: 60, flags: [], deadline: nil)
        #expect(machine.dataReceived(1, bytes: 4, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        // 124 bytes have come: a byte less than half of the window, so none is given back.
        #expect(machine.takeConnectionCredit() == nil)
        var over = machine
        #expect(machine.dataReceived(3, bytes: 126, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        #expect(code(over.dataReceived(3, bytes: 127, flags: [])) == .flowControl)
    }

    @Test("credit is given back once half of the window has gathered: to the stream as bytes are dealt with")
    func credit() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 80, flags: .messageEnd) == .deliver(messageEnd: true, streamEnd: false))
        #expect(machine.consumed(1, bytes: 49) == nil)
        #expect(machine.consumed(1, bytes: 1) == 50)
        #expect(machine.consumed(1, bytes: 30) == nil)
        #expect(
            machine.dataReceived(1, bytes: 60, flags: [.messageEnd, .streamEnd])
                == .deliver(messageEnd: true, streamEnd: true))
        // A stream that has ended needs no credit any more.
        #expect(machine.consumed(1, bytes: 60) == nil)
    }

    @Test("the connection's credit comes back though nobody has dealt with a byte, once half of it has come in")
    func connectionCredit() {
        var machine = open(ConnectionLimits(streamCreditBytes: 100, connectionCreditBytes: 250))
        _ = machine.callReceived(1, messageBytes: 100, flags: .messageEnd, deadline: nil)
        #expect(machine.takeConnectionCredit() == nil)
        for id: UInt32 in [3, 5, 7, 9] {
            _ = machine.callReceived(id, messageBytes: 100, flags: .messageEnd, deadline: nil)
        }
        #expect(machine.takeConnectionCredit() == 400)
        #expect(machine.takeConnectionCredit() == nil)
        guard case .fail(.internal, _) = machine.dataReceived(9, bytes: 1, flags: []) else {
            Issue.record("the stream's own window let 101 bytes in")
            return
        }
    }

    @Test("bytes of a call that is over give the connection its credit back")
    func creditAfterEnd() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 80, flags: .messageEnd) == .deliver(messageEnd: true, streamEnd: false))
        #expect(machine.dataReceived(1, bytes: 20, flags: []) == .deliver(messageEnd: false, streamEnd: false))
        #expect(machine.resetReceived(1) == .cancel)
        machine.release(1)
        #expect(machine.consumed(1, bytes: 100) == nil)
        #expect(machine.dataReceived(1, bytes: 25, flags: []) == .ignore)
        #expect(machine.takeConnectionCredit() == 125)
    }

    @Test("no more is sent than stream and connection allow")
    func sendCredit() {
        var machine = withCall()
        _ = machine.callReceived(3, messageBytes: 0, flags: [], deadline: nil)
        _ = machine.callReceived(5, messageBytes: 0, flags: [], deadline: nil)
        #expect(machine.takeSendCredit(1, upTo: 500) == 50)
        #expect(machine.takeSendCredit(3, upTo: 500) == 50)
        #expect(machine.takeSendCredit(5, upTo: 500) == 20)
        #expect(machine.creditReceived(5, increment: 100) == .streamWritable)
        #expect(machine.takeSendCredit(5, upTo: 500) == 0)
        #expect(machine.creditReceived(0, increment: 7) == .connectionWritable)
        #expect(machine.takeSendCredit(1, upTo: 500) == 0)
        #expect(machine.takeSendCredit(5, upTo: 500) == 7)
        #expect(machine.takeSendCredit(99, upTo: 500) == 0)
    }

    @Test("a zero increment or an overflow fails the stream, or on stream 0 the connection", arguments: [0, Int32.max])
    func badCredit(increment: Int32) {
        var machine = withCall()
        #expect(machine.creditReceived(1, increment: increment) == .resetStream(.flowControl))
        #expect(!machine.isLive(1))
        #expect(machine.finish(1) == false)
        guard case .connectionError(let error) = machine.creditReceived(0, increment: increment) else {
            Issue.record("took it")
            return
        }
        #expect(error.code == .flowControl)
    }

    @Test("credit may be lowered below zero")
    func loweredCredit() {
        var machine = withCall()
        #expect(machine.takeSendCredit(1, upTo: 30) == 30)
        #expect(machine.creditReceived(1, increment: -100) == .streamWritable)
        #expect(machine.takeSendCredit(1, upTo: 1) == 0)
        #expect(machine.creditReceived(1, increment: 81) == .streamWritable)
        #expect(machine.takeSendCredit(1, upTo: 5) == 1)
    }

    // MARK: Ends

    @Test("the first terminal frame wins", arguments: ["reset", "finish", "expire", "close"])
    func firstTerminalFrame(first: String) {
        let deadline = MonotonicInstant(nanoseconds: 10)
        var machine = withCall(deadline: deadline)
        switch first {
        case "reset": #expect(machine.resetReceived(1) == .cancel)
        case "finish": #expect(machine.finish(1) == true)
        case "expire": #expect(machine.expire(at: deadline) == [1])
        default: #expect(machine.close() == [1])
        }
        #expect(!machine.isLive(1))
        #expect(machine.resetReceived(1) == .ignore)
        #expect(machine.finish(1) == false)
        #expect(machine.expire(at: deadline) == [])
        #expect(machine.takeSendCredit(1, upTo: 1) == 0)
        #expect(machine.close() == [])
        #expect(machine.openCalls == 1)
    }

    @Test("nothing opens on a connection that is over")
    func afterClose() {
        var machine = withCall()
        #expect(machine.close() == [1])
        #expect(code(machine.callReceived(3, messageBytes: 0, flags: [], deadline: nil)) == .protocolViolation)
    }

    @Test("deadlines pass in order, at their instant and not before, and leave the others alone")
    func deadlines() {
        func instant(_ nanoseconds: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }
        var machine = open()
        #expect(machine.nextDeadline == nil)
        _ = machine.callReceived(1, messageBytes: 0, flags: [], deadline: instant(300))
        _ = machine.callReceived(3, messageBytes: 0, flags: [], deadline: nil)
        _ = machine.callReceived(5, messageBytes: 0, flags: [], deadline: instant(200))
        #expect(machine.nextDeadline == instant(200))
        #expect(machine.expire(at: instant(199)) == [])
        #expect(machine.expire(at: instant(200)) == [5])
        #expect(machine.nextDeadline == instant(300))
        #expect(machine.finish(1) == true)
        #expect(machine.expire(at: instant(1_000)) == [])
        #expect(machine.nextDeadline == nil)
        #expect(machine.isLive(3))
    }
}
