internal import NIOCore
internal import RPC
internal import Synchronization
internal import Wire

/// A call with a stream in at least one direction. State is confined to its loop; what is called from elsewhere hops
/// there first.
final class StreamingClientCall: ClientCall, ClientCallReceiver, @unchecked Sendable {
    typealias Opened = UnsafeContinuation<Result<Void, RPCError>, Never>
    typealias Receiving = UnsafeContinuation<Result<ByteBuffer?, RPCError>, Never>

    private let opening: CallOpening
    private let loop: ConnectionLoop
    private var connection: ClientConnection?
    private var id: UInt32 = 0
    private var wait: ConnectionWait?
    private var opened: Opened?
    private var inbox = MessageInbox()
    /// How the call ended: the error, or `nil` inside for OK.
    private var outcome: RPCError??
    private var isSendingFinished = false
    private var receiving: Receiving?
    private var sending: Opened?
    private var sendingBytes = 0
    private let metadata = Mutex((leading: Metadata(), trailing: Metadata()))

    init(_ opening: CallOpening, loop: ConnectionLoop) {
        self.opening = opening
        self.loop = loop
    }

    var leadingMetadata: Metadata { metadata.withLock { $0.leading } }
    var trailingMetadata: Metadata { metadata.withLock { $0.trailing } }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.eventLoop.inEventLoop { body() } else { loop.eventLoop.execute(body) }
    }

    // MARK: Opening

    /// Opens the call when a connection is ready; CALL goes out without message bytes.
    func begin(_ pool: NIOLoopBound<ConnectionPool>, _ continuation: Opened) {
        onLoop {
            self.opened = continuation
            guard self.outcome == nil else { return self.resumeOpened() }
            let wait = ConnectionWait()
            self.wait = wait
            wait.begin(pool.value, self.opening, loop: self.loop) { result in
                self.wait = nil
                switch result {
                case .success(let connection): self.open(on: connection)
                case .failure(let error): self.end(error)
                }
                self.resumeOpened()
            }
        }
    }

    private func open(on connection: ClientConnection) {
        guard outcome == nil else { return }
        let result = opening.withHead { head in
            connection.open(
                OutgoingCall(
                    head: head, message: UnsafeRawBufferPointer(start: nil, count: 0), messageEnd: false,
                    streamEnd: false, isIdempotent: opening.method.idempotency != .none, deadline: opening.deadline),
                self)
        }
        switch result {
        case .opened(let id, _):
            self.connection = connection
            self.id = id
        case .full, .unusable:
            end(opening.unavailable(ConnectionUnavailable(reason: "the connection takes no more calls")))
        case nil:
            end(opening.deadlinePassed)
        }
    }

    private func resumeOpened() {
        opened?.resume(returning: outcome.flatMap { $0 }.map { .failure($0) } ?? .success(()))
        opened = nil
    }

    // MARK: Sending

    func send<M: Message>(_ message: M) async throws(RPCError) {
        if loop.eventLoop.inEventLoop {
            let waiting = try message.withEncodedBytes { sendNow($0) }
            if waiting == 0, outcome == nil { return }
        } else {
            let bytes = try message.encodedBytes()
            onLoop { bytes.withUnsafeBytes { _ = self.sendNow($0) } }
        }
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                onLoop { self.waitUntilSent(continuation) }
            }
        } onCancel: {
            cancel()
        }
        try result.get()
    }

    private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard outcome == nil, !isSendingFinished, let connection else { return 0 }
        let waiting = bytes.count - connection.send(id, bytes, messageEnd: true, streamEnd: false)
        sendingBytes += waiting
        return waiting
    }

    private func waitUntilSent(_ continuation: Opened) {
        if let outcome {
            continuation.resume(returning: .failure(outcome ?? callIsOver))
        } else if sendingBytes == 0 {
            continuation.resume(returning: .success(()))
        } else {
            sending = continuation
        }
    }

    private var callIsOver: RPCError {
        RPCError(.cancelled, "\(opening.method.path): the server ended the call OK; it takes no more messages")
    }

    func requestBytesSent(_ bytes: Int) {
        sendingBytes -= bytes
        guard sendingBytes == 0, let sending else { return }
        self.sending = nil
        sending.resume(returning: .success(()))
    }

    func finishSending() {
        onLoop {
            guard !self.isSendingFinished, self.outcome == nil else { return }
            self.isSendingFinished = true
            self.connection?.send(
                self.id, UnsafeRawBufferPointer(start: nil, count: 0), messageEnd: false, streamEnd: true)
        }
    }

    // MARK: Receiving

    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? {
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                onLoop { self.receive(continuation) }
            }
        } onCancel: {
            cancel()
        }
        guard let message = try result.get() else { return nil }
        return try M.decode(message)
    }

    private func receive(_ continuation: Receiving) {
        if let (message, credit) = inbox.take() {
            connection?.consumed(id, bytes: credit)
            continuation.resume(returning: .success(message))
        } else if let outcome {
            continuation.resume(returning: outcome.map { .failure($0) } ?? .success(nil))
        } else {
            receiving = continuation
        }
    }

    private func serveReceiver() {
        guard let receiving else { return }
        self.receiving = nil
        receive(receiving)
    }

    func headersReceived(_ block: UnsafeRawBufferPointer) {
        let leading = Metadata(received: block)
        metadata.withLock { $0.leading = leading }
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        connection?.consumed(id, bytes: inbox.receive(bytes, messageEnd: messageEnd, streamEnd: false))
        if inbox.count > 0 { serveReceiver() }
    }

    // MARK: The end

    func ended(_ end: CallEnd) {
        switch end {
        case .failed(let code, let reason, let isNotStarted):
            self.end(RPCError(code, "\(opening.method.path): \(reason)", isNotStarted: isNotStarted))
        case .status(let head, _, let message):
            if let message { inbox.receiveLast(message) }
            let trailing = Metadata(received: head.metadata)
            metadata.withLock { $0.trailing = trailing }
            self.end(RPCError(head))
        }
    }

    private func end(_ error: RPCError?) {
        guard outcome == nil else { return }
        outcome = .some(error)
        connection?.consumed(id, bytes: inbox.settle())
        serveReceiver()
        sending?.resume(returning: .failure(error ?? callIsOver))
        sending = nil
    }

    func cancel() {
        onLoop {
            guard self.outcome == nil else { return }
            self.wait?.cancel()
            self.connection?.cancel(self.id)
            self.end(RPCError(.cancelled, "\(self.opening.method.path): the caller cancelled"))
            self.resumeOpened()
        }
    }
}
