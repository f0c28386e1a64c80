internal import Wire

/// What serves one method. The generated stubs make these; a transport starts them.
public protocol MethodHandler: Sendable {
    var descriptor: MethodDescriptor { get }

    /// Starts the handler in a task on `executor` and returns that task, which the transport cancels when the call is
    /// over. `request` is the whole request message of a method without client streaming, borrowed for this call only,
    /// and `nil` for the others. Called on the connection's own loop.
    func start(
        _ context: ServerContext, request: UnsafeRawBufferPointer?, executor: any TaskExecutor
    ) -> Task<Void, Never>?
}

/// Serves a method with one request and one response. The request is decoded before the task begins, so that no frame
/// crosses a task boundary.
public struct UnaryHandler<Request: Message, Response: Message>: MethodHandler {
    public typealias Body = @Sendable (Request, ServerContext) async throws(RPCError) -> Response

    public let descriptor: MethodDescriptor
    private let body: Body

    public init(_ descriptor: MethodDescriptor, _ body: @escaping Body) {
        self.descriptor = descriptor
        self.body = body
    }

    public func start(
        _ context: ServerContext, request: UnsafeRawBufferPointer?, executor: any TaskExecutor
    ) -> Task<Void, Never>? {
        startOnce(context, request, executor) { [body] (request: Request) async throws(RPCError) in
            context.call.finish(with: try await body(request, context))
        }
    }
}

/// Serves a method with one request and a stream of responses.
public struct ServerStreamingHandler<Request: Message, Response: Message>: MethodHandler {
    public typealias Body =
        @Sendable (Request, ResponseWriter<Response>, ServerContext) async throws(RPCError) -> Void

    public let descriptor: MethodDescriptor
    private let body: Body

    public init(_ descriptor: MethodDescriptor, _ body: @escaping Body) {
        self.descriptor = descriptor
        self.body = body
    }

    public func start(
        _ context: ServerContext, request: UnsafeRawBufferPointer?, executor: any TaskExecutor
    ) -> Task<Void, Never>? {
        startOnce(context, request, executor) { [body] (request: Request) async throws(RPCError) in
            try await body(request, ResponseWriter(context.call), context)
            context.call.finish(nil)
        }
    }
}

extension MethodHandler {
    /// Decodes the one request and has `serve` answer it: at once on the caller's loop, or, when the request is large, both
    /// elsewhere and in one of the ``CostlyPlaces``: decoding cannot be interrupted, and what is large to read is large to
    /// work on.
    fileprivate func startOnce<Request: Message>(
        _ context: ServerContext, _ request: UnsafeRawBufferPointer?, _ executor: any TaskExecutor,
        _ serve: @escaping @Sendable (Request) async throws(RPCError) -> Void
    ) -> Task<Void, Never>? {
        let request = request ?? UnsafeRawBufferPointer(start: nil, count: 0)
        do throws(RPCError) {
            guard request.count <= LargeRequests.largeBytes else {
                let charge = try LargeRequests.shared.charge(context.caller, bytes: request.count)
                let bytes = Array(request)
                return Task.immediate(executorPreference: executor) {
                    do throws(RPCError) {
                        try await context.call.takePlace()
                        try await offLoop { () throws(RPCError) in try await serve(try Request.decode(bytes)) }
                    } catch {
                        context.call.finish(error)
                    }
                    charge.giveBack()
                }
            }
            let decoded = try Request.decode(request)
            return Task.immediate(executorPreference: executor) {
                do throws(RPCError) {
                    if context.isCostly { try await context.call.takePlace() }
                    if context.isOffLoop {
                        try await offLoop { () throws(RPCError) in try await serve(decoded) }
                    } else {
                        try await serve(decoded)
                    }
                } catch {
                    context.call.finish(error)
                }
            }
        } catch {
            context.call.finish(error)
            return nil
        }
    }
}

/// Works on the ``CostlyThreads``. For what has its place: who is given up while it waits for one must be gone at once, and
/// not when those threads have done what is large.
private func offLoop(_ work: @Sendable @concurrent () async throws(RPCError) -> Void) async throws(RPCError) {
    try await withTaskExecutorPreference(CostlyThreads.shared) { () throws(RPCError) in try await work() }
}

/// Serves a method with a stream of requests and one response.
public struct ClientStreamingHandler<Request: Message, Response: Message>: MethodHandler {
    public typealias Body = @Sendable (RequestStream<Request>, ServerContext) async throws(RPCError) -> Response

    public let descriptor: MethodDescriptor
    private let body: Body

    public init(_ descriptor: MethodDescriptor, _ body: @escaping Body) {
        self.descriptor = descriptor
        self.body = body
    }

    public func start(
        _ context: ServerContext, request: UnsafeRawBufferPointer?, executor: any TaskExecutor
    ) -> Task<Void, Never>? {
        Task.immediate(executorPreference: executor) { [body] in
            do throws(RPCError) {
                context.call.finish(with: try await body(RequestStream(context.call), context))
            } catch {
                context.call.finish(error)
            }
        }
    }
}

