internal import NIOCore
internal import RPC
internal import Wire

/// One attempt of a unary call on a loop's connections, as ``RPC/UnaryCallMachine`` says. Every event goes to the machine
/// first, and what it answers is carried out after that: the pool and the connection may come back with the next event
/// before they return. Confined to its loop once begun.
final class UnaryClientCall: ClientCallReceiver, @unchecked Sendable {
    typealias Continuation = UnsafeContinuation<Result<[UInt8], RPCError>, Never>

    private let opening: CallOpening
    private let request: [UInt8]
    private let loop: ConnectionLoop
    private let responseMetadata: ResponseMetadata?
    private var machine = UnaryCallMachine()
    // What the machine's answers name.
    private var caller: Continuation?
    private var wait: ConnectionWait?
    private var stream: (connection: ClientConnection, id: UInt32)?

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
        switch machine.begin() {
        case .cancelled: continuation.resume(returning: .failure(opening.cancelled))
        case .connect:
            caller = continuation
            if let ready = pool.readyConnection() { send(on: ready) } else { waitForConnection(pool) }
        }
    }

    private func waitForConnection(_ pool: ConnectionPool) {
        let wait = ConnectionWait(opening) { result in
            switch result {
            case .success(let connection): self.send(on: connection)
            case .failure(let error): self.failed(error)
            }
        }
        self.wait = wait
        wait.begin(pool)
    }

    private func failed(_ error: RPCError) {
        switch machine.connectionFailed() {
        case .resume: resume(.failure(error))
        case .ignore: break
        }
    }

    private func send(on connection: ClientConnection) {
        switch machine.connectionReady() {
        case .open: open(on: connection)
        case .ignore: break
        }
    }

    private func open(on connection: ClientConnection) {
        switch request.withUnsafeBytes({ opening.open(on: connection, request: $0, self) }) {
        case .success(let id):
            switch machine.opened() {
            case .await: stream = (connection, id)
            case .cancel: connection.cancel(id)
            }
        case .failure(let error): failed(error)
        }
    }

    func cancel() {
        switch machine.cancel() {
        case .resume: giveUp(opening.cancelled)
        case .notBegun, .ignore: break
        }
    }

    /// Resumes the caller, and lets go of what there is of the call.
    private func giveUp(_ error: RPCError) {
        let wait = wait, stream = stream
        resume(.failure(error))
        wait?.cancel()
        if let stream { stream.connection.cancel(stream.id) }
    }

    private func resume(_ result: Result<[UInt8], RPCError>) {
        wait = nil
        stream = nil
        caller.take()?.resume(returning: result)
    }

    // MARK: ClientCallReceiver

    func headersReceived(_ block: UnsafeRawBufferPointer) {
        machine.headersReceived(Metadata(received: block))
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        switch machine.messageReceived(bytes, messageEnd: messageEnd) {
        case .keep(let credit): if let stream { stream.connection.consumed(stream.id, bytes: credit) }
        case .tooManyResponses: giveUp(tooManyResponses)
        case .ignore: break
        }
    }

    private var tooManyResponses: RPCError {
        RPCError(.unimplemented, "\(opening.method.path): the server sent more than one response to a unary call")
    }

    private var noResponse: RPCError {
        RPCError(.unimplemented, "\(opening.method.path): the server ended a unary call OK without a response")
    }

    func ended(_ end: CallEnd) {
        let error: RPCError?
        let trailing: Metadata?
        let action: UnaryCallMachine.OnEnded
        switch end {
        case .failed(let code, let reason, let isNotStarted):
            error = RPCError(code, "\(opening.method.path): \(reason)", isNotStarted: isNotStarted)
            trailing = nil
            action = machine.ended(isOK: false)
        case .status(let head, _, let message):
            error = RPCError(head)
            trailing = responseMetadata == nil ? nil : Metadata(received: head.metadata)
            action = machine.ended(isOK: error == nil, lastMessage: message)
        }
        switch action {
        case .response(let response, let leading): finish(.success(response), leading, trailing)
        case .failed(let leading): finish(.failure(error ?? noResponse), leading, trailing)
        case .noResponse(let leading): finish(.failure(noResponse), leading, trailing)
        case .tooManyResponses(let leading): finish(.failure(tooManyResponses), leading, trailing)
        case .ignore: break
        }
    }

    private func finish(_ result: Result<[UInt8], RPCError>, _ leading: Metadata, _ trailing: Metadata?) {
        if let trailing { responseMetadata?.set(leading: leading, trailing: trailing) }
        resume(result)
    }

    func requestBytesSent(_ bytes: Int) {}
}
