import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 22: peers that send what costs them nothing. What it does to their neighbours' times is measured by the
/// benchmark.
extension Cases {
    enum Flood: CaseIterable, Sendable {
        case openAndReset, ping, emptyData, tinyCredits

        /// Frames before the flood.
        var opening: [RawFrame] {
            switch self {
            case .openAndReset, .ping: []
            case .emptyData, .tinyCredits: [.call(1, Method.input, flags: [])]
            }
        }

        /// The flood's `number`th thousand of frames.
        func frames(_ number: Int) -> [RawFrame] {
            (0..<1_000).flatMap { index -> [RawFrame] in
                switch self {
                case .openAndReset:
                    let stream = UInt32((number * 1_000 + index) * 2 + 1)
                    return [.call(stream, Method.input, flags: []), .reset(stream)]
                case .ping: return [RawFrame(.ping, [UInt8](repeating: 1, count: 8))]
                case .emptyData: return [.data(1, [])]
                case .tinyCredits: return [.credit(1, 1)]
                }
            }
        }
    }

    @Test(
        "22. who floods is cut with EXCESSIVE_LOAD, and the neighbour on another connection sees nothing",
        arguments: Path.allCases, Flood.allCases)
    func case22Flood(_ path: Path, _ flood: Flood) async throws {
        // Lower than any machine is slow.
        var rules = ConnectionRules()
        for kind in FloodKind.allCases { rules.flood[kind] = 200 }
        let (bench, service) = try await GatewayBench.watched(rules: rules)
        let neighbour = try await Companion(try await bench.client(path))
        let offender = try await bench.peer(path)
        await offender.greet()
        await offender.send(bytes: flood.opening.bytes)
        async let last = offender.framesUntilEnd().last
        // Far more than anybody may send; what is sent after the end goes nowhere.
        for number in 0..<20 {
            await offender.send(bytes: flood.frames(number).bytes)
            if number % 5 == 0 { try await neighbour.expectAnswer() }
        }
        await offender.end(.closeNotify)
        let goAway = await last?.goAway
        #expect(goAway?.error.code == .excessiveLoad)
        try await neighbour.expectAnswer()
        // Its calls are over at the service, too: only the neighbour's is open.
        await service.until { $0.ended == $0.begun - 1 }
        await bench.stop()
    }
}