/// Serves a method with a stream each way.
public struct BidirectionalHandler<Request: Message, Response: Message>: MethodHandler {
    public typealias Body =
        @Sendable (RequestStream<Request>, ResponseWriter<Response>, ServerContext) async throws(RPCError) -> Void

    public let descriptor: MethodDescriptor
    private let body: Body

    public init(_ descriptor: MethodDescriptor, _ body: @escaping Body) {
        self.descriptor = descriptor
        self.body = body
    }

    public func start(
        _ context: ServerContext, request: UnsafeRawBufferPointer?, executor: any TaskExecutor
    ) -> Task<Void, Never>? {
        Task.immediate(executorPreference: executor) { [body] in
            do throws(RPCError) {
                try await body(RequestStream(context.call), ResponseWriter(context.call), context)
                context.call.finish(nil)
            } catch {
                context.call.finish(error)
            }
        }
    }
}

/// See ``Router/continueOffLoop(_:)`` and ``Router/takePlaces(_:)``.
private struct CostlyHandler: MethodHandler {
    private let handler: any MethodHandler
    private let isOffLoop: Bool

    init(_ handler: any MethodHandler, isOffLoop: Bool) {
        self.handler = handler
        self.isOffLoop = isOffLoop
    }

    var descriptor: MethodDescriptor { handler.descriptor }

    func start(
        _ context: ServerContext, request: UnsafeRawBufferPointer?, executor: any TaskExecutor
    ) -> Task<Void, Never>? {
        var context = context
        // A stream's handler waits for its client most of the time: it takes a place for each response by itself.
        context.isCostly = !handler.descriptor.isServerStreaming
        context.isOffLoop = isOffLoop
        return handler.start(context, request: request, executor: executor)
    }
}

/// The methods a process serves, by path. Filled at start, then only read.
public struct Router: Sendable {
    private var handlers: [String: any MethodHandler] = [:]
    /// Full names of the services that have a method here.
    public private(set) var services: Set<String> = []
    /// What all calls of this router share, over all connections and loops.
    public let costlyPlaces: CostlyPlaces

    public init(costlyPlaces: CostlyPlaces = CostlyPlaces()) {
        self.costlyPlaces = costlyPlaces
    }

    /// Adds a method. A second one under the same path is a programming error.
    public mutating func register(_ handler: any MethodHandler) {
        let previous = handlers.updateValue(handler, forKey: handler.descriptor.path)
        precondition(previous == nil, "two handlers for \(handler.descriptor.path)")
        services.insert(handler.descriptor.service)
    }

    /// Has another handler serve a method than the stub's: one that reads the request in its own way. What is not registered is
    /// a programming error.
    public mutating func replace(_ handler: any MethodHandler) {
        let stub = handlers.updateValue(handler, forKey: handler.descriptor.path)
        precondition(stub != nil, "no handler for \(handler.descriptor.path)")
    }

    /// Has handlers work on the ``CostlyThreads`` instead of their caller's event loop and, with one answer, each in one of
    /// the ``costlyPlaces``: for methods with one request whose answers may be large to make and to encode, however small the
    /// question. They wait for their place on the loop. What is not registered, or has a stream of requests, is a programming
    /// error.
    public mutating func continueOffLoop(_ methods: [MethodDescriptor]) {
        wrap(methods) { CostlyHandler($0, isOffLoop: true) }
    }

    /// Has calls of methods with one request take one of the ``costlyPlaces`` before they begin: for those that read the
    /// store, so that of one caller's no more stand before others' there than it has places. What is not registered, or
    /// has a stream of requests, is a programming error.
    public mutating func takePlaces(_ methods: [MethodDescriptor]) {
        wrap(methods) { CostlyHandler($0, isOffLoop: false) }
    }

    private mutating func wrap(_ methods: [MethodDescriptor], _ wrap: (any MethodHandler) -> CostlyHandler) {
        for method in methods {
            guard let handler = handlers[method.path] else { preconditionFailure("no handler for \(method.path)") }
            precondition(!method.isClientStreaming, "\(method.path) has more than one request")
            handlers[method.path] = wrap(handler)
        }
    }

    /// Every handler, in no order.
    public var allHandlers: [any MethodHandler] { Array(handlers.values) }

    /// The handler of "SERVICE/METHOD", or UNIMPLEMENTED that says which of the two is unknown.
    public func handler(for path: String) throws(RPCError) -> any MethodHandler {
        if let handler = handlers[path] { return handler }
        let service = path.prefix { $0 != "/" }
        let message =
            services.contains(String(service))
            ? "service \(service) has no method \(path.dropFirst(service.count + 1))"
            : "no service \(service) here"
        throw RPCError(.unimplemented, message, isNotStarted: true)
    }
}
