internal import CStatusPage
internal import Cryptography
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
package import Logging
package import NIOCore
public import ServiceLifecycle
internal import Telemetry

/// What the admin port shows.
public struct AdminSource: Sendable {
    /// Metrics in Prometheus' text format.
    public var metrics: @Sendable () async -> String
    /// The status page's figures, as JSON.
    public var status: @Sendable () async -> String
    /// Why the process does not do all that it should now; `nil` when it does.
    public var notReadyReason: @Sendable () -> String?
    /// What is missing elsewhere, though this process does all that it should; `nil` when nothing is.
    public var remark: @Sendable () -> String?

    public init(
        metrics: @escaping @Sendable () async -> String, status: @escaping @Sendable () async -> String,
        notReadyReason: @escaping @Sendable () -> String?, remark: @escaping @Sendable () -> String? = { nil }
    ) {
        self.metrics = metrics
        self.status = status
        self.notReadyReason = notReadyReason
        self.remark = remark
    }
}

/// What operations ask a process over plain HTTP, on a port of its own: never reachable for callers, and read-only.
///
/// - `/metrics`: Prometheus.
/// - `/healthz`: 200 as long as the process answers at all. `/readyz`: 200 while it does all that it should, with a word on
///   what is missing elsewhere, else 503 with the reason.
/// - `/`: the status page, which asks for `/status.json` every two seconds.
///
/// By GET, or HEAD; any other method is answered 405.
///
/// Who connects has ten seconds for the head of a request, and for that of the next one; see ``AdminConnections`` for how
/// many may, and for who does not end a request or does not read.
public struct AdminServer: Service {
    /// As many connections as it has unless told otherwise.
    public static let usualConnections = AdminConnections.most
    private static let idleTimeout = TimeAmount.seconds(10)
    /// What is being answered when the port closes has so long.
    private static let lastAnswers = Duration.milliseconds(250)
    private let logger: Logger
    private let application: Application<RouterResponder<AdminRequestContext>>

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - group: loops of its own, so that this answers while the callers' loops are busy.
    ///   - maximumConnections: each takes one of the files that the process may have open.
    ///   - silence: how long nothing may go out to a connection.
    ///   - onListening: is told the port.
    package init(
        host: String, port: Int, group: any EventLoopGroup, source: AdminSource, logger: Logger,
        maximumConnections: Int = Self.usualConnections, silence: TimeAmount = AdminConnections.usualSilence,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.logger = logger
        let page = Self.page
        let pageHeaders: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy: Self.policy(for: page), .xContentTypeOptions: "nosniff",
            .referrerPolicy: "no-referrer",
        ]
        let router = Router(context: AdminRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: AnswerNotes())
        router.add(middleware: ReadOnly())
        router.get("/") { _, _ in Response(status: .ok, headers: pageHeaders, body: .init(byteBuffer: page)) }
        router.get("status.json") { _, _ in
            Self.text(await source.status(), "application/json")
        }
        router.get("metrics") { _, _ in Self.text(await source.metrics(), PrometheusText.contentType) }
        router.get("healthz") { _, _ in Self.text("ok\n") }
        router.get("readyz") { _, _ in
            guard let reason = source.notReadyReason() else {
                return Self.text(source.remark().map { "ready, but \($0)\n" } ?? "ready\n")
            }
            return Self.text("not ready: \(reason)\n", status: .serviceUnavailable)
        }
        let connections = AdminConnectionTable(limit: maximumConnections, silence: silence)
        application = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [AdminConnectionHandler(connections)],
                    idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    /// Serves until the task is cancelled or the process is told to stop. Throws the system's error when the port
    /// cannot be had.
    ///
    /// In either case the port is closed first, and what came before is dealt with: a connection that SwiftNIO has accepted,
    /// and that a cancelled task never takes from it, ends the process in a trap (swift-nio, issue 3481).
    public func run() async throws {
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.lastAnswers
        let group = ServiceGroup(configuration: configuration)
        let serving = Task { try await group.run() }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await serving.value
        } onCancelOrGracefulShutdown: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    fileprivate static func text(
        _ text: String, _ contentType: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    // MARK: The page

    private static var page: ByteBuffer {
        var size = 0
        let bytes = cstatuspage_html(&size)
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: bytes, count: size))
    }

    /// Nothing from elsewhere, and of scripts and styles only the page's own, by their hashes (w3.org, CSP level 3).
    static func policy(for page: ByteBuffer) -> String {
        let html = String(buffer: page)
        func hash(_ element: String) -> String {
            guard let start = html.firstRange(of: "<\(element)>"),
                let end = html[start.upperBound...].firstRange(of: "</\(element)>")
            else { return "'none'" }
            let digest = SHA256.hash(Array(html[start.upperBound..<end.lowerBound].utf8))
            return "'sha256-\(Data(digest).base64EncodedString())'"
        }
        return "default-src 'none'; script-src \(hash("script")); style-src \(hash("style")); connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }
}

/// Knows the connection that a request came on.
private struct AdminRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// Tells a connection when an answer begins and when it has been written, whatever it is.
private struct AnswerNotes: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request, context: AdminRequestContext,
        next: @concurrent (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        context.channel.triggerUserOutboundEvent(AdminAnswer.begun, promise: nil)
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        }
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { [channel = context.channel] writer in
            // Behind the bytes on the channel's loop.
            defer { channel.triggerUserOutboundEvent(AdminAnswer.written, promise: nil) }
            try await body.write(writer)
        }
        return response
    }
}

/// Nothing can be changed here, whatever it is (RFC 9110, 15.5.6).
private struct ReadOnly: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request, context: AdminRequestContext,
        next: @concurrent (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        switch request.method {
        case .get, .head: return try await next(request, context)
        default:
            var response = AdminServer.text("read-only: GET and HEAD are all there is\n", status: .methodNotAllowed)
            response.headers[.allow] = "GET, HEAD"
            return response
        }
    }
}

extension HTTPField.Name {
    fileprivate static var referrerPolicy: Self { Self("Referrer-Policy")! }
}
