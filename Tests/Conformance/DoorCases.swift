import Glibc
import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 33: peers that hold places, or work, at the door. Nobody else is kept out by them.
extension Cases {
    @Test("33. hundreds of connections that say nothing, or half a record, keep nobody out", arguments: Path.allCases)
    func case33SilentPeers(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched()
        let port = path == .direct ? bench.backendEndpoints[0].port : bench.gatewayEndpoint.port
        var silent: [Int32] = []
        defer { for descriptor in silent { close(descriptor) } }
        for index in 0..<400 {
            // One that is closed for another's sake may be closed before it has said its word.
            guard let descriptor = Loopback.connect(port: port) else { continue }
            silent.append(descriptor)
            if index % 4 == 0 { _ = send(descriptor, [0x16, 0x03] as [UInt8], 2, Int32(MSG_NOSIGNAL)) }
            if index % 100 == 99 {
                let client = TestingV1.TestServiceClient(try await bench.transport(path))
                #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
            }
        }
        await bench.stop()
    }

    /// Calls that are opened to be ended by the server.
    enum FaultyCall: CaseIterable, Sendable {
        case creditOfZero, tooMuchCredit, bytesAfterTheEnd, noTime

        func frames(_ stream: UInt32) -> [RawFrame] {
            switch self {
            case .creditOfZero: [.call(stream, Method.input, flags: []), .credit(stream, 0)]
            case .tooMuchCredit: [.call(stream, Method.input, flags: []), .credit(stream, .max)]
            case .bytesAfterTheEnd: [.call(stream, Method.input, flags: [.streamEnd]), .data(stream, [1])]
            case .noTime: [.call(stream, Method.input, flags: [], timeoutMicroseconds: 0)]
            }
        }
    }

    @Test(
        "33. calls that the server must end for their caller's fault are a flood like any other",
        arguments: Path.allCases, FaultyCall.allCases)
    func case33FaultyCalls(_ path: Path, _ faulty: FaultyCall) async throws {
        var rules = ConnectionRules()
        rules.flood[.resets] = 50
        let (bench, _) = try await GatewayBench.watched(rules: rules)
        let neighbour = try await Companion(try await bench.client(path))
        let offender = try await bench.peer(path)
        await offender.greet()
        // In one piece: a second may end within it, and more than are allowed lie on one side of that.
        await offender.send(bytes: (0..<200).flatMap { faulty.frames(UInt32($0 * 2 + 1)) }.bytes)
        #expect(await offender.framesUntilEnd().last?.goAway?.error.code == .excessiveLoad)
        try await neighbour.expectAnswer()
        await bench.stop()
    }
}
