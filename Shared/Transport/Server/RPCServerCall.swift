internal import NIOCore
internal import RPC
internal import Synchronization
internal import Wire

/// One call of the RPC router: joins a connection's frames to a handler's task.
///
/// State is confined to the connection's loop, where the handler's task usually runs too; what is called from elsewhere
/// hops there first.
final class RPCServerCall: ServerCall, ServerCallReceiver, @unchecked Sendable {
    /// Messages a peer may send ahead of the handler, whatever their size.
    private static let maximumQueuedMessages = 4096

    private let connection: ServerConnection
    private let id: UInt32
    private let handler: any MethodHandler
    private var inbox = MessageInbox()
    /// For methods without client streaming: the context until the one request is whole.
    private var pendingContext: ServerContext?
    private var task: Task<Void, Never>?
    private var isOver = false
    private var hasReturned = false
    private typealias Receiving = UnsafeContinuation<Result<ByteBuffer?, RPCError>, Never>
    private var receiving: (wait: UInt64, continuation: Receiving)?
    /// Waits for a message are numbered: a cancellation ends its own and no later one.
    private let waits = Atomic<UInt64>(0)
    /// The last wait whose cancellation came before it.
    private var cancelledWait: UInt64 = 0
    private var sending: UnsafeContinuation<Result<Void, RPCError>, Never>?
    private var sendingBytes = 0
    private var trailing = Metadata()

    private let caller: CallerIdentity

    init(connection: ServerConnection, id: UInt32, handler: any MethodHandler, caller: CallerIdentity) {
        self.connection = connection
        self.id = id
        self.handler = handler
        self.caller = caller
    }

    var callerURI: String? { caller.uri }

