import Foundation
import Synchronization
import Testing
import Wire

@testable import Transport

@Suite("Accepting, pausing and accepting again")
struct AcceptGateTests {
    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
    }

    @Test("while there is room everybody is accepted; without it nobody, and it is said once")
    func room() {
        var gate = AcceptGate()
        #expect(gate.requested(hasRoom: true) == .accept)
        #expect(gate.requested(hasRoom: true) == .accept)
        #expect(gate.cause == nil)
        #expect(gate.requested(hasRoom: false) == .hold(begins: .sockets))
        #expect(gate.cause == .sockets)
        #expect(gate.requested(hasRoom: false) == .hold(begins: nil))
        // Room that nobody told of is none.
        #expect(gate.requested(hasRoom: true) == .hold(begins: nil))
        #expect(gate.roomMade() == .accept(asks: true))
        #expect(gate.roomMade() == .ignore)
        #expect(gate.requested(hasRoom: true) == .accept)
    }

    @Test("what the system refuses is asked again after a pause, said once, and whatever the reason by then")
    func refused() {
        var gate = AcceptGate()
        #expect(gate.refused(.processDescriptors, at: at(0)) == .pause(until: at(250), begins: .processDescriptors))
        #expect(gate.requested(hasRoom: true) == .hold(begins: nil))
        // Another connection's room is no memory of the system's.
        #expect(gate.roomMade() == .ignore)
        #expect(gate.pauseOver(at: at(249)) == .ignore)
        #expect(gate.refused(.memory, at: at(100)) == .pause(until: at(350), begins: nil))
        #expect(gate.cause == .memory)
        #expect(gate.pauseOver(at: at(250)) == .ignore)
        #expect(gate.pauseOver(at: at(350)) == .accept(asks: true))
        #expect(gate.pauseOver(at: at(600)) == .ignore)
        #expect(gate.cause == nil)
    }

    @Test("a pause may end with no room, and then waits for it")
    func refusedThenFull() {
        var gate = AcceptGate()
        _ = gate.refused(.systemDescriptors, at: at(0))
        #expect(gate.pauseOver(at: at(250)) == .accept(asks: true))
        #expect(gate.requested(hasRoom: false) == .hold(begins: .sockets))
        #expect(gate.roomMade() == .accept(asks: true))
    }

    @Test("no more sockets are taken than there may be, and who waits for room hears of it once")
    func allowance() {
        let descriptors = DescriptorAllowance()
        descriptors.setLimit(2)
        let told = Mutex(0)
        #expect(descriptors.take())
        #expect(descriptors.hasRoom(1) { told.withLock { $0 += 1 } })
        #expect(descriptors.take())
        #expect(!descriptors.take())
        #expect(!descriptors.hasRoom(2) { told.withLock { $0 += 1 } })
        descriptors.giveBack()
        #expect(told.withLock { $0 } == 0)
        descriptors.giveBack()
        #expect(told.withLock { $0 } == 1)
        descriptors.takeOpened()
        descriptors.giveBack()
        #expect(told.withLock { $0 } == 1)
        #expect(descriptors.taken == 0)
    }

    @Test("errors of accept are told nobody else; each that is the system's own is a cause")
    func causes() {
        #expect(AcceptGate.Cause(errorNumber: EMFILE) == .processDescriptors)
        #expect(AcceptGate.Cause(errorNumber: ENFILE) == .systemDescriptors)
        #expect(AcceptGate.Cause(errorNumber: ENOBUFS) == .memory)
        #expect(AcceptGate.Cause(errorNumber: ENOMEM) == .memory)
        for other in [ECONNABORTED, EPROTO, EPERM, EINTR] { #expect(AcceptGate.Cause(errorNumber: other) == nil) }
    }
}
