import Testing

@testable import Wire

@Suite("Client's connection machine")
struct ClientConnectionMachineTests {
    private typealias Action = ClientConnectionMachine.OnStreamFrame

    private static let limits = ConnectionLimits(
        concurrentStreams: 0, streamCreditBytes: 100, connectionCreditBytes: 250, messageBytes: 80)
    private static let peer = ConnectionLimits(
        framePayloadBytes: 20_000, concurrentStreams: 3, streamCreditBytes: 50, connectionCreditBytes: 120)

    private func open(
        _ peer: ConnectionLimits = peer, lastUsableStreamID: UInt32 = .max
    ) -> ClientConnectionMachine {
        var machine = ClientConnectionMachine(limits: Self.limits, lastUsableStreamID: lastUsableStreamID)
        #expect(machine.helloReceived(Hello(limits: peer)) == .open(version: 1))
        return machine
    }

    /// A machine with one open call, on stream 1.
    private func withCall(deadline: MonotonicInstant? = nil) -> ClientConnectionMachine {
        var machine = open()
        #expect(machine.open(messageBytes: 0, endsSending: false, deadline: deadline) == .open(id: 1, messageBytes: 0))
        return machine
    }

    private func code(_ action: Action) -> ConnectionError.Code? {
        if case .connectionError(let error) = action { error.code } else { nil }
    }

    private func failure(_ action: Action) -> StatusCode? {
        if case .fail(let code, _) = action { code } else { nil }
    }

    // MARK: HELLO and GOAWAY

