public import Balancing
public import Logging
internal import Metrics
internal import NIOCore
public import RPC
internal import Synchronization
public import TLS
internal import Wire

/// Carries calls over TLS to the endpoints of a service.
///
/// Calls run on one of the client's event loops: on the caller's own when the calling task prefers it (a handler that
/// calls another service), else on each in turn. A failed unary call is sent again as ``RetrySequence`` says; a call
/// with a stream only when it was "not started", once, and while no more than its first message had been sent.
public final class RPCClient: ClientTransport, Sendable {
    private let lanes: [Lane]
    private let logger: Logger
    private let defaultTimeout: Duration
    private let retries: RetrySettings
    private let budget: Mutex<RetryBudget>
    private let activeCalls = Atomic(0)

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
        defaultTimeout: Duration = .seconds(30), retries: RetrySettings = RetrySettings()
    ) async throws -> RPCClient {
        let endpoints = await ServiceEndpoints.make(configuration, loops: loops, logger: logger)
        var lanes: [Lane] = []
        for loop in loops.all {
            let lane = try await loop.eventLoop.submit {
                Lane(loop: loop, pool: ConnectionPool(endpoints, tls: tls, loop: loop))
            }.get()
            lanes.append(lane)
        }
        return RPCClient(lanes: lanes, logger: logger, defaultTimeout: defaultTimeout, retries: retries)
    }

    private init(lanes: [Lane], logger: Logger, defaultTimeout: Duration, retries: RetrySettings) {
        self.lanes = lanes
        self.logger = logger
        self.defaultTimeout = defaultTimeout
        self.retries = retries
        budget = Mutex(RetryBudget(percent: retries.budgetPercent))
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

    public func unary(
        _ method: MethodDescriptor, _ request: [UInt8], options: CallOptions
    ) async throws(RPCError) -> [UInt8] {
        let opening = try CallOpening(method, options, deadline: deadline(options))
        activeCalls.add(1, ordering: .relaxed)
        defer { activeCalls.subtract(1, ordering: .relaxed) }
        do throws(RPCError) {
            return try await attempt(opening, request, options)
        } catch {
            return try await attemptsAgain(after: error, opening, request, options)
        }
    }

    /// The attempts after the first one, each in its turn. One that is counted holds its place in the budget from its
    /// pause to its end.
    private func attemptsAgain(
        after failure: RPCError, _ opening: CallOpening, _ request: [UInt8], _ options: CallOptions
    ) async throws(RPCError) -> [UInt8] {
        var failure = failure
        var sequence = RetrySequence(
            settings: retries, isIdempotent: opening.method.idempotency != .none, deadline: opening.deadline)
        while true {
            let action = sequence.failed(
                RetrySequence.Failure(
                    code: failure.code, isNotStarted: failure.isNotStarted,
                    pushbackMilliseconds: failure.retryPushbackMilliseconds), at: .now, random: .random(in: 0...1))
            guard case .sendAgain(let pauseMicroseconds, let isBudgeted) = action, !Task.isCancelled else {
                throw failure
            }
            if isBudgeted {
                let calls = activeCalls.load(ordering: .relaxed)
                guard budget.withLock({ $0.take(activeCalls: calls) }) else {
                    EndpointMetrics.retriesRefused.increment()
                    throw failure
                }
                EndpointMetrics.budgetedRetries.increment()
            } else {
                EndpointMetrics.freeRetries.increment()
            }
            defer { if isBudgeted { budget.withLock { $0.giveBack() } } }
            if pauseMicroseconds > 0 {
                try? await Task.sleep(for: .microseconds(Int64(clamping: pauseMicroseconds)))
            }
            do throws(RPCError) {
                return try await attempt(opening, request, options)
            } catch {
                failure = error
            }
        }
    }

    private func attempt(
        _ opening: CallOpening, _ request: [UInt8], _ options: CallOptions
    ) async throws(RPCError) -> [UInt8] {
        let lane = lane
        let call = UnaryClientCall(opening, request, loop: lane.loop, metadata: options.responseMetadata)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                call.begin(lane.pool, continuation)
            }
        } onCancel: {
            lane.loop.eventLoop.execute { call.cancel() }
        }
        return try result.get()
    }

    public func open(_ method: MethodDescriptor, options: CallOptions) async throws(RPCError) -> any ClientCall {
        let opening = try CallOpening(method, options, deadline: deadline(options))
        let lane = lane
        let call = StreamingClientCall(opening, loop: lane.loop, pool: lane.pool)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                call.begin(continuation)
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
