import NIOCore
import Testing

@testable import Admin

@Suite("The connections of the admin port")
struct AdminConnectionsTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .seconds(seconds) }

    /// As many as may be, opened one a second from 1 on; none has asked.
    private func full() -> AdminConnections {
        var connections = AdminConnections()
        for number in 1...AdminConnections.most {
            #expect(connections.opened(at: at(Int64(number))) == .keep(UInt64(number), closing: nil))
        }
        return connections
    }

    @Test("beyond the limit one that was answered goes first, the one that was so longest ago")
    func answered() {
        var connections = full()
        for id: UInt64 in [1, 40, 7] {
            connections.asked(id, at: at(70))
            connections.sent(id, at: at(70))
        }
        connections.answered(40, at: at(71))
        connections.answered(1, at: at(72))
        #expect(connections.opened(at: at(73)) == .keep(65, closing: 40))
        #expect(connections.opened(at: at(73)) == .keep(66, closing: 1))
        #expect(connections.count == AdminConnections.most)
        // Of those that never asked the oldest; 7 is being answered.
        #expect(connections.opened(at: at(73)) == .keep(67, closing: 2))
    }

    @Test("one that asks again is being answered again")
    func askedAgain() {
        var connections = full()
        connections.asked(3, at: at(70))
        connections.answered(3, at: at(71))
        connections.asked(3, at: at(72))
        #expect(connections.opened(at: at(73)) == .keep(65, closing: 1))
    }

    @Test("one that is being answered never goes: while all are, nobody else is let in, unless an answer does not move")
    func answering() {
        var connections = full()
        for id in 1...UInt64(AdminConnections.most) { connections.asked(id, at: at(70)) }
        #expect(connections.opened(at: at(74)) == .refuse)
        #expect(connections.count == AdminConnections.most)
        // Asking more is no progress, a byte is.
        for id in 1...UInt64(AdminConnections.most) { connections.asked(id, at: at(74)) }
        for id in 2...UInt64(AdminConnections.most) { connections.sent(id, at: at(74)) }
        #expect(connections.opened(at: at(75)) == .keep(65, closing: 1))
        #expect(connections.opened(at: at(75)) == .keep(66, closing: 65))
    }

    @Test("one to which nothing goes for half a minute is closed, from its opening or its last bytes on")
    func review() {
        var connections = AdminConnections()
        #expect(connections.opened(at: at(0)) == .keep(1, closing: nil))
        #expect(connections.review(1, at: at(0)) == .look(at(30)))
        #expect(connections.review(1, at: at(29)) == .look(at(30)))
        #expect(connections.review(1, at: at(30)) == .close)
        connections.sent(1, at: at(10))
        #expect(connections.review(1, at: at(30)) == .look(at(40)))
        connections.closed(1)
        #expect(connections.review(1, at: at(30)) == .nothing)
        connections.sent(1, at: at(50))
        connections.asked(1, at: at(50))
        connections.answered(1, at: at(50))
        #expect(connections.count == 0)
    }

    @Test("a closed one makes room, and closing it twice makes no more")
    func closed() {
        var connections = full()
        for _ in 0..<2 { connections.closed(7) }
        #expect(connections.opened(at: at(80)) == .keep(65, closing: nil))
        #expect(connections.opened(at: at(80)) == .keep(66, closing: 1))
    }

    @Test("a process that may open few files has fewer")
    func few() {
        var connections = AdminConnections(limit: 1)
        #expect(connections.opened(at: at(0)) == .keep(1, closing: nil))
        #expect(connections.opened(at: at(0)) == .keep(2, closing: 1))
    }
}
