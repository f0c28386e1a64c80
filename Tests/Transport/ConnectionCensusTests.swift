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
        return (id, census.establish(id, name, now, configuration))
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
        #expect(census.establish(1, "a", now, configuration) == nil)
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
        #expect(census.establish(5, "d", now, configuration) == nil)
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
        // It is told so and closed, and is nobody's connection meanwhile.
        #expect(census.connections == 2)
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
            if index % 2 == 0 { _ = census.establish(id, "\(index % 3)", now, configuration) }
            for _ in 0..<2 { census.close(id) }
            #expect(census.establish(id, "late", now, configuration) == nil)
            census.spoke(id)
        }
        #expect(census.connections == 0)
        #expect(census.handshakes == 0)
        for name in ["0", "0", "1", "1"] { #expect((try? establish(&census, name))?.1 == nil) }
    }

    @Test("one that may not stay is counted no more, and its address is not one that was here before")
    func turnedAway() {
        var census = ConnectionCensus()
        #expect(accept(&census, from: .ipv4(1)) == .admit(1, insteadOf: nil))
        census.turnAway(1)
        #expect(census.connections == 0)
        #expect(census.establish(1, "a", now, configuration) == nil)
        #expect(census.connections == 0)
    }
}

extension ConnectionCensus {
    /// Where nobody is idle, so that nobody gives way.
    fileprivate mutating func establish(
        _ id: UInt64, _ name: String, _ now: MonotonicInstant, _ configuration: ListenerConfiguration
    ) -> ConnectionError? {
        switch establish(id, Peer(identity: name), at: now, configuration) {
        case .admit: nil
        case .refuse(let error): error
        }
    }
}

@Suite("Who gives way when a server has as many connections as it may")
struct GivingWayTests {
    private static let configuration = ListenerConfiguration(
        host: "", port: 0, maximumConnections: 4, maximumConnectionsPerIdentity: 3, maximumHandshakes: 8)

    /// A server's connections, by the order in which they came, and since when each is idle: at the second of its coming,
    /// unless the test says otherwise.
    private struct Server {
        var configuration = GivingWayTests.configuration
        var census = ConnectionCensus()
        var idle: [UInt64: UInt64] = [:]
        /// Those to which a call comes at the very moment when somebody wants their place.
        var busyWhenTaken: Set<UInt64> = []

        enum Outcome: Equatable {
            case served(insteadOf: UInt64?)
            /// Before its handshake, or after it.
            case closed, refused
        }

        /// `name` of a process of the suite begins with a slash.
        mutating func arrive(_ name: String, at second: UInt64) -> Outcome {
            let now = MonotonicInstant(nanoseconds: second * 1_000_000_000)
            let idle = idle
            let idleSince = { (id: UInt64) in idle[id].map { MonotonicInstant(nanoseconds: $0 * 1_000_000_000) } }
            guard
                case .admit(let id, insteadOf: nil) = census.accept(
                    from: .other, at: now, configuration, idleSince: idleSince)
            else { return .closed }
            var taken: Set<UInt64> = []
            let outcome = census.establish(
                id, ConnectionCensus.Peer(identity: name, isService: name.hasPrefix("/")), at: now,
                configuration, idleSince: { taken.contains($0) ? nil : idleSince($0) },
                take: { busyWhenTaken.contains($0) ? !taken.insert($0).inserted : true })
            switch outcome {
            case .refuse: return .refused
            case .admit(insteadOf: let other):
                if let other { self.idle[other] = nil }
                self.idle[id] = second
                return .served(insteadOf: other)
            }
        }
    }

    private func server(_ names: String...) -> Server {
        var server = Server()
        for (index, name) in names.enumerated() {
            #expect(server.arrive(name, at: UInt64(index + 1)) == .served(insteadOf: nil))
        }
        return server
    }

    @Test("of the identity with most connections the one goes that was idle for longest")
    func heaviest() {
        var server = server("b", "a", "a", "a")
        server.idle[3] = 1
        #expect(server.arrive("c", at: 10) == .served(insteadOf: 3))
        #expect(server.census.connections == 4)
        // Of a and b and c none has more than the others' two and one.
        #expect(server.arrive("d", at: 11) == .served(insteadOf: 2))
        // All have one now: whose it is does not matter any more.
        server.idle[4] = 100
        #expect(server.arrive("e", at: 12) == .served(insteadOf: 1))
    }

    @Test("one with open calls never goes, and when all have some the newcomer is refused as ever")
    func busy() {
        var server = server("a", "a", "a", "b")
        for id in [UInt64(1), 2, 3] { server.idle[id] = nil }
        #expect(server.arrive("c", at: 10) == .served(insteadOf: 4))
        server.idle = [:]
        #expect(server.arrive("d", at: 11) == .closed)
        #expect(server.census.connections == 4)
    }

    @Test("one that gets a call at that moment stays, and another goes; if there is none the newcomer is told")
    func race() {
        var server = server("a", "a", "b", "c")
        server.busyWhenTaken = [1]
        #expect(server.arrive("d", at: 10) == .served(insteadOf: 2))
        server.busyWhenTaken = [1, 3, 4, 5]
        #expect(server.arrive("e", at: 11) == .refused)
        #expect(server.census.connections == 4)
    }

