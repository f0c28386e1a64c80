import Logging
import NIOCore
import NIOPosix
import RPC
import TLS
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Wire

@testable import Transport

/// Many connections of one identity that send what costs and carries nothing, over TLS on loopback.
@Suite("A crowd of connections", .takesTurns)
struct CrowdTests {
    private static let connections = 20
    private static let frames = 20_000
    private let authority = TestAuthority()
    private let loops = ConnectionLoops(MultiThreadedEventLoopGroup(numberOfThreads: 1))

    private func server(_ flood: UInt32) async throws -> (server: RPCServer, port: Int) {
        var configuration = ListenerConfiguration(
            host: "127.0.0.1", port: 0, rules: .patient, handshakeTimeoutSeconds: Patience.seconds)
        for kind in FloodKind.allCases { configuration.rules.flood[kind] = flood }
        var router = Router()
        TestService().register(on: &router)
        let server = try await RPCServer.make(
            configuration, router: router, callers: CallerPolicy(acceptsDirectCallers: true),
            tls: try TLSContext(server: authority.configuration(authority.issue(service: "testing"))), loops: loops,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return (server, try await server.start().port)
    }

    private func peer(_ port: Int, _ code: String) async throws -> FramePeer {
        let identity = authority.issue("URI:spiffe://quality.example/org/\(code)/reporter")
        let peer = try await FramePeer.connect(
            port: port, tls: try TLSContext(client: authority.configuration(identity)))
        await peer.greet()
        return peer
    }

    @Test("while they have far more to say than their turns allow a call is answered, and in the end all was heard")
    func turns() async throws {
        let (server, port) = try await server(.max)
        let neighbour = try await peer(port, "henan")
        var crowd: [FramePeer] = []
        for _ in 0..<Self.connections { crowd.append(try await peer(port, "fujian")) }
        let loop = loops.all[0]
        let before = try await loop.eventLoop.submit { loop.turnsTaken }.get()
        let flood = [RawFrame](repeating: RawFrame(type: 0x7f), count: Self.frames).bytes
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for peer in crowd {
                group.addTask {
                    await peer.send(bytes: flood)
                    return await peer.framesUntilPong().isEmpty
                }
            }
            for stream in stride(from: UInt32(1), to: 41, by: 2) {
                await neighbour.send(.call(stream, "quality.testing.v1.TestService/EmptyCall"))
                #expect(await neighbour.frames(ofCall: stream).status(stream)?.code == .ok)
            }
            for try await isHeard in group { #expect(isHeard) }
        }
        // Each turn of theirs was no longer than it may be: so often the others were looked at.
        let turns = try await loop.eventLoop.submit { loop.turnsTaken }.get() - before
        #expect(turns >= UInt64(Self.connections * Self.frames / TurnCost.unitsATurn / 2))
        await server.drain(grace: .zero)
    }

    @Test("all together may send twice what one may; those that send more are told, and nobody else")
    func sum() async throws {
        let (server, port) = try await server(100)
        let neighbour = try await peer(port, "henan")
        // Each says less than it may, and once. So three of them, until one of the server's seconds holds all that these say.
        var end: RawFrame?
        while end == nil {
            var crowd: [FramePeer] = []
            for _ in 0..<3 { crowd.append(try await peer(port, "fujian")) }
            for peer in crowd { await peer.send(bytes: [RawFrame](repeating: RawFrame(type: 0x7f), count: 90).bytes) }
            for peer in crowd {
                let goAway = await peer.framesUntilPong().first { $0.type == FrameType.goAway.rawValue }
                end = end ?? goAway
            }
        }
        #expect(end?.goAway?.error.code == .excessiveLoad)
        #expect(end?.goAway?.error.reason.contains("200 frames that say nothing") == true)
        #expect(end?.goAway?.error.reason.contains("all connections of this identity") == true)
        await neighbour.send(.call(1, "quality.testing.v1.TestService/EmptyCall"))
        #expect(await neighbour.frames(ofCall: 1).status(1)?.code == .ok)
        await server.drain(grace: .zero)
    }
}
