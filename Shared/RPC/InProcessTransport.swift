internal import Synchronization
internal import Wire

/// Carries calls to a router in the same process: for tests, and for a service that asks itself.
///
/// What a test sees here it sees over TLS too: messages cross encoded, a sender waits when the reader is slow, a
/// deadline ends the call on both sides and cancels the handler's task, and a cancelled client does the same. There
/// are no frames, no credit in bytes and no connection. Deadlines are kept on the clock that is handed in.
public final class InProcessTransport: ClientTransport {
    private let router: Router
    private let caller: CallerIdentity
    private let clock: any MonotonicClock
    private let queueLimitMessages: Int
    private let openCalls = Mutex((next: UInt64(0), calls: [UInt64: InProcessCall]()))

    /// - Parameters:
    ///   - caller: as whom every call of this transport is made.
    ///   - clock: what deadlines are kept on; the default stands still, so that no deadline ever passes.
    ///   - queueLimitMessages: how many messages may wait in each direction of a call before `send` suspends.
    public init(
        _ router: Router, caller: CallerIdentity, clock: any MonotonicClock = ManualClock(),
        queueLimitMessages: Int = 4
    ) {
        self.router = router
        self.caller = caller
        self.clock = clock
        self.queueLimitMessages = queueLimitMessages
    }

    public func unary(
        _ method: MethodDescriptor, _ request: [UInt8], options: CallOptions
    ) async throws(RPCError) -> [UInt8] {
        let call = begin(method, options)
        defer { options.responseMetadata?.set(leading: call.leadingMetadata, trailing: call.trailingMetadata) }
        try await call.send(request)
        call.finishSending()
        guard let response = try await call.receive() else {
            throw RPCError(.unimplemented, "the server ended the call OK without a response")
        }
        guard try await call.receive() == nil else {
            call.cancel()
            throw RPCError(.unimplemented, "the server sent more than one response")
        }
        return response
    }

    public func open(_ method: MethodDescriptor, options: CallOptions) async throws(RPCError) -> any ClientCall {
        begin(method, options)
    }

    private func begin(_ method: MethodDescriptor, _ options: CallOptions) -> InProcessClientCall {
        let id = openCalls.withLock { open in
            open.next += 1
            return open.next
        }
        let call = InProcessCall(method: method, queueLimitMessages: queueLimitMessages) { [weak self] in
            _ = self?.openCalls.withLock { $0.calls.removeValue(forKey: id) }
        }
        openCalls.withLock { $0.calls[id] = call }
        let deadline = options.timeout.map { clock.now.advanced(byMicroseconds: $0.wholeMicroseconds) }
        let client = InProcessClientCall(call)
        do throws(RPCError) {
            let handler = try router.handler(for: method.path)
            let context = ServerContext(
                method: handler.descriptor, caller: caller, metadata: options.metadata, deadline: deadline,
                trace: options.trace,
                call: InProcessServerCall(call, CostlyPlace(router.costlyPlaces, of: caller)))
            try keep(deadline, of: call)
            if method.isClientStreaming {
                call.attach(handler: handler.start(context, request: nil, executor: globalConcurrentExecutor))
            } else {
                client.startWhenRequested { request in
                    request.withUnsafeBytes { handler.start(context, request: $0, executor: globalConcurrentExecutor) }
                }
            }
        } catch {
            call.end(error)
        }
        return client
    }

    /// Ends every open call with `error` on both sides, as a server that is lost does. Later calls are carried again.
    public func endOpenCalls(_ error: RPCError) {
        let calls = openCalls.withLock { Array($0.calls.values) }
        for call in calls { call.end(error) }
    }

    private func keep(_ deadline: MonotonicInstant?, of call: InProcessCall) throws(RPCError) {
        guard let deadline else { return }
        guard clock.now < deadline else {
            throw RPCError(.deadlineExceeded, "the deadline had passed before the call began", isNotStarted: true)
        }
        let waiting = Task { [clock] in
            await clock.sleep(until: deadline)
            guard !Task.isCancelled else { return }
            call.end(RPCError(.deadlineExceeded, "the deadline passed before the call ended"))
        }
        call.attach(deadline: waiting)
    }
}

/// The client's end.
private final class InProcessClientCall: ClientCall {
    private let call: InProcessCall
    private let start = Mutex<(@Sendable ([UInt8]) -> Task<Void, Never>?)?>(nil)

    init(_ call: InProcessCall) {
        self.call = call
    }

    /// A method without client streaming begins when its one request is complete.
    func startWhenRequested(_ body: @escaping @Sendable ([UInt8]) -> Task<Void, Never>?) {
        start.withLock { $0 = body }
    }

    func send<M: Message>(_ message: M) async throws(RPCError) {
        try await send(message.encodedBytes())
    }

    func send(_ message: [UInt8]) async throws(RPCError) {
        if let error = await call.clientSends(message) { throw error }
    }

    func finishSending() {
        guard let request = call.clientFinishedSending() else { return }
        let begin = start.withLock { $0 }
        call.attach(handler: begin?(request))
    }

    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? {
        guard let message = try await receive() else { return nil }
        do throws(RPCError) {
            return try M.decodeResponse(message)
        } catch {
            call.end(error)
            throw error
        }
    }

    func receive() async throws(RPCError) -> [UInt8]? {
        switch await call.clientReceives() {
        case .finished: return nil
        case .failed(let error): throw error
        case .message(let bytes): return bytes
        }
    }

    func cancel() {
        call.end(InProcessCall.cancelledByClient)
    }

    var leadingMetadata: Metadata { call.visibleLeading }
    var trailingMetadata: Metadata { call.visibleTrailing }
}

/// The server's end.
private final class InProcessServerCall: ServerCall {
    private let call: InProcessCall
    private let place: CostlyPlace

    init(_ call: InProcessCall, _ place: consuming CostlyPlace) {
        self.call = call
        self.place = place
    }

    func takePlace() async throws(RPCError) { try await place.take() }

    func leavePlace() -> Bool { place.leave() }

    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? {
        place.leave()
        switch await call.serverReceives() {
        case .finished: return nil
        case .failed(let error): throw error
        case .message(let bytes): return try M.decode(bytes)
        }
    }

    func send<M: Message>(_ message: M) async throws(RPCError) {
        let bytes = try message.encodedBytes()
        place.leave()
        if let error = await call.serverSends(bytes) { throw error }
    }

    func sendLeadingMetadata(_ metadata: Metadata) {
        call.serverSendsLeading(metadata)
    }

    func setTrailingMetadata(_ metadata: Metadata) {
        call.serverSetsTrailing(metadata)
    }

    func finish<M: Message>(with message: M) {
        defer { place.leave() }
        do throws(RPCError) {
            call.serverFinishes(nil, lastMessage: try message.encodedBytes())
        } catch {
            call.serverFinishes(error)
        }
    }

    func finish(_ error: RPCError?) {
        call.serverFinishes(error)
        place.leave()
    }
}