    @Test("strangers go before the suite's own, and for them; never the suite's own for a stranger")
    func suite() {
        var server = server("/gateway", "/gateway", "/gateway", "a")
        #expect(server.arrive("b", at: 10) == .served(insteadOf: 4))
        #expect(server.arrive("/other", at: 11) == .served(insteadOf: 5))
        #expect(server.arrive("c", at: 12) == .refused)
        #expect(server.arrive("/third", at: 13) == .served(insteadOf: 1))
        // Also when it has many, and each stranger one.
        var strangers = self.server("/gateway", "/gateway", "a", "b")
        #expect(strangers.arrive("/gateway", at: 10) == .served(insteadOf: 3))
    }

    @Test("who has most connections gets no place of those who have fewer")
    func greed() {
        var server = server("a", "a", "b", "c")
        for id in [UInt64(1), 2] { server.idle[id] = nil }
        #expect(server.arrive("a", at: 10) == .refused)
        server.idle[2] = 9
        #expect(server.arrive("a", at: 11) == .served(insteadOf: 2))
        // Who has no more than they does.
        #expect(server.arrive("d", at: 12) == .served(insteadOf: 6))
    }

    @Test("beyond its own number an identity's own idle connection goes, and nobody else's")
    func ownNumber() {
        var server = server("b", "a", "a", "a")
        server.idle[2] = 9
        #expect(server.arrive("a", at: 10) == .served(insteadOf: 3))
        for id: UInt64 in [2, 4, 5] { server.idle[id] = nil }
        #expect(server.arrive("a", at: 11) == .refused)
        #expect(server.census.connections == 4)
        // Also where there is room for others.
        server.census.close(1)
        #expect(server.arrive("a", at: 12) == .refused)
    }

    @Test("no stranger has all places, whatever its own number and with calls on each; a process of the suite may")
    func share() {
        var server = Server()
        server.configuration.maximumConnectionsPerIdentity = 1_000
        for second in 1...3 as ClosedRange<UInt64> {
            #expect(server.arrive("a", at: second) == .served(insteadOf: nil))
        }
        server.idle = [:]
        #expect(server.arrive("a", at: 4) == .refused)
        #expect(server.arrive("b", at: 5) == .served(insteadOf: nil))
        var suite = Server(configuration: server.configuration)
        for second in 1...4 as ClosedRange<UInt64> {
            #expect(suite.arrive("/gateway", at: second) == .served(insteadOf: nil))
        }
    }

    @Test("at the bound some may show who they are, and no more; where nobody is idle, none")
    func newcomers() {
        let server = server("a", "a", "b", "c")
        var census = server.census
        let now = MonotonicInstant(nanoseconds: 20_000_000_000)
        var configuration = Self.configuration
        configuration.maximumHandshakes = 100
        let idleSince = { (_: UInt64) in MonotonicInstant?.some(now) }
        for number in 0..<configuration.newcomersAtTheBound {
            guard
                case .admit(let id, insteadOf: nil) = census.accept(
                    from: .ipv4(1), at: now, configuration, idleSince: idleSince)
            else {
                Issue.record("refused at \(number)")
                return
            }
            census.spoke(id)
        }
        guard case .refuse(let refusal) = census.accept(from: .ipv4(1), at: now, configuration, idleSince: idleSince)
        else {
            Issue.record("one too many")
            return
        }
        #expect(refusal.cause == "connections")
        var other = server.census
        let busy = other.accept(from: .ipv4(1), at: now, configuration)
        guard case .refuse = busy else {
            Issue.record("nobody gives way")
            return
        }
        // Who is idle is not looked for at each, since there may be thousands.
        let soon = now.advanced(byMicroseconds: 9_999)
        #expect(other.accept(from: .ipv4(1), at: soon, configuration, idleSince: idleSince) == busy)
        let later = now.advanced(byMicroseconds: 10_000)
        guard case .admit = other.accept(from: .ipv4(1), at: later, configuration, idleSince: idleSince) else {
            Issue.record("somebody gives way")
            return
        }
    }
}

@Suite("Whether a connection is in use")
struct ConnectionUseTests {
    private func at(_ seconds: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test("it is idle until a call is open, and again when none is")
    func idle() {
        let use = ConnectionUse(idleSince: at(1))
        #expect(use.idleSince == at(1))
        // Nothing has begun.
        use.end(at: at(2))
        #expect(use.idleSince == at(1))
        #expect(use.begin())
        #expect(use.idleSince == nil)
        #expect(!use.take())
        use.end(at: at(3))
        #expect(use.idleSince == at(3))
    }

    @Test("one that was taken is never in use again, and is taken once")
    func taken() {
        let use = ConnectionUse(idleSince: at(0))
        #expect(use.take())
        #expect(!use.take())
        #expect(!use.begin())
        use.end(at: at(2))
        #expect(use.idleSince == nil)
        #expect(!use.begin())
    }
}
