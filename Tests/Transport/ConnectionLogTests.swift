import Foundation
import Logging
import NIOEmbedded
import ServiceKit
import Synchronization
import TLS
import Testing
import Wire

@testable import Transport

/// The lines that operators read of a server's connections.
@Suite("The log of connections")
struct ConnectionLogTests {
    private final class Lines: Sendable {
        private let written = Mutex<[String]>([])

        var all: [String] { written.withLock { $0 } }

        func add(_ line: String) { written.withLock { $0.append(line) } }
    }

    private let lines = Lines()
    private let log: ConnectionLog

    init() {
        let lines = lines
        log = ConnectionLog(Logger(label: "test") { LineLogHandler(label: $0, logLevel: .info) { lines.add($0) } })
    }

    private func refused(_ server: EmbeddedServer, _ fault: CallFault) {
        "a.S/M".utf8.withContiguousStorageIfAvailable { path in
            log.noticed(
                .callRefused(fault, path: UnsafeRawBufferPointer(path), reason: "no"), of: server.peer.end, "10.0.0.1:5"
            )
        }
    }

    @Test("a line says whose connection it is, the cause that the metric counts, and the reason")
    func contents() throws {
        let server = try EmbeddedServer()
        refused(server, .forgedCaller)
        log.noticed(.callCut(.stalled, reason: "slow"), of: server.peer.end, "10.0.0.1:5")
        log.noticed(.draining(.age, reason: "old"), of: server.peer.end, "10.0.0.1:5")
        log.ended(
            .failed(ConnectionError(.excessiveLoad, "a flood", cause: "flood_pings")), of: server.peer.end, "10.0.0.1:5"
        )
        let identity = "identity=\(EmbeddedServer.city)"
        let expected = [
            "level=warning logger=test message=\"call refused\" cause=forged_caller \(identity) method=a.S/M",
            "level=warning logger=test message=\"call cut\" cause=stalled \(identity) peer=10.0.0.1:5 reason=slow",
            "level=info logger=test message=\"connection drains\" cause=age \(identity) peer=10.0.0.1:5 reason=old",
            "level=warning logger=test message=\"connection failed\" cause=flood_pings \(identity)",
        ]
        #expect(lines.all.count == expected.count)
        for (line, words) in zip(lines.all, expected) { #expect(line.contains(words)) }
    }

    @Test("however long a path or a peer's name is, and whatever must be escaped in it, a line is bounded")
    func longTexts() throws {
        let server = try EmbeddedServer()
        [UInt8](repeating: 0, count: 255).withUnsafeBytes { path in
            log.noticed(
                .callRefused(.openCalls, path: path, reason: String(repeating: "\n", count: 100_000)),
                of: server.peer.end, "10.0.0.1:5")
        }
        log.ended(
            .failed(TLSError(.certificateNotTrusted, String(repeating: "CN=", count: 30_000))), of: server.peer.end,
            "10.0.0.1:5")
        #expect(lines.all.count == 2)
        for line in lines.all { #expect(line.utf8.count < 1_100 && line.contains(" bytes)")) }
    }

    @Test("connections that end in order, or because the process stops, leave no line")
    func quiet() throws {
        let server = try EmbeddedServer()
        log.noticed(.draining(.process, reason: "stopping"), of: server.peer.end, "10.0.0.1:5")
        log.ended(.closedByPeer, of: server.peer.end, "10.0.0.1:5")
        log.ended(.failed(ConnectionError(.none, "going")), of: server.peer.end, "10.0.0.1:5")
        #expect(lines.all.isEmpty)
    }

    @Test("a flood of calls leaves a few lines a second, and hides no connection that is cut for it")
    func flood() throws {
        let server = try EmbeddedServer()
        // From here on the loop's clock stands still.
        server.peer.loop.beginFrame()
        for _ in 0..<10_000 { refused(server, .openCalls) }
        #expect(lines.all.count == 20)
        log.ended(
            .failed(ConnectionError(.excessiveLoad, "a flood", cause: "flood_refused_calls")), of: server.peer.end,
            "10.0.0.1:5")
        #expect(lines.all.count == 21)
        #expect(lines.all.last?.contains("flood_refused_calls") == true)
    }

    @Test("the README's table names every cause that a line or a metric can have")
    func documented() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: "### Bad input"))
        let table = text[start.upperBound...].prefix(while: { $0 != "\0" }).components(separatedBy: "\n#")[0]
        let tls = TLSError.Code.allCases.filter { ![.configuration, .bufferFull, .library].contains($0) }
        let causes =
            CallFault.allCases.map(\.rawValue) + FloodKind.allCases.map(\.label)
            + DrainCause.allCases.map(\.rawValue) + tls.map { "tls_\($0.label)" }
            + ConnectionError.Code.allCases.filter { $0 != .none && $0 != .excessiveLoad && $0 != .timeout }
            .map(\.label)
            + [
                "connections", "handshakes", "address_handshakes", "identity_connections", "draining", "no_identity",
                "trust_domain",
                "unsent_bytes", "unsent_control_frames", "stalled_credit", "stalled_socket", "hello_timeout",
                "keepalive_timeout", "cut_by_peer", "transport",
            ]
        for cause in causes { #expect(table.contains("`\(cause)`"), "\(cause)") }
    }
}
