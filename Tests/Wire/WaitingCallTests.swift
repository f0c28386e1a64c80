import Testing

@testable import Wire

/// Calls that wait at a server for what another process has yet to bring, as both ends count them.
@Suite("Calls that wait for others")
struct WaitingCallTests {
    private static let limits = ConnectionLimits(concurrentStreams: 2)

    private func server(_ limits: ConnectionLimits = limits) -> ServerConnectionMachine {
        var machine = ServerConnectionMachine(limits: limits)
        #expect(machine.helloReceived(Hello()) == .open(version: 1))
        return machine
    }

    private func client(_ peer: ConnectionLimits = limits) -> ClientConnectionMachine {
        var machine = ClientConnectionMachine(limits: ConnectionLimits())
        #expect(machine.helloReceived(Hello(limits: peer)) == .open(version: 1))
        return machine
    }

    private func call(_ id: UInt32, at machine: inout ServerConnectionMachine) -> Bool {
        switch machine.callReceived(id, messageBytes: 0, flags: [.messageEnd, .streamEnd], deadline: nil) {
        case .open: true
        case .refuse, .ignore, .connectionError: false
        }
    }

    private func open(_ machine: inout ClientConnectionMachine) -> Bool {
        switch machine.open(messageBytes: 0, endsSending: true, deadline: nil) {
        case .open: true
        case .full, .unusable: false
        }
    }

    // MARK: The server's end

    @Test("a call that waits is said to once, and another may be opened beside it")
    func serverSaysOnce() {
        var machine = server()
        #expect(call(1, at: &machine))
        #expect(call(3, at: &machine))
        #expect(machine.isFull)
        #expect(!call(5, at: &machine))
        #expect(machine.waits(1) == true)
        #expect(machine.waits(1) == false)
        #expect(!machine.isFull)
        #expect(machine.openCalls == 2)
        #expect(call(7, at: &machine))
        #expect(!call(9, at: &machine))
    }

    @Test("its end frees no place a second time, whoever ends it", arguments: [true, false])
    func serverEnds(isReset: Bool) {
        var machine = server()
        #expect(call(1, at: &machine))
        #expect(call(3, at: &machine))
        #expect(machine.waits(1) == true)
        #expect(call(5, at: &machine))
        if isReset {
            #expect(machine.resetReceived(1) == .cancel)
            // Its handler still runs.
            #expect(machine.isFull)
        } else {
            #expect(machine.finish(1) == true)
        }
        machine.release(1)
        machine.release(1)
        #expect(machine.isFull)
        #expect(machine.openCalls == 2)
        #expect(!call(7, at: &machine))
        machine.release(3)
        #expect(call(9, at: &machine))
    }

    @Test("nothing is said of a call whose outcome is decided, or that there is not")
    func serverSaysNothing() {
        var machine = server()
        #expect(call(1, at: &machine))
        #expect(machine.resetReceived(1) == .cancel)
        #expect(machine.waits(1) == false)
        #expect(machine.waits(3) == false)
        #expect(machine.finish(1) == false)
        #expect(call(3, at: &machine))
        #expect(machine.isFull)
    }

    @Test("beside the calls that are allowed so many may wait; of more nothing is said, and they count")
    func serverLimit() {
        var machine = server()
        var id: UInt32 = 1
        for _ in 0..<ConnectionLimits.waitingStreams {
            #expect(call(id, at: &machine))
            #expect(machine.waits(id) == true)
            id += 2
        }
        #expect(call(id, at: &machine))
        #expect(machine.waits(id) == false)
        #expect(call(id + 2, at: &machine))
        #expect(!call(id + 4, at: &machine))
        // One that waited is over: another may take its place.
        machine.release(1)
        #expect(machine.waits(id) == true)
        #expect(call(id + 6, at: &machine))
    }

    @Test("a connection on which a call waits is not drained")
    func serverDrains() {
        var machine = server()
        #expect(call(1, at: &machine))
        #expect(machine.waits(1) == true)
        #expect(machine.drain() == .warn)
        #expect(machine.decideLastCall() == 1)
        #expect(!machine.isDrained)
        machine.release(1)
        #expect(machine.isDrained)
    }

    // MARK: The client's end

