internal import NIOCore
internal import RPC
internal import Wire

/// One attempt of a unary call. Confined to its loop once begun.
final class UnaryClientCall: ClientCallReceiver, @unchecked Sendable {
    typealias Continuation = UnsafeContinuation<Result<[UInt8], RPCError>, Never>

    private let opening: CallOpening
    private let request: [UInt8]
    private let loop: ConnectionLoop
    private let responseMetadata: ResponseMetadata?
    private var continuation: Continuation?
    /// The caller gave up, maybe before the call began.
    private var isCancelled = false
    private var connection: ClientConnection?
    private var id: UInt32 = 0
    private var wait: ConnectionWait?
    private var inbox = MessageInbox()
    private var leading = Metadata()

    init(_ opening: CallOpening, _ request: [UInt8], loop: ConnectionLoop, metadata: ResponseMetadata?) {
        self.opening = opening
        self.request = request
        self.loop = loop
        responseMetadata = metadata
    }

    /// Sends the request when a connection is ready.
    func begin(_ pool: NIOLoopBound<ConnectionPool>, _ continuation: Continuation) {
        if loop.eventLoop.inEventLoop {
            begin(pool.value, continuation)
        } else {
            loop.eventLoop.execute { self.begin(pool.value, continuation) }
        }
    }

    private func begin(_ pool: ConnectionPool, _ continuation: Continuation) {
        self.continuation = continuation
        if isCancelled {
            resume(.failure(cancelled))
        } else if let ready = pool.readyConnection() {
            send(on: ready)
        } else {
            waitForConnection(pool)
        }
    }

    private func waitForConnection(_ pool: ConnectionPool) {
        let wait = ConnectionWait()
        self.wait = wait
        wait.begin(pool, opening, loop: loop) { result in
            self.wait = nil
            switch result {
            case .success(let connection): self.send(on: connection)
            case .failure(let error): self.resume(.failure(error))
            }
        }
    }

    private func send(on connection: ClientConnection) {
        guard continuation != nil else { return }
        let outcome = opening.withHead { head in
            request.withUnsafeBytes { message in
                connection.open(
                    OutgoingCall(
                        head: head, message: message, messageEnd: true, streamEnd: true,
                        isIdempotent: opening.method.idempotency != .none, deadline: opening.deadline), self)
            }
        }
        switch outcome {
        case .opened(let id, _):
            self.connection = connection
            self.id = id
        case .full, .unusable:
            resume(.failure(opening.unavailable(ConnectionUnavailable(reason: "the connection takes no more calls"))))
        case nil:
            resume(.failure(opening.deadlinePassed))
        }
    }

    func cancel() {
        isCancelled = true
        guard continuation != nil else { return }
        wait?.cancel()
        connection?.cancel(id)
        resume(.failure(cancelled))
    }

    private var cancelled: RPCError {
        RPCError(.cancelled, "\(opening.method.path): the caller cancelled")
    }

    private func resume(_ result: Result<[UInt8], RPCError>) {
        continuation?.resume(returning: result)
        continuation = nil
        connection = nil
    }

    // MARK: ClientCallReceiver

    func headersReceived(_ block: UnsafeRawBufferPointer) {
        leading = Metadata(received: block)
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        connection?.consumed(id, bytes: inbox.receive(bytes, messageEnd: messageEnd, streamEnd: false))
        if inbox.count > 1 {
            connection?.cancel(id)
            resume(.failure(tooManyResponses))
        }
    }

    private var tooManyResponses: RPCError {
        RPCError(.unimplemented, "\(opening.method.path): the server sent more than one response to a unary call")
    }

    func ended(_ end: CallEnd) {
        switch end {
        case .failed(let code, let reason, let isNotStarted):
            resume(.failure(RPCError(code, "\(opening.method.path): \(reason)", isNotStarted: isNotStarted)))
        case .status(let head, _, let message):
            responseMetadata?.set(leading: leading, trailing: Metadata(received: head.metadata))
            resume(RPCError(head).map { .failure($0) } ?? response(message))
        }
    }

    private func response(_ message: UnsafeRawBufferPointer?) -> Result<[UInt8], RPCError> {
        let queued = inbox.take()
        if let queued {
            connection?.consumed(id, bytes: queued.credit)
        }
        switch (queued, message) {
        case (nil, let message?): return .success(Array(message))
        case (let queued?, nil): return .success(Array(buffer: queued.message))
        case (.some, .some): return .failure(tooManyResponses)
        case (nil, nil):
            return .failure(
                RPCError(
                    .unimplemented, "\(opening.method.path): the server ended a unary call OK without a response"))
        }
    }

    func requestBytesSent(_ bytes: Int) {}
}
