internal import NIOCore
internal import RPC
internal import Wire

/// One attempt of a unary call. Confined to its loop once begun.
final class UnaryClientCall<Response: Message>: ClientCallReceiver, @unchecked Sendable {
    typealias Continuation = UnsafeContinuation<Result<Response, RPCError>, Never>

    private let opening: CallOpening
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

    init(_ opening: CallOpening, loop: ConnectionLoop, metadata: ResponseMetadata?) {
        self.opening = opening
        self.loop = loop
        responseMetadata = metadata
    }

    /// Sends the request when a connection is ready. Encoded straight into the connection's frames when called on the
    /// loop and nothing has to be waited for.
    func begin<Request: Message>(
        _ request: Request, _ pool: NIOLoopBound<ConnectionPool>, _ continuation: Continuation
    ) {
        do throws(RPCError) {
            if loop.eventLoop.inEventLoop {
                self.continuation = continuation
                try request.withEncodedBytes { bytes in
                    if let ready = pool.value.readyConnection() {
                        send(bytes, on: ready)
                    } else {
                        waitForConnection(pool.value, Array(bytes))
                    }
                }
            } else {
                let bytes = try request.encodedBytes()
                loop.eventLoop.execute {
                    self.continuation = continuation
                    self.waitForConnection(pool.value, bytes)
                }
            }
        } catch {
            continuation.resume(returning: .failure(error))
        }
    }

    private func waitForConnection(_ pool: ConnectionPool, _ bytes: [UInt8]) {
        guard !isCancelled else { return resume(.failure(cancelled)) }
        let wait = ConnectionWait()
        self.wait = wait
        wait.begin(pool, opening, loop: loop) { result in
            self.wait = nil
            switch result {
            case .success(let connection): bytes.withUnsafeBytes { self.send($0, on: connection) }
            case .failure(let error): self.resume(.failure(error))
            }
        }
    }

    private func send(_ bytes: UnsafeRawBufferPointer, on connection: ClientConnection) {
        guard continuation != nil else { return }
        let outcome = opening.withHead { head in
            connection.open(
                OutgoingCall(
                    head: head, message: bytes, messageEnd: true, streamEnd: true,
                    isIdempotent: opening.method.idempotency != .none, deadline: opening.deadline), self)
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

    private func resume(_ result: Result<Response, RPCError>) {
        continuation?.resume(returning: result)
        continuation = nil
        connection?.consumed(id, bytes: inbox.settle())
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
            if let error = RPCError(head) {
                resume(.failure(error))
                return
            }
            do throws(RPCError) {
                resume(.success(try response(message)))
            } catch {
                resume(.failure(error))
            }
        }
    }

    private func response(_ message: UnsafeRawBufferPointer?) throws(RPCError) -> Response {
        let queued = inbox.take()
        if let queued {
            connection?.consumed(id, bytes: queued.credit)
        }
        switch (queued, message) {
        case (nil, let message?): return try Response.decode(message)
        case (let queued?, nil): return try Response.decode(queued.message)
        case (.some, .some): throw tooManyResponses
        case (nil, nil):
            throw RPCError(
                .unimplemented, "\(opening.method.path): the server ended a unary call OK without a response")
        }
    }

    func requestBytesSent(_ bytes: Int) {}
}
