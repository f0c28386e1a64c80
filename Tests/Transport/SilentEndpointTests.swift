import Balancing
import Logging
import NIOCore
import NIOEmbedded
import RPC
import TLS
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Transport

/// Copies of a service of which some say nothing any more, as a process does that is stopped: the servers are the test,
/// and so is the clock.
@Suite("Choosing among copies of which one is silent")
struct SilentEndpointTests {
    /// A pool whose endpoints the test plays.
    private final class Copies {
        private static let method = MethodDescriptor(service: "a.S", name: "Call")

        let pool: ConnectionPool
        /// One connection of each endpoint, unless more were made.
        private(set) var peers: [EmbeddedPeer<ClientConnection>] = []
        private let loop: ConnectionLoop
        private var now = MonotonicInstant.now

        init(_ count: Int) async throws {
            let loops = ConnectionLoops(EmbeddedEventLoop())
            loop = loops.all[0]
            // Nothing is dialled from here.
            let descriptors = DescriptorAllowance()
            descriptors.setLimit(0)
            let configuration = ConnectionPoolConfiguration(
                service: "a.S", sources: (0..<count).map { .endpoint(Endpoint(host: "127.0.0.1", port: 7000 + $0)) },
                server: .service(named: "testing"), slowStartSeconds: 0, descriptors: descriptors)
            let authority = TestAuthority()
            pool = ConnectionPool(
                await ServiceEndpoints.make(
                    configuration, loops: loops, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
                tls: try TLSContext(client: authority.configuration(authority.issue(service: "gateway"))), loop: loop)
            for index in 0..<count { try connect(index) }
        }

        /// Makes a connection to an endpoint.
        func connect(_ endpoint: Int) throws {
            let member = pool.members[endpoint]
            member.dialling += 1
            member.isIdle = false
            let peer = try EmbeddedPeer(peerURI: EmbeddedServer.gateway, on: loop) { _ in
                pool.newConnection(member, ConnectionPool.Attempt())
            }
            try peer.exchange(.hello())
            peers.append(peer)
        }

        /// Opens calls, each where the pool says; answers with how many went over each connection.
        func open(_ calls: Int) throws -> [Int] {
            var counts = peers.map { _ in 0 }
            for _ in 0..<calls {
                let connection = try #require(pool.readyConnection())
                try open(on: connection)
                counts[try #require(peers.firstIndex { $0.end === connection })] += 1
            }
            return counts
        }

        func open(on connection: ClientConnection) throws {
            let opening = try CallOpening(Self.method, CallOptions(), deadline: nil)
            _ = try [].withUnsafeBytes { nothing in
                try opening.open(on: connection, request: nothing, Deaf()).get()
            }
        }

        /// Lets a second pass on every connection, and has those that are not among `silent` answer what they are asked.
        func tick(silent: Set<Int> = []) throws {
            now = now.advanced(byMicroseconds: 1_000_000)
            for (index, peer) in peers.enumerated() where peer.isOpen {
                peer.end.tick(at: now)
                for frame in try peer.frames() where frame.frameType == .ping && !silent.contains(index) {
                    try peer.exchange(RawFrame(.ping, flags: .acknowledgement, frame.payload))
                }
            }
        }

        var states: [EndpointState?] {
            pool.members.map { loop.telemetry.snapshot.endpoints["\($0.endpoint)"]?.state }
        }
    }

    private final class Deaf: ClientCallReceiver {
        func headersReceived(_ block: UnsafeRawBufferPointer) {}
        func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {}
        func ended(_ end: CallEnd) {}
        func requestBytesSent(_ bytes: Int) {}
    }

    /// Heard at the first tick, asked 2 s later, and 2 s after that it is silent.
    private static let ticksUntilSilent = 5

    @Test("streams that go on for ever at one copy do not send the calls to the other")
    func streams() async throws {
        let copies = try await Copies(2)
        for stream: UInt32 in stride(from: 1, to: 81, by: 2) {
            try copies.open(on: copies.peers[0].end)
            try copies.peers[0].exchange(.data(stream, [1]))
        }
        #expect(try copies.open(20) == [10, 10])
    }

    @Test("a copy that answers nothing gets no calls after five seconds, and its share once it is heard")
    func silent() async throws {
        let copies = try await Copies(2)
        #expect(try copies.open(2) == [1, 1])
        for _ in 1..<Self.ticksUntilSilent { try copies.tick(silent: [0]) }
        #expect(copies.states == [.serving, .serving])
        try copies.tick(silent: [0])
        #expect(copies.states == [.silent, .serving])
        // However many await the other one.
        #expect(try copies.open(20) == [0, 20])
        // It goes on, and answers what it was asked.
        try copies.peers[0].exchange(RawFrame(.ping, flags: .acknowledgement, Array("qm alive".utf8)))
        try copies.tick()
        #expect(copies.states == [.serving, .serving])
        #expect(try copies.open(20) == [20, 0])
        #expect(try copies.open(20) == [10, 10])
    }

    @Test("when all are silent calls go to all of them, and to the first that is heard")
    func allSilent() async throws {
        let copies = try await Copies(3)
        #expect(try copies.open(30).min() ?? 0 > 0)
        for _ in 0..<Self.ticksUntilSilent { try copies.tick(silent: [0, 1, 2]) }
        #expect(copies.states == [.silent, .silent, .silent])
        #expect(try copies.open(300).min() ?? 0 > 0)
        try copies.peers[1].exchange(.status(1))
        try copies.tick(silent: [0, 2])
        #expect(copies.states == [.silent, .serving, .silent])
        #expect(try copies.open(20) == [0, 20, 0])
    }

    @Test("a copy that was left out because its calls failed is better than one that is silent")
    func ejected() async throws {
        let copies = try await Copies(2)
        #expect(try copies.open(10) == [5, 5])
        for stream: UInt32 in stride(from: 1, to: 11, by: 2) {
            try copies.peers[1].exchange(.status(stream, .unavailable))
        }
        #expect(copies.states == [.serving, .ejected])
        #expect(try copies.open(10) == [10, 0])
        try copies.open(on: copies.peers[1].end)
        for _ in 0..<Self.ticksUntilSilent { try copies.tick(silent: [0]) }
        #expect(copies.states == [.silent, .ejected])
        #expect(try copies.open(10) == [0, 10])
    }

    @Test("a copy of several connections is silent as soon as one is, and until none is")
    func severalConnections() async throws {
        let copies = try await Copies(2)
        try copies.connect(0)
        try copies.open(on: copies.peers[0].end)
        try copies.open(on: copies.peers[1].end)
        // Nobody has asked the third, on which no call is open.
        for _ in 0..<Self.ticksUntilSilent { try copies.tick(silent: [0, 2]) }
        #expect(copies.states == [.silent, .serving])
        #expect(try copies.open(20) == [0, 20, 0])
        try copies.open(on: copies.peers[2].end)
        for _ in 0..<Self.ticksUntilSilent { try copies.tick(silent: [0, 2]) }
        try copies.peers[0].exchange(.status(1))
        try copies.tick(silent: [2])
        #expect(copies.states == [.silent, .serving])
        try copies.peers[2].exchange(.status(1))
        try copies.tick()
        #expect(copies.states == [.serving, .serving])
    }

    @Test("a silent copy whose connection ends is dialled again, and its calls end")
    func ends() async throws {
        let copies = try await Copies(2)
        #expect(try copies.open(2) == [1, 1])
        for _ in 0..<22 { try copies.tick(silent: [0]) }
        #expect(copies.states == [.silent, .serving])
        try copies.tick(silent: [0])
        #expect(!copies.peers[0].isOpen)
        #expect(copies.states[0] != .silent)
        #expect(try copies.open(3) == [0, 3])
    }
}
