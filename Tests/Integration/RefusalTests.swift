import Foundation
import Testing

@Suite("Who must not come in is refused and logged, and the gateway goes on serving", .serialized)
struct RefusalTests {
    @Test("plain TCP, garbage, TLS 1.2, no certificate, one of another authority")
    func strangers() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        try await suite.identity(organisation: "top", "viewer")
        let stranger = try await RunningSuite()
        try await stranger.identity(organisation: "top", "viewer")

        try send(Array("GET / HTTP/1.1\r\n\r\n".utf8), to: suite)
        try await expectRefused(1, "not TLS", in: suite)
        try send((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }, to: suite)
        try await expectRefused(2, "", in: suite)
        let own = identity("top-viewer", of: suite)
        try await handshake(["-tls1_2"] + own, with: suite)
        try await expectRefused(3, "TLS 1.2 refused", in: suite)
        try await handshake([], with: suite)
        try await expectRefused(4, "no certificate", in: suite)
        try await handshake(identity("top-viewer", of: stranger), with: suite)
        try await expectRefused(5, "not issued by our authority", in: suite)
        // A certificate of ours at the other end is no better than a stranger's: qmctl does not talk to it.
        let unreachable = try await suite.qmctl(
            as: nil,
            ["health", "--identity", stranger.identityDirectory("top-viewer")])
        #expect(unreachable.exitCode == 3)

        let health = try await suite.qmctl(as: "top-viewer", "health")
        #expect(health.output.contains("gateway       serving"), "\(health.output)\(health.errors)")
        #expect(try await suite.stop(.gateway) == .exited(0))
    }

    @Test("a service believes no caller but the gateway, and dialled directly serves nobody else")
    func directly() async throws {
        let suite = try await RunningSuite()
        try await suite.startAll()
        try await suite.identity(organisation: "top", "publisher")
        let result = try await suite.qmctl(
            as: "top-publisher", "campaign", "list", "--gateway", "127.0.0.1:\(suite.port(of: .registry))")
        #expect(result.exitCode == 3)
        try await suite.succeed(as: "top-publisher", "campaign", "list")
    }

    // MARK: -

    /// Waits until so many connections were refused, the last for this reason.
    private func expectRefused(_ count: Int, _ reason: String, in suite: RunningSuite) async throws {
        try await suite.eventually("refusal \(count), \(reason):\n\(suite.log(of: .gateway))") {
            let lines = suite.log(of: .gateway).split(separator: "\n").filter { $0.contains("connection refused") }
            return lines.count >= count && lines[count - 1].contains(reason)
        }
    }

    private func identity(_ name: String, of suite: RunningSuite) -> [String] {
        let directory = suite.identityDirectory(name)
        return ["-cert", directory + "/cert.pem", "-key", directory + "/key.pem"]
    }

    /// A handshake by the openssl program, which speaks what our own library would not.
    private func handshake(_ arguments: [String], with suite: RunningSuite) async throws {
        let process = try SuiteProcess(
            path: "/usr/bin/env",
            arguments: [
                "openssl", "s_client", "-connect", "127.0.0.1:\(suite.port(of: .gateway))", "-alpn", "quality/1",
            ] + arguments, logPath: suite.directory + "/openssl.log")
        _ = await process.ending()
    }

    /// Sends bytes on a plain connection and reads until the gateway ends it.
    private func send(_ bytes: [UInt8], to suite: RunningSuite) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(suite.port(of: .gateway)).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SuiteError("connect: \(String(cString: strerror(errno)))") }
        _ = bytes.withUnsafeBytes {
            Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        var answer = [UInt8](repeating: 0, count: 4096)
        while recv(descriptor, &answer, answer.count, 0) > 0 {}
    }
}