    private var loop: ConnectionLoop { connection.loop }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.eventLoop.inEventLoop { body() } else { loop.eventLoop.execute(body) }
    }

    // MARK: Requests

    /// Takes the call's first frame.
    func begin(_ context: ServerContext, _ call: IncomingCall) {
        if handler.descriptor.isClientStreaming {
            messageReceived(call.message, messageEnd: call.messageEnd, streamEnd: call.streamEnd)
            started(start(context, nil))
        } else if call.messageEnd, call.streamEnd {
            // The usual case: decode from the frame itself, copy nothing.
            connection.consumed(id, bytes: call.message.count)
            started(start(context, call.message))
        } else {
            pendingContext = context
            messageReceived(call.message, messageEnd: call.messageEnd, streamEnd: call.streamEnd)
        }
    }

    /// Starts the handler; calls that it makes to other services belong to the same trace, if that is sampled.
    private func start(_ context: ServerContext, _ request: UnsafeRawBufferPointer?) -> Task<Void, Never>? {
        guard let trace = context.trace, trace.isSampled else {
            return handler.start(context, request: request, executor: loop)
        }
        return TraceContext.$current.withValue(trace) {
            handler.start(context, request: request, executor: loop)
        }
    }

    private func started(_ task: Task<Void, Never>?) {
        guard !hasReturned else { return }
        self.task = task
        if isOver { task?.cancel() }
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        guard !isOver else {
            connection.consumed(id, bytes: bytes.count)
            return
        }
        let credit = inbox.receive(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
        connection.consumed(id, bytes: credit)
        defer { if !isOver { connection.holds(id, bytes: inbox.bytes) } }
        guard inbox.count <= Self.maximumQueuedMessages else {
            let reason = "\(inbox.count) messages wait for the handler; at most \(Self.maximumQueuedMessages) may"
            connection.noteCut(.waitingMessages, reason)
            finish(RPCError(.resourceExhausted, reason))
            return
        }
        if let context = pendingContext {
            if inbox.count > 1 || inbox.hasEnded { startWithOneRequest(context) }
        } else if let receiving, inbox.count > 0 || inbox.hasEnded {
            self.receiving = nil
            receiving.continuation.resume(returning: .success(takeMessage()))
        }
    }

    private func startWithOneRequest(_ context: ServerContext) {
        pendingContext = nil
        guard inbox.count == 1, let request = takeMessage() else {
            finish(
                RPCError(
                    .unimplemented,
                    "\(handler.descriptor.path) takes exactly one request message; \(inbox.count) came"))
            return
        }
        let task = request.withUnsafeReadableBytes { start(context, $0) }
        started(task)
    }

    private func takeMessage() -> ByteBuffer? {
        guard let (message, credit) = inbox.take() else { return nil }
        connection.consumed(id, bytes: credit)
        connection.holds(id, bytes: inbox.bytes)
        return message
    }

    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? {
        let wait = waits.add(1, ordering: .relaxed).newValue
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Receiving) in
                onLoop { self.receive(wait, continuation) }
            }
        } onCancel: {
            onLoop { self.cancelWait(wait) }
        }
        guard let message = try result.get() else { return nil }
        return try M.decode(message)
    }

    private static let receivingCancelled = RPCError(.cancelled, "the task that waited for a message was cancelled")

    private func receive(_ wait: UInt64, _ continuation: Receiving) {
        if isOver {
            continuation.resume(returning: .failure(RPCError(.cancelled, "the call is over")))
        } else if wait == cancelledWait {
            continuation.resume(returning: .failure(Self.receivingCancelled))
        } else if inbox.count > 0 || inbox.hasEnded {
            continuation.resume(returning: .success(takeMessage()))
        } else {
            receiving = (wait, continuation)
        }
    }

    /// The task that waits was cancelled, from any thread, and perhaps before its wait has reached the loop.
    private func cancelWait(_ wait: UInt64) {
        if receiving?.wait == wait {
            resumeReceiving(with: Self.receivingCancelled)
        } else {
            cancelledWait = wait
        }
    }

    private func resumeReceiving(with error: RPCError) {
        receiving?.continuation.resume(returning: .failure(error))
        receiving = nil
    }

    // MARK: Responses

    func send<M: Message>(_ message: M) async throws(RPCError) {
        if loop.eventLoop.inEventLoop {
            let waiting = try message.withEncodedBytes { sendNow($0) }
            if waiting == 0 {
                // Messages without bytes need no credit: they, too, let the socket take what is gathered.
                if connection.isFull { await Task.yield() }
                return
            }
        } else {
            let bytes = try message.encodedBytes()
            onLoop { bytes.withUnsafeBytes { _ = self.sendNow($0) } }
        }
        let result = await withUnsafeContinuation { continuation in
            onLoop { self.waitUntilSent(continuation) }
        }
        try result.get()
    }

    /// Returns the bytes that wait for credit.
    private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard !isOver else { return 1 }
        let waiting = bytes.count - connection.send(id, bytes, messageEnd: true)
        sendingBytes += waiting
        return waiting
    }

    private func waitUntilSent(_ continuation: UnsafeContinuation<Result<Void, RPCError>, Never>) {
        if isOver {
            continuation.resume(returning: .failure(RPCError(.cancelled, "the call is over")))
        } else if sendingBytes == 0 {
            continuation.resume(returning: .success(()))
        } else {
            sending = continuation
        }
    }

    var isStarted: Bool { true }

    func responseBytesSent(_ bytes: Int) {
        sendingBytes -= bytes
        guard sendingBytes == 0, let sending else { return }
        self.sending = nil
        sending.resume(returning: .success(()))
    }

    func sendLeadingMetadata(_ metadata: Metadata) {
        onLoop {
            guard !self.isOver else { return }
            do throws(MetadataBlock.Refusal) {
                let block = try MetadataBlock.encoded(metadata)
                block.withUnsafeBytes { self.connection.sendHeaders(self.id, $0) }
            } catch {
                self.finish(RPCError(.internal, "the handler sent leading metadata that is refused: \(error.reason)"))
            }
        }
    }

    func setTrailingMetadata(_ metadata: Metadata) {
        onLoop { self.trailing = metadata }
    }

    // MARK: The end

    func finish<M: Message>(with message: M) {
        do throws(RPCError) {
            if loop.eventLoop.inEventLoop {
                try message.withEncodedBytes { finishNow(message: $0) }
            } else {
                let bytes = try message.encodedBytes()
                onLoop { bytes.withUnsafeBytes { self.finishNow(message: $0) } }
            }
        } catch {
            finish(error)
        }
    }

    private func finishNow(message: UnsafeRawBufferPointer) {
        if !isOver {
            do throws(RPCError) {
                try okStatus().withUnsafeBytes { connection.finish(id, message: message, status: $0) }
            } catch {
                connection.finish(id, status: StatusHead.encoded(error))
            }
        }
        handlerReturned()
    }

    private func okStatus() throws(RPCError) -> [UInt8] {
        guard !trailing.isEmpty else { return StatusHead.okBytes }
        do throws(MetadataBlock.Refusal) {
            return StatusHead.encoded(code: .ok, metadata: try MetadataBlock.encoded(trailing))
        } catch {
            throw RPCError(.internal, "the handler set trailing metadata that is refused: \(error.reason)")
        }
    }

    func finish(_ error: RPCError?) {
        onLoop {
            if !self.isOver {
                self.connection.finish(self.id, status: self.status(error))
            }
            self.handlerReturned()
        }
    }

    private func status(_ error: RPCError?) -> [UInt8] {
        do throws(RPCError) {
            guard var error else { return try okStatus() }
            if error.trailingMetadata.isEmpty { error.trailingMetadata = trailing }
            return StatusHead.encoded(error)
        } catch {
            return StatusHead.encoded(error)
        }
    }

    private func handlerReturned() {
        guard !hasReturned else { return }
        hasReturned = true
        isOver = true
        task = nil
        inbox = MessageInbox()
        connection.release(id)
    }

    func cancelled(_ why: CallCancellation) {
        guard !isOver else { return }
        isOver = true
        inbox = MessageInbox()
        connection.holds(id, bytes: 0)
        resumeReceiving(with: RPCError(.cancelled, "the call is over"))
        sending?.resume(returning: .failure(RPCError(.cancelled, "the call is over")))
        sending = nil
        task?.cancel()
        if pendingContext != nil {
            pendingContext = nil
            handlerReturned()
        }
    }
}

extension Message {
    static func decode(_ buffer: ByteBuffer) throws(RPCError) -> Self {
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(RPCError) -> Self in try decode(bytes) }
        }
        return try result.get()
    }
}
