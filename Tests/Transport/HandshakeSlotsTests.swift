import NIOCore
import Testing
import Wire

@testable import Transport

@Suite("Slots for handshakes")
struct HandshakeSlotsTests {
    private let a = PeerNetwork.ipv4(0x0a00_0001)
    private let b = PeerNetwork.ipv4(0x0a00_0002)

    private static func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 5_000_000_000 + milliseconds * 1_000_000)
    }

    /// Slots under test, with limits of 4 and 2, and an id for each arrival.
    private struct Bench {
        var slots = HandshakeSlots()
        private var next: UInt64 = 0

        mutating func arrive(
            _ network: PeerNetwork, _ milliseconds: UInt64 = 0, limit: Int = 4, perNetwork: Int = 2
        ) -> HandshakeSlots.OnArrival {
            next += 1
            return slots.arrived(
                next, from: network, at: HandshakeSlotsTests.at(milliseconds), limit: limit, limitPerNetwork: perNetwork
            )
        }

        /// A handshake of this network that succeeds.
        mutating func serve(_ network: PeerNetwork, _ milliseconds: UInt64 = 0) {
            #expect(arrive(network, milliseconds) == .take)
            slots.completed(next, at: HandshakeSlotsTests.at(milliseconds))
        }
    }

    @Test("the oldest that has said nothing gives way, of the same network when that has its share")
    func oldestSilent() {
        var bench = Bench()
        #expect(bench.arrive(a) == .take)  // 1
        #expect(bench.arrive(b) == .take)  // 2
        #expect(bench.arrive(b) == .take)  // 3
        #expect(bench.arrive(b) == .takeInsteadOf(2))  // 4
        #expect(bench.arrive(b) == .takeInsteadOf(3))
        #expect(bench.arrive(a) == .take)
        #expect(bench.arrive(.other) == .takeInsteadOf(1))
        #expect(bench.slots.count == 4)
    }

    @Test("one that has begun keeps its slot for a second, and no longer")
    func fairTime() {
        var bench = Bench()
        for id in 1...2 as ClosedRange<UInt64> {
            #expect(bench.arrive(a) == .take)
            bench.slots.spoke(id)
        }
        #expect(bench.arrive(a, 999) == .refuseNetwork(count: 2))
        for id in [UInt64(4), 5] {
            #expect(bench.arrive(b) == .take)
            bench.slots.spoke(id)
        }
        #expect(bench.arrive(.other, 999) == .refuse(count: 4))
        #expect(bench.arrive(.other, 1000) == .takeInsteadOf(1))
    }

    @Test("who was here before comes before who was not, whatever that one has said; and not the other way round")
    func knownFirst() {
        var bench = Bench()
        bench.serve(a)  // 1
        for id in 2...5 as ClosedRange<UInt64> {
            #expect(bench.arrive(id < 4 ? b : .other) == .take)
            bench.slots.spoke(id)
        }
        #expect(bench.arrive(a) == .takeInsteadOf(2))  // 6
        #expect(bench.arrive(a) == .takeInsteadOf(3))  // 7
        // Both have said nothing yet, and are known.
        #expect(bench.arrive(b) == .refuse(count: 4))
        #expect(bench.arrive(a) == .takeInsteadOf(6))
        #expect(bench.arrive(b, 1000) == .takeInsteadOf(4))
    }

    @Test("one that has said nothing gives way before one that has begun")
    func silentBeforeSpeaking() {
        var bench = Bench()
        bench.serve(a)  // 1
        #expect(bench.arrive(b) == .take)  // 2
        bench.slots.spoke(2)
        #expect(bench.arrive(b) == .take)  // 3
        #expect(bench.arrive(.other) == .take)
        #expect(bench.arrive(.other) == .take)
        #expect(bench.arrive(a) == .takeInsteadOf(3))
    }

    @Test("an hour later nobody is known any more, and of too many networks the oldest is forgotten")
    func memory() {
        var bench = Bench()
        bench.serve(a)
        bench.serve(b, 3_600_000)
        for id in 3...6 as ClosedRange<UInt64> {
            #expect(bench.arrive(.ipv4(UInt32(id)), 3_600_000) == .take)
            bench.slots.spoke(id)
        }
        #expect(bench.arrive(a, 3_600_000) == .refuse(count: 4))
        #expect(bench.arrive(b, 3_600_000) == .takeInsteadOf(3))

        var crowd = Bench()
        crowd.serve(a)
        for number in 0..<UInt32(HandshakeSlots.rememberedNetworks) { crowd.serve(.ipv4(number), 1) }
        let begun = UInt64(HandshakeSlots.rememberedNetworks) + 2
        for id in begun..<begun + 4 {
            #expect(crowd.arrive(.ipv4(.max - UInt32(id)), 2) == .take)
            crowd.slots.spoke(id)
        }
        #expect(crowd.arrive(a, 2) == .refuse(count: 4))
        #expect(crowd.arrive(.ipv4(7), 2) == .takeInsteadOf(begun))
    }

    @Test("whoever is gone or done is counted no more, and a second word of it changes nothing")
    func gone() {
        var bench = Bench()
        #expect(bench.arrive(a) == .take)
        #expect(bench.arrive(a) == .take)
        for _ in 0..<2 {
            bench.slots.gone(1)
            bench.slots.completed(2, at: Self.at(0))
            bench.slots.spoke(1)
            bench.slots.gone(99)
        }
        #expect(bench.slots.count == 0)
        #expect(bench.arrive(a) == .take)
        #expect(bench.arrive(a) == .take)
        #expect(bench.arrive(a) == .takeInsteadOf(3))
        // The one that gave way closes later.
        bench.slots.gone(3)
        #expect(bench.slots.count == 2)
    }

    @Test("an address of IPv6 counts as its network, and one that stands for an IPv4 address as that")
    func networks() {
        #expect(PeerNetwork.ipv6(high: 1, low: 2) == .ipv6(high: 1, low: 3))
        #expect(PeerNetwork.ipv6(high: 1, low: 2) != .ipv6(high: 2, low: 2))
        #expect(PeerNetwork.ipv6(high: 0, low: 0xffff_0a00_0001) == a)
        #expect(PeerNetwork.ipv6(high: 0, low: 1) != .ipv4(1))
    }

    @Test("an address is read as its socket has it")
    func socketAddresses() throws {
        #expect(PeerNetwork(try SocketAddress(ipAddress: "10.0.0.1", port: 7)) == a)
        #expect(PeerNetwork(try SocketAddress(ipAddress: "::ffff:10.0.0.1", port: 7)) == a)
        #expect(
            PeerNetwork(try SocketAddress(ipAddress: "2001:db8:1:2:3:4:5:6", port: 7))
                == .ipv6(high: 0x2001_0db8_0001_0002, low: 0))
        #expect(PeerNetwork(try SocketAddress(unixDomainSocketPath: "/x")) == .other)
        #expect(PeerNetwork(nil) == .other)
    }

    @Test("whatever happens, no limit is passed and the counts agree")
    func random() {
        var generator = SystemRandomNumberGenerator()
        var bench = Bench()
        var now: UInt64 = 0
        for id in 1...20_000 as ClosedRange<UInt64> {
            now += .random(in: 0...300, using: &generator)
            _ = bench.arrive(.ipv4(.random(in: 0..<5, using: &generator)), now, limit: 8, perNetwork: 3)
            let other = UInt64.random(in: (id > 12 ? id - 12 : 1)...id, using: &generator)
            switch UInt8.random(in: 0..<4, using: &generator) {
            case 0: bench.slots.spoke(other)
            case 1: bench.slots.completed(other, at: Self.at(now))
            case 2: bench.slots.gone(other)
            default: break
            }
            #expect(bench.slots.count <= 8)
        }
        for id in 0...20_000 as ClosedRange<UInt64> { bench.slots.gone(id) }
        #expect(bench.slots.count == 0)
    }
}