    @Test("a call that waits is heard of once, and another may be opened beside it")
    func clientHears() {
        var machine = client()
        #expect(open(&machine))
        #expect(open(&machine))
        #expect(!machine.hasFreeSlot)
        #expect(!open(&machine))
        #expect(machine.waitingReceived(1) == .waits)
        #expect(machine.hasFreeSlot)
        #expect(machine.openCalls == 2)
        #expect(machine.isOpen(1))
        #expect(machine.waitingReceived(1) == .saysNothing)
        #expect(open(&machine))
        #expect(!open(&machine))
    }

    @Test(
        "its end frees no place a second time, however it ends",
        arguments: ["status", "failure", "broken", "reset", "credit", "cancel", "expire", "headers", "goaway"])
    func clientEnds(end: String) {
        var machine = client()
        let deadline = MonotonicInstant(nanoseconds: 10)
        for _ in 0..<2 {
            #expect(machine.open(messageBytes: 0, endsSending: true, deadline: nil) != .full)
        }
        #expect(machine.waitingReceived(1) == .waits)
        #expect(machine.waitingReceived(3) == .waits)
        #expect(machine.open(messageBytes: 0, endsSending: true, deadline: deadline) != .full)
        #expect(machine.waitingReceived(5) == .waits)
        #expect(open(&machine))
        #expect(open(&machine))
        switch end {
        case "status": _ = machine.statusReceived(5, code: .ok, messageBytes: 0, flags: .messageEnd)
        case "failure": _ = machine.statusReceived(5, code: .aborted, messageBytes: 0, flags: [])
        case "broken":
            _ = machine.dataReceived(5, bytes: 1, flags: [])
            _ = machine.statusReceived(5, code: .ok, messageBytes: 0, flags: .messageEnd)
        case "reset": _ = machine.resetReceived(5)
        case "credit": _ = machine.creditReceived(5, increment: 0)
        case "cancel": _ = machine.cancel(5)
        case "expire": _ = machine.expire(at: deadline)
        case "headers":
            _ = machine.headersReceived(5)
            _ = machine.headersReceived(5)
        default: #expect(machine.goAwayReceived(lastStreamID: 3) == .notStarted([5, 7, 9]))
        }
        #expect(!machine.isOpen(5))
        #expect(machine.waitingReceived(5) == .late)
        guard end != "goaway" else {
            #expect(machine.openCalls == 2)
            return
        }
        #expect(machine.openCalls == 4)
        #expect(!open(&machine))
        #expect(machine.cancel(7) == true)
        #expect(open(&machine))
    }

    @Test("of streams that were never opened it says nothing", arguments: [2, 3, 4, 0xffff_ffff])
    func clientIdle(id: UInt32) {
        var machine = client()
        #expect(machine.waitingReceived(1) == .saysNothing)
        #expect(open(&machine))
        #expect(machine.waitingReceived(id) == .saysNothing)
        #expect(machine.openCalls == 1)
        #expect(machine.hasFreeSlot)
    }

    @Test("before HELLO it says nothing, as a frame of an unknown type does")
    func clientBeforeHello() {
        var machine = ClientConnectionMachine(limits: ConnectionLimits())
        #expect(machine.waitingReceived(1) == .saysNothing)
        #expect(machine.helloReceived(Hello()) == .open(version: 1))
    }

    @Test("when the answer has begun it says nothing", arguments: ["headers", "data", "empty"])
    func clientAnswered(beginning: String) {
        var machine = client()
        #expect(open(&machine))
        #expect(open(&machine))
        switch beginning {
        case "headers": #expect(machine.headersReceived(1) == .deliver(messageEnd: false))
        case "data": #expect(machine.dataReceived(1, bytes: 1, flags: []) == .deliver(messageEnd: false))
        default: #expect(machine.dataReceived(1, bytes: 0, flags: .messageEnd) == .deliver(messageEnd: true))
        }
        #expect(machine.waitingReceived(1) == .saysNothing)
        #expect(!machine.hasFreeSlot)
    }

    @Test("a server that says it of every call is believed so often and no further")
    func clientLimit() {
        var machine = client()
        var id: UInt32 = 1
        for _ in 0..<ConnectionLimits.waitingStreams {
            #expect(open(&machine))
            #expect(machine.waitingReceived(id) == .waits)
            id += 2
        }
        #expect(open(&machine))
        #expect(open(&machine))
        #expect(machine.waitingReceived(id) == .saysNothing)
        #expect(!open(&machine))
        #expect(machine.cancel(1) == true)
        #expect(machine.waitingReceived(id) == .waits)
        #expect(open(&machine))
    }
}
