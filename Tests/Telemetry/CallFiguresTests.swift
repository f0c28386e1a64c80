import Testing
import Wire

@testable import Telemetry

@Suite("Figures of calls")
struct CallFiguresTests {
    private func figures(_ table: FiguresTable, of path: String) -> CallFigures {
        Array(path.utf8).withUnsafeBytes { table[$0] ?? table.remainder(of: $0) }
    }

    @Test("calls are counted by code, with their bytes and their time, and are open until they end")
    func counts() {
        var table = FiguresTable(limit: 8)
        let figures = table.register("a.S/M")
        for _ in 0..<3 { figures.began() }
        figures.received(bytes: 100)
        figures.sent(bytes: 7)
        figures.ended(.ok, nanoseconds: 2_000_000)
        figures.ended(.unavailable, nanoseconds: 1_000_000)
        let snapshot = table.snapshots["a.S/M"]
        #expect(snapshot?.started == 3 && snapshot?.open == 1)
        #expect(snapshot?.ended[0] == 1 && snapshot?.ended[14] == 1 && snapshot?.failed == 1)
        #expect(snapshot?.bytesReceived == 100 && snapshot?.bytesSent == 7)
        #expect(snapshot?.latency.count == 2 && snapshot?.latency.sumNanoseconds == 3_000_000)
    }

    @Test("names from callers have no figures of their own: they are counted under their service, or together")
    func unknownNames() {
        var table = FiguresTable(limit: 8)
        let known = table.register("a.S/Known")
        let rest = table.register("a.S/other")
        #expect(figures(table, of: "a.S/Known") === known)
        #expect(figures(table, of: "a.S/Invented") === rest)
        #expect(figures(table, of: "b.T/Invented").name == "other")
        #expect(figures(table, of: "no slash").name == "other")
    }

    @Test("names beyond the limit are counted together")
    func limit() {
        var table = FiguresTable(limit: 3)
        for name in ["a/1", "a/2", "a/3", "a/4", "a/5"] { table.register(name).began() }
        #expect(Set(table.snapshots.keys) == ["a/1", "a/2", "a/3", "other"])
        #expect(table.snapshots["other"]?.started == 2)
        #expect(table.register("a/1").name == "a/1", "a known name is still known")
    }

    @Test("loops are added up, and shown by method, backend, code and side")
    func families() {
        let loops = [LoopStatistics(), LoopStatistics()]
        for loop in loops {
            let method = loop.methods.register("a.S/M")
            method.began()
            method.ended(.notFound, nanoseconds: 500_000)
            let backend = loop.backends.register("127.0.0.1:7101")
            backend.began()
            loop.backendConnections(backend, change: 1)
            loop.connectionOpened(.server)
            loop.handshakeFailed(.server, reason: "certificate_expired")
        }
        loops[0].connectionClosed(.server)
        var sum = loops[0].snapshot
        sum += loops[1].snapshot
        let lines = Set(PrometheusText.encoded(sum.families).split(separator: "\n").map(String.init))
        for line in [
            "rpc_server_calls_total{method=\"a.S/M\",code=\"OK\"} 0",
            "rpc_server_calls_total{method=\"a.S/M\",code=\"NOT_FOUND\"} 2",
            "rpc_server_call_duration_seconds_bucket{method=\"a.S/M\",le=\"0.000512\"} 2",
            "rpc_client_open_streams{backend=\"127.0.0.1:7101\"} 2",
            "rpc_client_backend_connections{backend=\"127.0.0.1:7101\"} 2", "rpc_connections{side=\"server\"} 1",
            "tls_handshakes_total{side=\"server\",result=\"certificate_expired\"} 2",
            "tls_handshakes_total{side=\"client\",result=\"ok\"} 0",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("a process knows its memory, its time and its descriptors")
    func process() {
        let now = ProcessFigures.now()
        #expect(now.residentBytes > 1 << 20 && now.openDescriptors > 2 && now.threads > 0)
        #expect(now.cpuSeconds > 0 && now.startedAtSeconds > 1.6e9 && now.maximumDescriptors > 2)
    }
}
