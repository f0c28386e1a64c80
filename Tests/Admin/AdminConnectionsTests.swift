import NIOCore
import Testing

@testable import Admin

@Suite("The connections of the admin port")
struct AdminConnectionsTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000) + .seconds(seconds) }

    private func full() -> AdminConnections {
        var connections = AdminConnections()
        for number in 1...AdminConnections.most {
            #expect(connections.opened(at: at(Int64(number))) == (UInt64(number), nil))
        }
        return connections
    }

    @Test("beyond the limit the oldest that was never answered goes")
    func silent() {
        var connections = full()
        connections.sent(1, at: at(70))
        #expect(connections.opened(at: at(80)) == (65, 2))
        #expect(connections.opened(at: at(80)) == (66, 3))
        #expect(connections.count == AdminConnections.most)
    }

    @Test("when all were answered, the one goes that was so longest ago")
    func answered() {
        var connections = full()
        for number in 1...UInt64(AdminConnections.most) { connections.sent(number, at: at(100 - Int64(number))) }
        #expect(connections.opened(at: at(200)) == (65, 64))
        // Never answered as yet.
        #expect(connections.opened(at: at(200)) == (66, 65))
    }

    @Test("one to which nothing goes for half a minute is closed, from its opening or its last bytes on")
    func review() {
        var connections = AdminConnections()
        let (id, _) = connections.opened(at: at(0))
        #expect(connections.review(id, at: at(0)) == .look(at(30)))
        #expect(connections.review(id, at: at(29)) == .look(at(30)))
        #expect(connections.review(id, at: at(30)) == .close)
        connections.sent(id, at: at(10))
        #expect(connections.review(id, at: at(30)) == .look(at(40)))
        connections.closed(id)
        #expect(connections.review(id, at: at(30)) == .nothing)
        connections.sent(id, at: at(50))
        #expect(connections.count == 0)
    }

    @Test("a closed one makes room, and closing it twice makes no more")
    func closed() {
        var connections = full()
        for _ in 0..<2 { connections.closed(7) }
        #expect(connections.opened(at: at(80)) == (65, nil))
        #expect(connections.opened(at: at(80)) == (66, 1))
    }
}