    @Test("before HELLO nothing opens, and any other frame is an error of HELLO")
    func beforeHello() {
        let expected = ConnectionError(.hello, "the first frame is not HELLO")
        var machine = ClientConnectionMachine(limits: Self.limits)
        #expect(!machine.takesCalls)
        #expect(!machine.isDrained)
        #expect(!machine.hasFreeSlot)
        #expect(machine.peerFramePayloadBytes == 0)
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .unusable)
        #expect(machine.headersReceived(1) == .connectionError(expected))
        #expect(machine.dataReceived(1, bytes: 1, flags: []) == .connectionError(expected))
        #expect(machine.statusReceived(1, code: .ok, messageBytes: 0, flags: []) == .connectionError(expected))
        #expect(machine.resetReceived(1) == .connectionError(expected))
        #expect(machine.creditReceived(0, increment: 1) == .connectionError(expected))
        #expect(machine.creditReceived(1, increment: 1) == .connectionError(expected))
        #expect(machine.pingReceived(flags: []) == .connectionError(expected))
    }

    @Test("a second HELLO is an error")
    func secondHello() {
        var machine = open()
        #expect(machine.helloReceived(Hello()) == .connectionError(ConnectionError(.hello, "a second HELLO")))
    }

    @Test("GOAWAY instead of HELLO makes the connection unusable")
    func goAwayBeforeHello() {
        var machine = ClientConnectionMachine(limits: Self.limits)
        #expect(machine.goAwayReceived(lastStreamID: 0) == .notStarted([]))
        #expect(machine.isDrained)
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .unusable)
    }

    @Test("GOAWAY warns first, then names the last call that was taken: those above were not started")
    func goAway() {
        var machine = open()
        for _ in 0..<3 { _ = machine.open(messageBytes: 0, endsSending: false, deadline: nil) }
        #expect(machine.goAwayReceived(lastStreamID: .max) == .notStarted([]))
        #expect(machine.open(messageBytes: 0, endsSending: false, deadline: nil) == .unusable)
        #expect(!machine.isDrained)
        #expect(machine.goAwayReceived(lastStreamID: 1) == .notStarted([3, 5]))
        #expect(machine.openCalls == 1)
        // The refusals that were on their way are no news.
        #expect(machine.statusReceived(3, code: .unavailable, messageBytes: 0, flags: []) == .ignore)
        #expect(machine.statusReceived(1, code: .ok, messageBytes: 0, flags: []) == .deliver(messageEnd: false))
        #expect(machine.isDrained)
    }

    @Test("the id of a GOAWAY may be said again and may fall, but not rise")
    func risingGoAway() {
        var machine = open()
        for _ in 0..<3 { _ = machine.open(messageBytes: 0, endsSending: false, deadline: nil) }
        #expect(machine.goAwayReceived(lastStreamID: 3) == .notStarted([5]))
        #expect(machine.goAwayReceived(lastStreamID: 3) == .notStarted([]))
        #expect(machine.goAwayReceived(lastStreamID: 1) == .notStarted([3]))
        guard case .connectionError(let error) = machine.goAwayReceived(lastStreamID: 3) else {
            Issue.record("a rising id was taken")
            return
        }
        #expect(error.code == .protocolViolation)
    }

    @Test("the end of the connection ends every call")
    func close() {
        var machine = withCall()
        #expect(machine.close() == [1])
        #expect(machine.close() == [])
        #expect(machine.isDrained)
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .unusable)
        #expect(machine.goAwayReceived(lastStreamID: 0) == .notStarted([]))
    }

    // MARK: Opening

    @Test("ids are 1, 3, 5 and so on, up to the peer's limit on open calls")
    func limit() {
        var machine = open()
        for id: UInt32 in [1, 3, 5] {
            #expect(machine.hasFreeSlot)
            #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .open(id: id, messageBytes: 0))
        }
        #expect(!machine.hasFreeSlot)
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .full)
        #expect(machine.statusReceived(3, code: .ok, messageBytes: 0, flags: []) == .deliver(messageEnd: false))
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .open(id: 7, messageBytes: 0))
    }

    static let events = [
        "headers", "data", "empty", "waiting", "answer", "failure", "too much", "reset", "credit", "cancel", "expire",
        "goaway", "close",
    ]

    /// Lets this befall the call on stream 1.
    private func befalls(_ event: String, _ machine: inout ClientConnectionMachine) {
        switch event {
        case "headers": _ = machine.headersReceived(1)
        case "data": _ = machine.dataReceived(1, bytes: 1, flags: [])
        case "empty": _ = machine.dataReceived(1, bytes: 0, flags: .messageEnd)
        case "waiting": _ = machine.waitingReceived(1)
        case "answer": _ = machine.statusReceived(1, code: .ok, messageBytes: 1, flags: .messageEnd)
        case "failure": _ = machine.statusReceived(1, code: .aborted, messageBytes: 0, flags: [])
        case "too much": _ = machine.dataReceived(1, bytes: 81, flags: .messageEnd)
        case "reset": _ = machine.resetReceived(1)
        case "credit": _ = machine.creditReceived(1, increment: 0)
        case "cancel": _ = machine.cancel(1)
        case "expire": _ = machine.expire(at: MonotonicInstant(nanoseconds: 10))
        case "goaway": _ = machine.goAwayReceived(lastStreamID: 0)
        default: _ = machine.close()
        }
    }

    @Test(
        "a call awaits the server until its answer begins, it waits for others or it ends, whatever comes of it then",
        arguments: events)
    func awaiting(first: String) {
        for second in Self.events {
            var machine = withCall(deadline: MonotonicInstant(nanoseconds: 10))
            #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .open(id: 3, messageBytes: 0))
            #expect(machine.awaitingCalls == 2)
            befalls(first, &machine)
            let isAllOver = first == "goaway" || first == "close"
            #expect(machine.awaitingCalls == (isAllOver ? 0 : 1), "\(first)")
            befalls(second, &machine)
            let isAllOverNow = isAllOver || second == "goaway" || second == "close"
            #expect(machine.awaitingCalls == (isAllOverNow ? 0 : 1), "\(first), \(second)")
            _ = machine.close()
            #expect(machine.awaitingCalls == 0)
        }
    }

    @Test("a server that allows no call at all gets none")
    func limitOfZero() {
        var machine = open(ConnectionLimits(concurrentStreams: 0))
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .full)
    }

    @Test("when the ids run out the connection drains itself")
    func idsRunOut() {
        var machine = open(lastUsableStreamID: 4)
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .open(id: 1, messageBytes: 0))
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .open(id: 3, messageBytes: 0))
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) == .unusable)
        #expect(!machine.takesCalls)
        #expect(!machine.isDrained)
        #expect(machine.cancel(1) == true)
        #expect(machine.cancel(3) == true)
        #expect(machine.isDrained)
    }

    @Test("CALL takes as many message bytes as stream and connection have credit for")
    func openingCredit() {
        var machine = open()
        #expect(machine.open(messageBytes: 60, endsSending: true, deadline: nil) == .open(id: 1, messageBytes: 50))
        #expect(machine.open(messageBytes: 40, endsSending: true, deadline: nil) == .open(id: 3, messageBytes: 40))
        #expect(machine.open(messageBytes: 40, endsSending: true, deadline: nil) == .open(id: 5, messageBytes: 30))
        #expect(machine.takeSendCredit(1, upTo: 10) == 0)
        #expect(machine.creditReceived(0, increment: 100) == .connectionWritable)
        #expect(machine.takeSendCredit(1, upTo: 10) == 0)
        #expect(machine.creditReceived(1, increment: 5) == .streamWritable)
        #expect(machine.takeSendCredit(1, upTo: 10) == 5)
        #expect(machine.takeSendCredit(5, upTo: 10) == 10)
    }

    // MARK: Answers

    @Test("a unary answer is one STATUS with the message behind it")
    func unary() {
        var machine = withCall()
        #expect(
            machine.statusReceived(1, code: .ok, messageBytes: 80, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(!machine.isOpen(1))
        #expect(machine.openCalls == 0)
    }

    @Test("messages come in DATA, and STATUS may bring a whole last one")
    func streaming() {
        var machine = withCall()
        #expect(machine.headersReceived(1) == .deliver(messageEnd: false))
        #expect(machine.dataReceived(1, bytes: 30, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(machine.dataReceived(1, bytes: 0, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(machine.dataReceived(1, bytes: 10, flags: []) == .deliver(messageEnd: false))
        #expect(machine.dataReceived(1, bytes: 10, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(
            machine.statusReceived(1, code: .ok, messageBytes: 20, flags: .messageEnd) == .deliver(messageEnd: true))
    }

    @Test("HEADERS come at most once and before the first message byte")
    func headers() {
        var twice = withCall()
        #expect(twice.headersReceived(1) == .deliver(messageEnd: false))
        #expect(failure(twice.headersReceived(1)) == .internal)
        #expect(!twice.isOpen(1))
        var late = withCall()
        #expect(late.dataReceived(1, bytes: 1, flags: []) == .deliver(messageEnd: false))
        #expect(failure(late.headersReceived(1)) == .internal)
        #expect(late.headersReceived(1) == .ignore)
    }

    @Test("an OK within a message is a failure; a failure within a message is itself")
    func statusWithinMessage() {
        var machine = withCall()
        _ = machine.dataReceived(1, bytes: 5, flags: [])
        var other = machine, third = machine
        #expect(failure(machine.statusReceived(1, code: .ok, messageBytes: 0, flags: [])) == .internal)
        #expect(failure(third.statusReceived(1, code: .ok, messageBytes: 1, flags: .messageEnd)) == .internal)
        #expect(other.statusReceived(1, code: .unavailable, messageBytes: 0, flags: []) == .deliver(messageEnd: false))
        #expect(!machine.isOpen(1))
        #expect(!other.isOpen(1))
    }

    @Test("STATUS with bytes that are no whole message, or with a message beside a failure, ends the connection")
    func statusWithStrayBytes() {
        let machine = withCall()
        var stray = machine, beside = machine, empty = machine
        #expect(code(stray.statusReceived(1, code: .ok, messageBytes: 1, flags: [])) == .protocolViolation)
        #expect(
            code(beside.statusReceived(1, code: .internal, messageBytes: 1, flags: .messageEnd)) == .protocolViolation)
        #expect(
            code(empty.statusReceived(1, code: .internal, messageBytes: 0, flags: .messageEnd)) == .protocolViolation)
    }

    @Test("DATA from a server neither ends the stream nor says nothing")
    func badData() {
        let machine = withCall()
        var ending = machine, empty = machine
        #expect(code(ending.dataReceived(1, bytes: 1, flags: .streamEnd)) == .protocolViolation)
        #expect(code(empty.dataReceived(1, bytes: 0, flags: [])) == .protocolViolation)
    }

    @Test("a message at the limit passes, one byte more fails the call and not the connection")
    func messageLimit() {
        var machine = withCall()
        _ = machine.open(messageBytes: 0, endsSending: true, deadline: nil)
        #expect(machine.dataReceived(1, bytes: 80, flags: .messageEnd) == .deliver(messageEnd: true))
        _ = machine.consumed(1, bytes: 80)
        #expect(failure(machine.dataReceived(1, bytes: 81, flags: .messageEnd)) == .resourceExhausted)
        #expect(machine.dataReceived(3, bytes: 1, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(machine.dataReceived(1, bytes: 1, flags: []) == .ignore)
    }

    @Test("frames on a stream that was never opened end the connection", arguments: [2, 3, 4, 0xffff_ffff])
    func idle(id: UInt32) {
        var machine = withCall()
        #expect(machine.headersReceived(id) == .connectionError(.neverOpened(.headers, id)))
        #expect(machine.dataReceived(id, bytes: 1, flags: []) == .connectionError(.neverOpened(.data, id)))
        #expect(
            machine.statusReceived(id, code: .ok, messageBytes: 0, flags: [])
                == .connectionError(.neverOpened(.status, id)))
        #expect(machine.resetReceived(id) == .connectionError(.neverOpened(.reset, id)))
        #expect(machine.creditReceived(id, increment: 1) == .connectionError(.neverOpened(.credit, id)))
    }

    @Test("frames of a call that is over are dropped, and the connection's credit is given back")
    func closedStream() {
        var machine = withCall()
        #expect(machine.cancel(1) == true)
        #expect(machine.cancel(1) == false)
        #expect(machine.headersReceived(1) == .ignore)
        #expect(machine.dataReceived(1, bytes: 100, flags: .messageEnd) == .ignore)
        #expect(
            machine.statusReceived(1, code: .ok, messageBytes: 25, flags: .messageEnd)
                == .ignore)
        #expect(machine.takeConnectionCredit() == 125)
        #expect(machine.takeConnectionCredit() == nil)
        #expect(machine.resetReceived(1) == .ignore)
        #expect(machine.creditReceived(1, increment: 0) == .ignore)
        #expect(machine.takeSendCredit(1, upTo: 1) == 0)
    }

    @Test("RESET ends the call once")
    func reset() {
        var machine = withCall()
        #expect(machine.resetReceived(1) == .fail)
        #expect(machine.resetReceived(1) == .ignore)
        #expect(machine.statusReceived(1, code: .ok, messageBytes: 0, flags: []) == .ignore)
    }

    // MARK: Windows

    @Test("more than the stream's window fails the call, more than the connection's ends the connection")
    func windows() {
        var machine = open()
        for _ in 0..<3 { _ = machine.open(messageBytes: 0, endsSending: true, deadline: nil) }
        #expect(machine.dataReceived(1, bytes: 80, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(machine.dataReceived(1, bytes: 20, flags: []) == .deliver(messageEnd: false))
        #expect(failure(machine.dataReceived(1, bytes: 1, flags: [])) == .internal)
        #expect(machine.dataReceived(3, bytes: 23, flags: .messageEnd) == .deliver(messageEnd: true))
        // 124 bytes have come: a byte less than half of the connection's window, so none is given back.
        #expect(machine.takeConnectionCredit() == nil)
        var over = machine
        #expect(failure(machine.dataReceived(5, bytes: 126, flags: .messageEnd)) == .internal)
        #expect(code(over.dataReceived(5, bytes: 127, flags: .messageEnd)) == .flowControl)
    }

    @Test("the stream's credit comes back as bytes are dealt with, and the connection's as they come in")
    func credit() {
        var machine = withCall()
        #expect(machine.dataReceived(1, bytes: 80, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(machine.takeConnectionCredit() == nil)
        #expect(machine.consumed(1, bytes: 80) == 80)
        #expect(machine.dataReceived(1, bytes: 70, flags: .messageEnd) == .deliver(messageEnd: true))
        #expect(machine.takeConnectionCredit() == 150)
        #expect(machine.cancel(1) == true)
        #expect(machine.consumed(1, bytes: 70) == nil)
        #expect(machine.takeConnectionCredit() == nil)
    }

    @Test("a zero increment or an overflow fails the stream, or on stream 0 the connection", arguments: [0, Int32.max])
    func badCredit(increment: Int32) {
        var machine = withCall()
        #expect(machine.creditReceived(1, increment: increment) == .resetStream(.flowControl))
        #expect(!machine.isOpen(1))
        guard case .connectionError(let error) = machine.creditReceived(0, increment: increment) else {
            Issue.record("took it")
            return
        }
        #expect(error.code == .flowControl)
    }

    // MARK: Deadlines

    @Test("deadlines pass in order, at their instant and not before, and leave the others alone")
    func deadlines() {
        func instant(_ nanoseconds: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }
        var machine = open()
        for deadline: UInt64 in [300, 200, 100] {
            _ = machine.open(messageBytes: 0, endsSending: true, deadline: instant(deadline))
        }
        #expect(machine.nextDeadline == instant(100))
        #expect(machine.cancel(5) == true)
        #expect(machine.expire(at: instant(99)) == [])
        #expect(machine.expire(at: instant(100)) == [])
        #expect(machine.nextDeadline == instant(200))
        #expect(machine.expire(at: instant(300)) == [1, 3])
        #expect(machine.nextDeadline == nil)
        #expect(machine.openCalls == 0)
        #expect(machine.statusReceived(1, code: .ok, messageBytes: 0, flags: []) == .ignore)
    }
}
