import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Cases 26 to 40: what strangers with an accepted certificate try. README.md lists where each is.
extension Cases {
    /// Bytes that once ended every program of the suite, sent in small TLS records and cut off at once: HELLO, then a
    /// frame that is skipped, or one that ends the connection, while the socket still holds more.
    enum Onslaught: CaseIterable, Sendable {
        case hello, skippedFrame, shortSkippedFrame, fault, sequence

        var bytes: [UInt8] {
            let hello = RawFrame(.hello, Hello().encoded()).bytes
            let long = RawFrame(type: 0x7f, [UInt8](repeating: 0, count: 1_453)).bytes
            let short = RawFrame(type: 0x7f, [UInt8](repeating: 0, count: 398)).bytes
            let fault = RawFrame.data(5, [UInt8](repeating: 0, count: 56)).bytes
            return switch self {
            case .hello: hello
            case .skippedFrame: hello + long
            case .shortSkippedFrame: hello + short
            case .fault: hello + fault + hello
            case .sequence: hello + long + fault + short
            }
        }
    }

    @Test(
        "26. bytes in records of 3 to 11 that end at once, in whatever way, are nobody else's trouble",
        arguments: Path.allCases, Onslaught.allCases)
    func case26Onslaught(_ path: Path, _ onslaught: Onslaught) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let neighbour = try await Companion(try await bench.client(path))
        for recordBytes in [3, 5, 8, 11] {
            for ending in 0..<3 {
                let stranger = try await bench.peer(path)
                var rest = onslaught.bytes[...]
                while !rest.isEmpty {
                    await stranger.send(bytes: Array(rest.prefix(recordBytes)))
                    rest = rest.dropFirst(recordBytes)
                }
                switch ending {
                case 0: await stranger.end(.closeNotify)
                case 1: await stranger.end(.cut)
                default: await stranger.reset()
                }
            }
            try await neighbour.expectAnswer()
        }
        #expect(service.counts.begun == 1)
        await bench.stop()
    }

    @Test(
        "31. unfinished messages of one caller are bounded: its longest parked call ends, and no neighbour notices",
        arguments: Path.allCases)
    func case31UnfinishedMessages(_ path: Path) async throws {
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(
            backend, bytesInFlight: BytesInFlightLimits(bytes: 4_000_000, callerBytes: 100_000), isSingleLoop: true)
        let neighbour = try await Companion(
            TestingV1.TestServiceClient(try await bench.transport(path, as: "spiffe://quality.example/org/b/viewer")))
        let peer = try await bench.peer(path)
        await peer.greet()
        let part = [UInt8](repeating: 1, count: 10_000)
        for stream in stride(from: UInt32(1), through: 19, by: 2) {
            await peer.send(.call(stream, Method.unary, part, flags: []))
        }
        try await neighbour.expectAnswer()
        // The last of these is too much: the first has waited longest.
        await peer.send(.call(21, Method.unary, part, flags: []))
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .resourceExhausted)
        // The connection and its other calls live.
        let message = try TestingV1.SimpleRequest(responseBytes: 5).encodedBytes()
        await peer.send(.call(23, Method.unary, message))
        #expect(await peer.frames(ofCall: 23).status(23)?.code == .ok)
        try await neighbour.expectAnswer()
        await bench.stop()
    }
}
