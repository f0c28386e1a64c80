import Testing
import Wire

@testable import RPC

@Suite("The machine of a call inside the process") struct InProcessCallMachineTests {
    @Test("a full queue parks the sender, a receive lets it go on, in order")
    func parking() {
        var flow = InProcessMessageFlow(limit: 1)
        #expect(flow.send([1], waiter: 1) == .sent(wake: nil))
        #expect(flow.send([2], waiter: 2) == .wait)
        #expect(flow.send([3], waiter: 3) == .wait)
        #expect(flow.receive(waiter: 4) == .received(.message([1]), wake: .sender(2, nil)))
        #expect(flow.receive(waiter: 5) == .received(.message([2]), wake: .sender(3, nil)))
        #expect(flow.receive(waiter: 6) == .received(.message([3]), wake: nil))
        #expect(flow.receive(waiter: 7) == .wait)
        #expect(flow.send([4], waiter: 8) == .sent(wake: .receiver(7, .message([4]))))
    }

    @Test("the last message passes a full queue, and the end comes after it")
    func lastMessage() {
        var flow = InProcessMessageFlow(limit: 1)
        _ = flow.send([1], waiter: 1)
        #expect(flow.sendLast([2]) == [])
        #expect(flow.receive(waiter: 2) == .received(.message([1]), wake: nil))
        #expect(flow.receive(waiter: 3) == .received(.message([2]), wake: nil))
        #expect(flow.receive(waiter: 4) == .received(.finished, wake: nil))
    }

    @Test("a cancelled waiter leaves its place, and nobody else's")
    func cancelledWaiter() {
        let error = RPCError(.cancelled, "")
        var flow = InProcessMessageFlow(limit: 1)
        _ = flow.send([1], waiter: 1)
        _ = flow.send([2], waiter: 2)
        _ = flow.send([3], waiter: 3)
        #expect(flow.cancel(waiter: 2, error) == .sender(2, error))
        #expect(flow.cancel(waiter: 9, error) == nil)
        #expect(flow.receive(waiter: 4) == .received(.message([1]), wake: .sender(3, nil)))
        #expect(flow.receive(waiter: 5) == .received(.message([3]), wake: nil))
    }

    @Test("the first end wins")
    func firstEndWins() {
        var machine = InProcessCallMachine(method: Methods.chat, queueLimitMessages: 1)
        #expect(machine.clientReceives(waiter: 1) == .wait)
        let first = RPCError(.aborted, "first")
        #expect(machine.serverFinishes(first) == [.receiver(1, .failed(first))])
        #expect(machine.serverFinishes(nil) == [])
        #expect(machine.end(RPCError(.cancelled, "second")) == [])
        #expect(machine.clientReceives(waiter: 2) == .received(.failed(first), wakes: []))
    }

    @Test("a client that cancels does not get what was still queued")
    func cancelDropsResponses() {
        var machine = InProcessCallMachine(method: Methods.chat, queueLimitMessages: 1)
        #expect(machine.serverSends([1], waiter: 1) == .sent(wakes: []))
        #expect(machine.serverSends([2], waiter: 2) == .wait)
        let cancelled = RPCError(.cancelled, "by the client")
        #expect(machine.end(cancelled) == [.sender(2, .callIsOver)])
        #expect(machine.clientReceives(waiter: 3) == .received(.failed(cancelled), wakes: []))
        #expect(machine.serverSends([3], waiter: 4) == .failed(.callIsOver))
    }

    @Test("a request after finishSending is the client's own mistake and leaves the call open")
    func sendAfterEnd() {
        var machine = InProcessCallMachine(method: Methods.upload, queueLimitMessages: 1)
        #expect(machine.clientFinishedSending() == .wake([]))
        guard case .failed(let error, wakes: []) = machine.clientSends([1], waiter: 1) else {
            Issue.record("the request was taken")
            return
        }
        #expect(error.code == .internal)
        #expect(!machine.isOver)
    }
}
