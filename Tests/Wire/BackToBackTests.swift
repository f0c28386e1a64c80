import TestRandom
import Testing

@testable import Wire

/// Two honest peers never stall and never err, however the network and the handlers mix their steps.
@Suite("Client and server machine back to back")
struct BackToBackTests {
    private static func limits(stream: UInt32, connection: UInt32) -> ConnectionLimits {
        ConnectionLimits(concurrentStreams: 6, streamCreditBytes: stream, connectionCreditBytes: connection)
    }

    static let windows: [(stream: UInt32, connection: UInt32)] = [
        (1, 1), (1, 100), (100, 1), (2, 3), (50, 70), (1_000, 400), (65_536, 1_048_576),
    ]

    private func randomMessages(_ generator: inout SplitMix) -> [Int] {
        (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            Bool.random(using: &generator)
                ? Int.random(in: 0...3, using: &generator) : Int.random(in: 0...700, using: &generator)
        }
    }

    /// One random step of one of the two owners or of the network. Calls are ended early only if `endsEarly`, and wait for
    /// others only if `waits`.
    private func step(_ pair: inout BackToBack, _ generator: inout SplitMix, endsEarly: Bool, waits: Bool) {
        // Six may be open at once: mostly one of these, sometimes one that is over.
        let clientCall = 2 * Int.random(in: max(1, pair.opened - 8)...max(1, pair.opened), using: &generator) - 1
        let serverCall = 2 * Int.random(in: max(1, pair.opened - 8)...max(1, pair.opened), using: &generator) - 1
        if waits, Int.random(in: 0..<10, using: &generator) == 0 { pair.serverWaits(UInt32(serverCall)) }
        step(&pair, &generator, UInt32(clientCall), UInt32(serverCall), endsEarly: endsEarly)
    }

    private func step(
        _ pair: inout BackToBack, _ generator: inout SplitMix, _ clientCall: UInt32, _ serverCall: UInt32,
        endsEarly: Bool
    ) {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0..<3: _ = pair.open(randomMessages(&generator), answers: randomMessages(&generator))
        case 3..<10: _ = pair.clientSends(clientCall, upTo: Int.random(in: 1...64, using: &generator))
        case 10..<17: _ = pair.serverSends(serverCall, upTo: Int.random(in: 1...64, using: &generator))
        case 17..<24: _ = pair.deliverToServer()
        case 24..<31: _ = pair.deliverToClient()
        case 31..<35:
            guard let bytes = pair.clientSides[clientCall]?.unconsumedBytes, bytes > 0 else { return }
            pair.clientConsumes(clientCall, Int.random(in: 1...bytes, using: &generator))
        case 35..<39:
            guard let bytes = pair.serverSides[serverCall]?.unconsumedBytes, bytes > 0 else { return }
            pair.serverConsumes(serverCall, Int.random(in: 1...bytes, using: &generator))
        default:
            guard endsEarly else { return }
            if Bool.random(using: &generator) { pair.clientCancels(clientCall) } else { pair.serverFails(serverCall) }
        }
    }

    private func run(
        _ windows: (stream: UInt32, connection: UInt32), seed: UInt64, endsEarly: Bool, waits: Bool = false
    ) -> BackToBack {
        var generator = SplitMix(seed: seed)
        let limits = Self.limits(stream: windows.stream, connection: windows.connection)
        var pair = BackToBack(clientLimits: limits, serverLimits: limits)
        for _ in 0..<2_500 where pair.faults.isEmpty {
            step(&pair, &generator, endsEarly: endsEarly, waits: waits)
        }
        pair.settle()
        return pair
    }

    @Test("every call ends OK with every byte, whatever the order of steps", arguments: 0..<windows.count)
    func nothingStalls(windows: Int) {
        for seed: UInt64 in 100..<103 {
            let pair = run(Self.windows[windows], seed: seed, endsEarly: false)
            #expect(pair.faults.isEmpty)
            #expect(pair.client.openCalls == 0)
            #expect(pair.server.openCalls == 0)
            for (id, side) in pair.clientSides where pair.statuses[id] == .ok {
                #expect(side.receivedMessages == pair.answers[id]?.count)
                #expect(side.receivedBytes == pair.answers[id]?.reduce(0, +))
            }
            #expect(pair.statuses.values.allSatisfy { $0 == .ok })
            #expect(pair.refusals == 0)
        }
    }

    @Test("calls given up on either side cost the connection no credit", arguments: 0..<windows.count)
    func creditIsConserved(windows: Int) {
        for seed: UInt64 in 200..<203 {
            var pair = run(Self.windows[windows], seed: seed, endsEarly: true)
            #expect(pair.faults.isEmpty)
            #expect(pair.client.openCalls == 0)
            #expect(pair.server.openCalls == 0)
            // All but less than half of each connection window must be there again: a new call moves more than both.
            let bytes = 3 * Int(min(Self.windows[windows].connection, 10_000))
            guard let id = pair.open([bytes], answers: [bytes]) else {
                Issue.record("no slot is free")
                return
            }
            pair.settle()
            #expect(pair.faults.isEmpty)
            #expect(pair.statuses[id] == .ok)
            #expect(pair.clientSides[id]?.receivedBytes == bytes)
        }
    }

    @Test(
        "calls that wait for others count on neither side, and none is refused, however the frames cross",
        arguments: 0..<windows.count)
    func waitingCalls(windows: Int) {
        var said = 0, heard = 0
        for seed: UInt64 in 300..<303 {
            let pair = run(Self.windows[windows], seed: seed, endsEarly: true, waits: true)
            #expect(pair.faults.isEmpty)
            #expect(pair.refusals == 0)
            #expect(pair.client.openCalls == 0)
            #expect(pair.server.openCalls == 0)
            #expect(pair.client.hasFreeSlot)
            #expect(!pair.server.isFull)
            said += pair.waits.said
            heard += pair.waits.heard
        }
        #expect(heard > 0)
        #expect(said >= heard)
    }

    @Test("an answer of 300 KB arrives in frames of five bytes, to the byte")
    func smallFrames() throws {
        let limits = ConnectionLimits()
        var pair = BackToBack(clientLimits: limits, serverLimits: limits)
        let opened = pair.open([1], answers: [300_000])
        let id = try #require(opened)
        while pair.statuses[id] == nil, pair.faults.isEmpty {
            _ = pair.deliverToServer()
            _ = pair.serverSends(id, upTo: 5)
            _ = pair.deliverToClient()
            if let bytes = pair.clientSides[id]?.unconsumedBytes, bytes > 0 { pair.clientConsumes(id, bytes) }
        }
        #expect(pair.faults.isEmpty)
        #expect(pair.statuses[id] == .ok)
        #expect(pair.clientSides[id]?.receivedBytes == 300_000)
        #expect(pair.clientSides[id]?.receivedMessages == 1)
    }

    @Test("a client at a limit of one call makes ten in turn and none is refused")
    func oneAtATime() {
        var limits = ConnectionLimits()
        limits.concurrentStreams = 1
        var pair = BackToBack(clientLimits: limits, serverLimits: limits)
        for _ in 0..<10 {
            let first = pair.open([10], answers: [20]), second = pair.open([10], answers: [20])
            #expect(first != nil)
            #expect(second == nil)
            pair.settle()
        }
        #expect(pair.refusals == 0)
        #expect(pair.statuses.count == 10)
        #expect(pair.statuses.values.allSatisfy { $0 == .ok })
    }
}
