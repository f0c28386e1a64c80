import NIOPosix
import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 34: work that a peer has a server do for nothing, by its own fault and not by giving up: KeyUpdates, and calls that
/// can only be ended. It is a flood like any other; see case 22.
extension Cases {
    /// Calls that are opened to be ended by the server.
    enum FaultyCall: CaseIterable, Sendable {
        case creditOfZero, tooMuchCredit, bytesAfterTheEnd, noTime

        func frames(_ stream: UInt32) throws -> [RawFrame] {
            switch self {
            case .creditOfZero: [.call(stream, Method.input, flags: []), .credit(stream, 0)]
            case .tooMuchCredit: [.call(stream, Method.input, flags: []), .credit(stream, .max)]
            // The call must be under way still: bytes behind one that has been answered are late, and no fault.
            case .bytesAfterTheEnd:
                [
                    .call(stream, Method.unary, try TestingV1.SimpleRequest(delayMs: 600_000).encodedBytes()),
                    .data(stream, [1]),
                ]
            case .noTime: [.call(stream, Method.input, flags: [], timeoutMicroseconds: 1)]
            }
        }
    }

    @Test(
        "34. who opens calls that the server must end for their caller's fault is cut with EXCESSIVE_LOAD",
        arguments: Path.allCases, FaultyCall.allCases)
    func case34FaultyCalls(_ path: Path, _ faulty: FaultyCall) async throws {
        var rules = ConnectionRules()
        rules.flood[.resets] = 50
        let (bench, _) = try await GatewayBench.watched(rules: rules)
        let neighbour = try await Companion(try await bench.client(path))
        let offender = try await bench.peer(path)
        await offender.greet()
        // In one piece: a second may end within it, and more than are allowed lie on one side of that.
        await offender.send(bytes: try (0..<200).flatMap { try faulty.frames(UInt32($0 * 2 + 1)) }.bytes)
        // Of the last call the offender hears only when it is not cut.
        let goAway = await offender.frames(ofCall: 399).last?.goAway
        #expect(goAway?.error.code == .excessiveLoad)
        #expect(goAway?.error.reason.contains("more than 50 calls opened and given up") == true)
        try await neighbour.expectAnswer()
        await bench.stop()
    }

    @Test("34. who has keys made anew again and again is cut with EXCESSIVE_LOAD", arguments: Path.allCases)
    func case34KeyUpdates(_ path: Path) async throws {
        var rules = ConnectionRules()
        rules.flood[.keyUpdates] = 50
        let (bench, _) = try await GatewayBench.watched(rules: rules)
        let neighbour = try await Companion(try await bench.client(path))
        let (port, identity) = (bench.port(path), bench.authority.issue("URI:\(GatewayBench.reporter)"))
        let goAway = try await NIOThreadPool.singleton.runIfActive {
            try KeyUpdater(port: port, identity: identity).sendKeyUpdates(200).last?.goAway
        }
        #expect(goAway?.error.code == .excessiveLoad)
        #expect(goAway?.error.reason.contains("more than 50 TLS messages that update keys") == true)
        try await neighbour.expectAnswer()
        await bench.stop()
    }

    @Test(
        "34. who asks for the next keys of a side that has nothing to say gets them all the same",
        arguments: Path.allCases)
    func case34KeyUpdateRequest(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched()
        let (port, identity) = (bench.port(path), bench.authority.issue("URI:\(GatewayBench.reporter)"))
        let isAnswered = try await NIOThreadPool.singleton.runIfActive {
            try KeyUpdater(port: port, identity: identity).isAnsweredKeyUpdate()
        }
        #expect(isAnswered)
        await bench.stop()
    }
}
