public import Logging
internal import NIOCore
public import RPC
public import TLS
internal import Wire

/// Carries calls over TLS to a list of endpoints.
///
/// Calls run on one of the client's event loops: on the caller's own when the calling task prefers it (a handler that
/// calls another service), else on each in turn. A call that was "not started" is sent once more, freely; nothing else
/// is retried here.
public final class RPCClient: ClientTransport, Sendable {
    private let lanes: [Lane]
    private let logger: Logger
    private let defaultTimeout: Duration

    /// A loop and its connections.
    private final class Lane: Sendable {
        let loop: ConnectionLoop
        let pool: NIOLoopBound<ConnectionPool>

        init(loop: ConnectionLoop, pool: ConnectionPool) {
            self.loop = loop
            self.pool = NIOLoopBound(pool, eventLoop: loop.eventLoop)
        }
    }

    /// Makes a client on every loop. No connection is opened before the first call. `defaultTimeout` is for calls whose
    /// options have none.
    public static func make(
        _ configuration: ConnectionPoolConfiguration, tls: any TLSContextProvider, loops: ConnectionLoops,
        logger: Logger,
        defaultTimeout: Duration = .seconds(30)
    ) async throws -> RPCClient {
        var lanes: [Lane] = []
        for loop in loops.all {
            let lane = try await loop.eventLoop.submit {
                Lane(loop: loop, pool: ConnectionPool(configuration, tls: tls, loop: loop, logger: logger))
            }.get()
            lanes.append(lane)
        }
        return RPCClient(lanes: lanes, logger: logger, defaultTimeout: defaultTimeout)
    }

    private init(lanes: [Lane], logger: Logger, defaultTimeout: Duration) {
        self.lanes = lanes
        self.logger = logger
        self.defaultTimeout = defaultTimeout
    }

    /// Closes every connection; calls under way fail.
    public func close() async {
        for lane in lanes {
            try? await lane.loop.eventLoop.submit { lane.pool.value.close() }.get()
        }
    }

    private var lane: Lane {
        lanes.first { $0.loop.eventLoop.inEventLoop } ?? lanes[lanes.count == 1 ? 0 : Int.random(in: 0..<lanes.count)]
    }

    // MARK: ClientTransport

    public func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor, _ request: Request, returning: Response.Type, options: CallOptions
    ) async throws(RPCError) -> Response {
        let opening = try CallOpening(method, options, deadline: deadline(options))
        do throws(RPCError) {
            return try await attempt(opening, request, Response.self, options)
        } catch {
            guard error.isNotStarted, error.code == .unavailable else { throw error }
            return try await attempt(opening, request, Response.self, options)
        }
    }

    private func attempt<Request: Message, Response: Message>(
        _ opening: CallOpening, _ request: Request, _: Response.Type, _ options: CallOptions
    ) async throws(RPCError) -> Response {
        let lane = lane
        let call = UnaryClientCall<Response>(opening, loop: lane.loop, metadata: options.responseMetadata)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                call.begin(request, lane.pool, continuation)
            }
        } onCancel: {
            lane.loop.eventLoop.execute { call.cancel() }
        }
        return try result.get()
    }

    public func open(_ method: MethodDescriptor, options: CallOptions) async throws(RPCError) -> any ClientCall {
        let opening = try CallOpening(method, options, deadline: deadline(options))
        let lane = lane
        let call = StreamingClientCall(opening, loop: lane.loop)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                call.begin(lane.pool, continuation)
            }
        } onCancel: {
            call.cancel()
        }
        try result.get()
        return call
    }

    private func deadline(_ options: CallOptions) -> MonotonicInstant? {
        let timeout = options.timeout ?? defaultTimeout
        // A timeout of decades is none: the wire has a number for that.
        guard timeout < .seconds(1_000_000_000) else { return nil }
        return MonotonicInstant.now.advanced(byMicroseconds: timeout.wholeMicroseconds)
    }
}
