public import Wire

/// What a handler knows of the call it serves.
public struct ServerContext: Sendable {
    public let method: MethodDescriptor
    /// Who is calling: as the gateway stamped it when the peer is the gateway, else the peer's own certificate.
    public let caller: CallerIdentity
    /// As the caller sent it.
    public let metadata: Metadata
    /// When the answer is no longer wanted. The handler's task is cancelled then. `nil`: never.
    public let deadline: MonotonicInstant?
    public let trace: TraceContext?
    /// The call itself: leading and trailing metadata go there.
    public let call: any ServerCall
    /// Whether the call takes one of the ``CostlyPlaces`` before its handler begins.
    var isCostly = false
    /// Whether its handler works on the ``CostlyThreads``.
    var isOffLoop = false

    public init(
        method: MethodDescriptor, caller: CallerIdentity, metadata: Metadata, deadline: MonotonicInstant?,
        trace: TraceContext?, call: any ServerCall
    ) {
        self.method = method
        self.caller = caller
        self.metadata = metadata
        self.deadline = deadline
        self.trace = trace
        self.call = call
    }
}

/// The server's end of one call. A transport implements it; handlers see it through ``RequestStream``,
/// ``ResponseWriter`` and ``ServerContext/call``.
public protocol ServerCall: AnyObject, Sendable {
    /// The next request message; `nil` when the client has finished sending. Taking a message gives its credit back.
    /// Throws CANCELLED when the call is over.
    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M?

    /// Sends a response message; returns when there was credit for it. Throws CANCELLED when the call is over.
    func send<M: Message>(_ message: M) async throws(RPCError)

    /// Sends metadata before the first message. Without effect after it.
    func sendLeadingMetadata(_ metadata: Metadata)

    /// Sets the metadata that the status will carry.
    func setTrailingMetadata(_ metadata: Metadata)

    /// Ends the call with one last message and OK: the unary answer.
    func finish<M: Message>(with message: M)

    /// Ends the call: OK with `nil`. The first end wins; later ones have no effect.
    func finish(_ error: RPCError?)

    /// Stands back, in the midst of long work, until others have had a turn: tasks and, where the handler runs on an event
    /// loop, its sockets. `Task.yield()` alone would not do there: SwiftNIO looks at its sockets when no task is left, and a
    /// task that yields is never none.
    func letOthersRun() async

    /// From now on the call waits for what another process has yet to bring, and not for this one to work: says so on the way
    /// that it came, where it gives back what others need (WIRE.md, "WAITING"). Without effect after the first time, or
    /// when the handler has begun to answer.
    func waitsForOthers()

    /// The call is about to cost much, or goes on to: returns when it has one of the ``CostlyPlaces``, at once when it has
    /// one already. Throws CANCELLED when the task is cancelled first. The place is left with the call's end, and whenever
    /// the handler waits for its client.
    func takePlace() async throws(RPCError)

    /// Leaves the place, for as long as the call waits for somebody. False when it had none.
    @discardableResult
    func leavePlace() -> Bool
}

extension ServerCall {
    /// For calls whose handler runs on no event loop.
    public func letOthersRun() async {
        await Task.yield()
    }

    /// For calls that hold nothing on their way.
    public func waitsForOthers() {}

    /// For calls that nobody is held up by.
    public func takePlace() async throws(RPCError) {}

    public func leavePlace() -> Bool { false }

    /// Carries out `wait`, which needs another process and not this one, without a place among the ``CostlyPlaces``. A call
    /// that had one has one again afterwards.
    public func withoutPlace<Value>(
        _ wait: () async throws(RPCError) -> Value
    ) async throws(RPCError) -> Value {
        guard leavePlace() else { return try await wait() }
        let value = try await wait()
        try await takePlace()
        return value
    }
}

/// The requests of a client-streaming or bidirectional call, in order.
public struct RequestStream<Request: Message>: AsyncSequence, Sendable {
    public typealias Element = Request
    public typealias Failure = RPCError

    private let call: any ServerCall

    public init(_ call: any ServerCall) {
        self.call = call
    }

    public struct Iterator: AsyncIteratorProtocol {
        let call: any ServerCall

        public mutating func next() async throws(RPCError) -> Request? {
            try await call.receive(Request.self)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RPCError) -> Request? {
            try await call.receive(Request.self)
        }
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(call: call)
    }
}

/// Where the handler of a server-streaming or bidirectional call writes its responses.
public struct ResponseWriter<Response: Message>: Sendable {
    public let call: any ServerCall

    public init(_ call: any ServerCall) {
        self.call = call
    }

    /// Sends one response; suspends while the client has given no credit. Throws CANCELLED when the call is over.
    public func write(_ response: Response) async throws(RPCError) {
        try await call.send(response)
    }
}
