import Admin
import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import TestSupport
import TestTurns
import Testing

@Suite("The admin port", .takesTurns)
struct AdminServerTests {
    /// Runs a server on a port of the system's choosing while `body` asks it.
    private func withServer(
        notReady: String? = nil, maximumConnections: Int = AdminServer.usualConnections,
        metrics: @escaping @Sendable () async -> String = { "# TYPE a counter\na 1\n" },
        _ body: @escaping @Sendable (Int) throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let server = AdminServer(
            host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton,
            source: AdminSource(
                metrics: metrics, status: { "{\"service\":\"test\"}" },
                notReadyReason: { notReady }), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            maximumConnections: maximumConnections, silence: .seconds(Patience.seconds)
        ) { listening.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await port in ports {
                try await NIOThreadPool.singleton.runIfActive { try body(port) }
                break
            }
            group.cancelAll()
            // Ending by cancellation is not a failure.
            while (try? await group.next()) != nil {}
        }
    }

    @Test("metrics come in Prometheus' text format")
    func metrics() async throws {
        try await withServer { port in
            let answer = try #require(HTTPGet("/metrics", port: port))
            #expect(answer.status == 200 && answer.body == "# TYPE a counter\na 1\n")
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    @Test("a process that takes calls is ready, one that does not says why, and both are alive")
    func health() async throws {
        try await withServer { port in
            #expect(HTTPGet("/readyz", port: port)?.status == 200)
            #expect(HTTPGet("/healthz", port: port)?.status == 200)
        }
        try await withServer(notReady: "stopping") { port in
            let answer = HTTPGet("/readyz", port: port)
            #expect(answer?.status == 503 && answer?.body == "not ready: stopping\n")
            #expect(HTTPGet("/healthz", port: port)?.status == 200)
        }
    }

    @Test("the page may load nothing from elsewhere and run nothing but itself")
    func page() async throws {
        try await withServer { port in
            let page = try #require(HTTPGet("/", port: port))
            #expect(page.status == 200 && page.body.contains("<html lang=\"zh\">"))
            let policy = try #require(page.headers["content-security-policy"])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'sha256-"))
            #expect(!policy.contains("unsafe-inline") && !policy.contains("'none'; style-src 'none'"))
            #expect(page.body.ranges(of: "http://").count == page.body.ranges(of: "http://www.w3.org/2000/svg").count)
            #expect(!page.body.contains("https://"))
        }
    }

    @Test("nothing can be changed there, and nothing else is there")
    func readOnly() async throws {
        try await withServer { port in
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "QUERY"] {
                let refused = HTTPGet("/metrics", port: port, method: method)
                #expect(refused?.status == 405 && refused?.headers["allow"] == "GET, HEAD")
            }
            let head = HTTPGet("/metrics", port: port, method: "HEAD")
            #expect(head?.status == 200 && head?.body == "" && head?.headers["content-length"] == "21")
            #expect(HTTPGet("/nothing", port: port, method: "HEAD")?.status == 404)
            #expect(HTTPGet("/etc/passwd", port: port)?.status == 404)
            #expect(HTTPGet("/../metrics", port: port)?.status != 500)
        }
    }

    @Test("however many connect and say nothing, or half a head, who asks is answered")
    func silentConnections() async throws {
        try await withServer { port in
            var descriptors: [Int32] = []
            defer { for descriptor in descriptors { close(descriptor) } }
            for index in 0..<300 {
                let descriptor = try #require(Loopback.connect(port: port))
                descriptors.append(descriptor)
                if index % 2 == 0 {
                    _ = send(descriptor, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-", 34, Int32(MSG_NOSIGNAL))
                }
                if index % 50 == 0 { #expect(HTTPGet("/healthz", port: port)?.status == 200) }
            }
            #expect(HTTPGet("/metrics", port: port)?.status == 200)
        }
    }

    @Test(
        "who sends what is no request counts as one who has asked nothing, though it is told so",
        arguments: ["G", "x", "GET /metrics HTTP/1.1\r\nHost: x\r\nX-", "\0\0\0\0"])
    func noRequests(text: String) async throws {
        try await withServer(maximumConnections: 8) { port in
            var descriptors: [Int32] = []
            defer { for descriptor in descriptors { close(descriptor) } }
            for _ in 0..<8 {
                let descriptor = try #require(Loopback.connect(port: port))
                descriptors.append(descriptor)
                _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
                // A request of its own each time, so that the one before has been read: it may not have been when the next
                // comes, and then it is silent anyway.
                #expect(HTTPGet("/healthz", port: port)?.status == 200)
            }
            for _ in 0..<8 { #expect(HTTPGet("/metrics", port: port)?.status == 200) }
        }
    }

    @Test("a scrape that is being answered is not cut for others who come, with questions or without")
    func scrapeUnderPressure() async throws {
        let (begun, begins) = AsyncStream<Void>.makeStream()
        let (ended, ends) = AsyncStream<Void>.makeStream()
        let scraped = Mutex<HTTPGet?>(nil)
        let isDone = DispatchSemaphore(value: 0), isBegun = DispatchSemaphore(value: 0)
        Task {
            for await _ in begun { isBegun.signal() }
        }
        try await withServer(
            maximumConnections: 8,
            metrics: {
                begins.yield()
                for await _ in ended { break }
                return "late 1\n"
            }
        ) { port in
            Thread.detachNewThread {
                let answer = HTTPGet("/metrics", port: port)
                scraped.withLock { $0 = answer }
                isDone.signal()
            }
            isBegun.wait()
            var descriptors: [Int32] = []
            defer { for descriptor in descriptors { close(descriptor) } }
            for index in 0..<100 {
                descriptors.append(try #require(Loopback.connect(port: port)))
                // Each an answered connection that stays, or one that is closed for the next.
                if index % 3 == 0 { #expect(HTTPGet("/healthz", port: port)?.status == 200) }
            }
            #expect(HTTPGet("/nothing", port: port)?.status == 404)
            ends.yield()
            isDone.wait()
            #expect(scraped.withLock { $0 }?.body == "late 1\n")
        }
        begins.finish()
    }

    @Test("it can be ended while others connect, whenever that is", arguments: 0..<40)
    func endWhileConnecting(_ connections: Int) async throws {
        try await withServer { port in
            for _ in 0..<connections {
                guard let descriptor = Loopback.connect(port: port) else { break }
                close(descriptor)
            }
        }
    }

    @Test("a port that is taken is an error, not a silence")
    func taken() async throws {
        try await withServer { port in
            let second = AdminServer(
                host: "127.0.0.1", port: port, group: MultiThreadedEventLoopGroup.singleton,
                source: AdminSource(metrics: { "" }, status: { "" }, notReadyReason: { nil }),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let failed = NIOLockedOutcome()
            Task { await failed.run(second) }
            #expect(failed.wait() is IOError)
        }
    }
}

/// Hands the outcome of an asynchronous start to a waiting thread.
private final class NIOLockedOutcome: Sendable {
    private let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)

    func run(_ server: AdminServer) async {
        do {
            try await server.run()
            promise.succeed()
        } catch {
            promise.fail(error)
        }
    }

    func wait() -> (any Error)? {
        do {
            try promise.futureResult.wait()
            return nil
        } catch {
            return error
        }
    }
}
