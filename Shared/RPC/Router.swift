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
        let decoded: Request
        do {
            decoded = try Request.decode(request ?? UnsafeRawBufferPointer(start: nil, count: 0))
        } catch {
            context.call.finish(error)
            return nil
        }
        return Task.immediate(executorPreference: executor) { [body] in
            do throws(RPCError) {
                context.call.finish(with: try await body(decoded, context))
            } catch {
                context.call.finish(error)
            }
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
        let decoded: Request
        do {
            decoded = try Request.decode(request ?? UnsafeRawBufferPointer(start: nil, count: 0))
        } catch {
            context.call.finish(error)
            return nil
        }
        return Task.immediate(executorPreference: executor) { [body] in
            do throws(RPCError) {
                try await body(decoded, ResponseWriter(context.call), context)
                context.call.finish(nil)
            } catch {
                context.call.finish(error)
            }
        }
    }
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

/// The methods a process serves, by path. Filled at start, then only read.
public struct Router: Sendable {
    private var handlers: [String: any MethodHandler] = [:]
    /// Full names of the services that have a method here.
    public private(set) var services: Set<String> = []

    public init() {}

    /// Adds a method. A second one under the same path is a programming error.
    public mutating func register(_ handler: any MethodHandler) {
        let previous = handlers.updateValue(handler, forKey: handler.descriptor.path)
        precondition(previous == nil, "two handlers for \(handler.descriptor.path)")
        services.insert(handler.descriptor.service)
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
