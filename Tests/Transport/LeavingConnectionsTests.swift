import TestRandom
import Testing
import Wire

@testable import Transport

@Suite("Connections that take their leave")
struct LeavingConnectionsTests {
    @Test("the one that began first is cut first, and one that is cut is counted until it is closed")
    func order() {
        var leaving = LeavingConnections()
        for id: UInt64 in [7, 3, 5, 3] { leaving.began(id) }
        #expect(leaving.count == 3)
        leaving.closed(7)
        #expect(leaving.cutOldest() == 3)
        #expect(leaving.count == 2)
        leaving.closed(3)
        #expect(leaving.cutOldest() == 5)
        #expect(leaving.cutOldest() == nil)
        #expect(leaving.count == 1)
        for _ in 0..<2 { leaving.closed(5) }
        #expect(leaving.count == 0)
    }

    /// A server with few descriptors, and what its census has it do. Descriptors are counted here by what is closed.
    private struct Walk {
        static let configuration = {
            var configuration = ListenerConfiguration(
                host: "", port: 0, maximumConnections: 12, maximumConnectionsPerIdentity: 6, maximumHandshakes: 100)
            configuration.newcomersAtTheBound = 3
            configuration.maximumSockets = 15
            return configuration
        }()

        private var random: SplitMix
        private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        private(set) var census = ConnectionCensus()
        /// Each has a descriptor.
        private(set) var open: Set<UInt64> = []
        private var shaking: [UInt64] = []
        private var idle: [UInt64: MonotonicInstant] = [:]
        /// Told to go, and in no hurry.
        private var lingering: [UInt64] = []
        /// Closed as soon as their loop comes to it.
        private var closing: [UInt64] = []
        private(set) var mostOpen = 0
        private(set) var cut = 0

        init(seed: UInt64) {
            random = SplitMix(seed: seed)
        }

        private func idleSince(_ idle: [UInt64: MonotonicInstant]) -> (UInt64) -> MonotonicInstant? {
            { idle[$0] }
        }

        mutating func step() throws {
            now = now.advanced(byMicroseconds: UInt64.random(in: 1_000...50_000, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: try arrive()
            case 4..<7: establish()
            case 7: if let id = lingering.popRandom(&random) { close(id) }
            case 8: while let id = closing.popLast() { close(id) }
            default: if let id = open.sorted().randomElement(using: &random) { close(id) }
            }
            #expect(census.sockets == open.count)
            mostOpen = max(mostOpen, open.count)
        }

        private mutating func arrive() throws {
            let configuration = Self.configuration
            let isRoom = open.count - ListenerConfiguration.burst < configuration.maximumSockets
            switch census.accept(from: .ipv4(1), at: now, configuration, idleSince: idleSince(idle)) {
            case .admit(let id, insteadOf: let other):
                #expect(isRoom)
                open.insert(id)
                shaking.append(id)
                census.spoke(id)
                if let other { closing.append(other) }
            case .refuse: break
            }
            let isScarce = open.count > configuration.maximumSockets
            let cut = census.cutShort(configuration)
            // While anybody lingers somebody is cut for each newcomer.
            #expect((cut != nil) == (isScarce && !lingering.isEmpty))
            guard let cut else { return }
            let index = try #require(lingering.firstIndex(of: cut))
            lingering.remove(at: index)
            closing.append(cut)
            self.cut += 1
        }

        private mutating func establish() {
            guard let id = shaking.popRandom(&random) else { return }
            // Its handshake is over before its loop hears that it gave way: it does not.
            closing.removeAll { $0 == id }
            let name = ["a", "b", "c", "/gateway"].randomElement(using: &random) ?? ""
            let peer = ConnectionCensus.Peer(identity: name, isService: name.hasPrefix("/"))
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                census.turnAway(id)
                lingering.append(id)
            default:
                let action = census.establish(id, peer, at: now, Self.configuration, idleSince: idleSince(idle)) { _ in
                    true
                }
                switch action {
                case .admit(insteadOf: let other):
                    if let other {
                        idle[other] = nil
                        lingering.append(other)
                    }
                    if Bool.random(using: &random) { idle[id] = now }
                case .refuse: lingering.append(id)
                }
            }
        }

        private mutating func close(_ id: UInt64) {
            census.close(id)
            open.remove(id)
            idle[id] = nil
            shaking.removeAll { $0 == id }
            lingering.removeAll { $0 == id }
            closing.removeAll { $0 == id }
        }

        mutating func closeAll() {
            for id in open { close(id) }
        }
    }

    @Test(
        "whatever comes and goes, there are no more descriptors than planned, and nobody lingers at a newcomer's cost")
    func walk() throws {
        var cut = 0
        for seed in 0..<100 as Range<UInt64> {
            var walk = Walk(seed: seed)
            for _ in 0..<500 { try walk.step() }
            #expect(walk.mostOpen <= Walk.configuration.maximumSockets + ListenerConfiguration.burst)
            cut += walk.cut
            walk.closeAll()
            #expect(walk.census.sockets == 0)
            #expect(walk.census.connections == 0)
        }
        #expect(cut > 100)
    }
}

extension Array {
    fileprivate mutating func popRandom(_ random: inout SplitMix) -> Element? {
        isEmpty ? nil : remove(at: Int.random(in: 0..<count, using: &random))
    }
}
