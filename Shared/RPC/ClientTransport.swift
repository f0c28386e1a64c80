public import Wire

/// What a caller may say about one call.
public struct CallOptions: Sendable {
    /// From the moment of the call to its end, over all attempts. `nil`: the transport's default.
    public var timeout: Duration?
    public var metadata: Metadata
    public var trace: TraceContext?
    /// Where to put the leading and trailing metadata of a unary answer, if they are wanted.
    public var responseMetadata: ResponseMetadata?

    public init(
        timeout: Duration? = nil, metadata: Metadata = Metadata(), trace: TraceContext? = nil,
        responseMetadata: ResponseMetadata? = nil
    ) {
        self.timeout = timeout
        self.metadata = metadata
        self.trace = trace
        self.responseMetadata = responseMetadata
    }
}

/// Carries calls to a server: over TLS (Transport), or inside the process (``InProcessTransport``).
///
/// Generated clients hold one. A connection is opened when the first call needs it and again after a failure.
public protocol ClientTransport: Sendable {
    /// One encoded request, one encoded response. Generated clients call ``unary(_:_:returning:options:)``.
    func unary(_ method: MethodDescriptor, _ request: [UInt8], options: CallOptions) async throws(RPCError) -> [UInt8]

    /// Opens a call of any shape.
    func open(_ method: MethodDescriptor, options: CallOptions) async throws(RPCError) -> any ClientCall
}

extension ClientTransport {
    /// One request, one response. Throws INTERNAL for a response that cannot be read.
    // Inlined where the types are known: generic code would look for their metadata at every call.
    @inlinable @inline(__always)
    public func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor, _ request: Request, returning: Response.Type, options: CallOptions
    ) async throws(RPCError) -> Response {
        try Response.decodeResponse(await unary(method, request.encodedBytes(), options: options))
    }
}

/// The client's end of one call.
public protocol ClientCall: AnyObject, Sendable {
    /// Sends a request message; returns when there was credit for it. Throws the call's status when it is over, or
    /// CANCELLED when the server ended it OK and a stream of requests has no reader any more.
    func send<M: Message>(_ message: M) async throws(RPCError)

    /// Says that no more requests come.
    func finishSending()

    /// The next response; `nil` when the call ended OK. Throws the status otherwise.
    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M?

    /// Ends the call from this side: the server sees a RESET, `receive` throws CANCELLED. Without effect when over.
    func cancel()

    /// What the server sent before its first message; empty until the first `receive` has returned.
    var leadingMetadata: Metadata { get }

    /// What came with the status; empty until `receive` has returned `nil` or thrown.
    var trailingMetadata: Metadata { get }
}

/// The responses of a server-streaming call. Dropping the iteration early cancels the call only when ``cancel()`` is
/// called or the task is cancelled.
public struct ResponseStream<Response: Message>: AsyncSequence, Sendable {
    public typealias Element = Response
    public typealias Failure = RPCError

    public let call: any ClientCall

    public init(_ call: any ClientCall) {
        self.call = call
    }

    public struct Iterator: AsyncIteratorProtocol {
        let call: any ClientCall

        public mutating func next() async throws(RPCError) -> Response? {
            try await call.receive(Response.self)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RPCError) -> Response? {
            try await call.receive(Response.self)
        }
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(call: call)
    }

    public func cancel() {
        call.cancel()
    }
}

/// A client-streaming call: send, then ask for the response.
public struct ClientStreamingCall<Request: Message, Response: Message>: Sendable {
    public let call: any ClientCall

    public init(_ call: any ClientCall) {
        self.call = call
    }

    public func send(_ request: Request) async throws(RPCError) {
        try await call.send(request)
    }

    /// Finishes sending and waits for the answer. An OK without a message, or with two, is UNIMPLEMENTED, as in gRPC.
    public func response() async throws(RPCError) -> Response {
        call.finishSending()
        guard let response = try await call.receive(Response.self) else {
            throw RPCError(.unimplemented, "the server ended the call OK without a response")
        }
        guard try await call.receive(Response.self) == nil else {
            call.cancel()
            throw RPCError(.unimplemented, "the server sent more than one response")
        }
        return response
    }
}

/// A bidirectional call: both directions are independent.
public struct BidirectionalCall<Request: Message, Response: Message>: Sendable {
    public let call: any ClientCall

    public init(_ call: any ClientCall) {
        self.call = call
    }

    public func send(_ request: Request) async throws(RPCError) {
        try await call.send(request)
    }

    public func finishSending() {
        call.finishSending()
    }

    public var responses: ResponseStream<Response> { ResponseStream(call) }
}
