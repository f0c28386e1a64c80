import Testing
import Wire

@testable import Transport

@Suite("Connections of a server, counted")
struct ConnectionCensusTests {
    private let configuration = ListenerConfiguration(
        host: "", port: 0, maximumConnections: 4, maximumConnectionsPerIdentity: 2, maximumHandshakes: 2)
    private let now = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func accept(
        _ census: inout ConnectionCensus, from network: PeerNetwork = .other
    ) -> ConnectionCensus.OnAccept {
        census.accept(from: network, at: now, configuration)
    }

    /// One that is let in, and says at once who it is.
    private func establish(_ census: inout ConnectionCensus, _ name: String) throws -> (UInt64, ConnectionError?) {
        guard case .admit(let id, insteadOf: nil) = accept(&census) else { throw Refused() }
        return (id, census.establish(id, name, at: now, configuration))
    }

    private struct Refused: Error {}

    private func cause(_ action: ConnectionCensus.OnAccept) -> String? {
        if case .refuse(let refusal) = action { refusal.cause } else { nil }
    }

    @Test("handshakes are bounded apart from connections, and a finished or broken one makes room")
    func handshakes() {
        var census = ConnectionCensus()
        // Of a network of its own, so that nobody else is known for its sake.
        #expect(accept(&census, from: .ipv4(1)) == .admit(1, insteadOf: nil))
        #expect(accept(&census) == .admit(2, insteadOf: nil))
        // They have begun.
        for id in [UInt64(1), 2] { census.spoke(id) }
        #expect(cause(accept(&census)) == "handshakes")
        #expect(census.establish(1, "a", at: now, configuration) == nil)
        #expect(accept(&census) == .admit(3, insteadOf: nil))
        census.spoke(3)
        #expect(cause(accept(&census)) == "handshakes")
        census.close(2)
        #expect(accept(&census) == .admit(4, insteadOf: nil))
        #expect(census.handshakes == 2)
        #expect(census.connections == 3)
    }

    @Test("one that gives way is counted no more, and its end changes nothing")
    func givesWay() {
        var census = ConnectionCensus()
        for _ in 0..<2 { _ = accept(&census) }
        #expect(accept(&census) == .admit(3, insteadOf: 1))
        #expect(accept(&census) == .admit(4, insteadOf: 2))
        #expect(census.handshakes == 2)
        #expect(census.connections == 2)
        census.close(1)
        census.close(2)
        #expect(census.handshakes == 2)
        #expect(census.connections == 2)
    }

    @Test("those who say nothing hold no connection against one who comes")
    func lastPlaces() throws {
        var census = ConnectionCensus()
        for name in ["a", "b", "c"] { _ = try establish(&census, name) }
        #expect(accept(&census) == .admit(4, insteadOf: nil))
        #expect(accept(&census) == .admit(5, insteadOf: 4))
        census.spoke(5)
        // Known, so that it is not only for being a stranger that it waits.
        #expect(cause(accept(&census)) == "connections")
        #expect(census.establish(5, "d", at: now, configuration) == nil)
        #expect(cause(accept(&census)) == "connections")
        #expect(census.connections == 4)
    }

    @Test("an address has its share of the handshakes")
    func addresses() {
        var configuration = configuration
        configuration.maximumHandshakesPerAddress = 1
        var census = ConnectionCensus()
        #expect(census.accept(from: .ipv4(1), at: now, configuration) == .admit(1, insteadOf: nil))
        census.spoke(1)
        #expect(cause(census.accept(from: .ipv4(1), at: now, configuration)) == "address_handshakes")
        #expect(census.accept(from: .ipv4(2), at: now, configuration) == .admit(2, insteadOf: nil))
        #expect(census.accept(from: .ipv4(2), at: now, configuration) == .admit(3, insteadOf: 2))
    }

    @Test("connections are bounded in all")
    func connections() throws {
        var census = ConnectionCensus()
        for name in ["a", "b", "c", "d"] { #expect(try establish(&census, name).1 == nil) }
        #expect(cause(accept(&census)) == "connections")
        census.close(2)
        #expect(accept(&census) == .admit(5, insteadOf: nil))
    }

    @Test("one identity's connections are bounded, and another's are none of them")
    func identities() throws {
        var census = ConnectionCensus()
        for _ in 0..<2 { #expect(try establish(&census, "a").1 == nil) }
        let (id, error) = try establish(&census, "a")
        #expect(error?.code == .excessiveLoad)
        #expect(error?.cause == "identity_connections")
        census.close(id)
        let (other, nothing) = try establish(&census, "b")
        #expect(nothing == nil)
        census.close(other)
        census.close(1)
        #expect(try establish(&census, "a").1 == nil)
    }

    @Test("when all are closed nothing is left, and what is said twice, or of nobody, changes nothing")
    func empty() {
        var census = ConnectionCensus()
        for index in 0..<100 {
            guard case .admit(let id, insteadOf: nil) = accept(&census) else {
                Issue.record("refused")
                return
            }
            if index % 2 == 0 { _ = census.establish(id, "\(index % 3)", at: now, configuration) }
            for _ in 0..<2 { census.close(id) }
            #expect(census.establish(id, "late", at: now, configuration) == nil)
            census.spoke(id)
        }
        #expect(census.connections == 0)
        #expect(census.handshakes == 0)
        for name in ["0", "0", "1", "1"] { #expect((try? establish(&census, name))?.1 == nil) }
    }
}
