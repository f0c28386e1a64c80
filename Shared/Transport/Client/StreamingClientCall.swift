internal import Metrics
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
    /// What it takes to send the call again elsewhere, when the server says that it has not begun it.
    private var resend: Resend?
    private let metadata = Mutex((leading: Metadata(), trailing: Metadata()))

    /// A call that may be sent again: no more than its first message has been sent, and nothing has come.
    private struct Resend {
        var pool: ConnectionPool
        var firstMessage: [UInt8]?
    }

    /// Messages to send when there is a connection to send the call again on; `nil` while it is on one.
    private var resending: [[UInt8]]?

    /// A longer first message is not kept.
    private static let longestKeptMessageBytes = 65_536

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
            self.resend = Resend(pool: pool.value)
            self.waitForConnection(pool.value) { self.resumeOpened() }
        }
    }

    private func waitForConnection(
        _ pool: ConnectionPool, otherThan refused: ClientConnection? = nil, _ then: @escaping () -> Void
    ) {
        let wait = ConnectionWait()
        self.wait = wait
        wait.begin(pool, opening, loop: loop, otherThan: refused) { result in
            self.wait = nil
            switch result {
            case .success(let connection): self.open(on: connection)
            case .failure(let error): self.end(error)
            }
            then()
        }
    }

    /// Sends the call again, once, if it was not started and can be. The message that had been sent goes with it.
    private func sendsAgain(_ error: RPCError) -> Bool {
        let pushback = error.retryPushbackMilliseconds ?? 0
        guard error.isNotStarted, error.code == .unavailable, pushback >= 0, outcome == nil, let again = resend else {
            return false
        }
        let wakeAt = MonotonicInstant.now.advanced(byMicroseconds: UInt64(pushback) * 1000)
        if let deadline = opening.deadline, deadline <= wakeAt { return false }
        resend = nil
        resending = again.firstMessage.map { [$0] } ?? []
        EndpointMetrics.freeRetries.increment()
        let refused = connection
        connection = nil
        if pushback == 0 {
            waitForConnection(again.pool, otherThan: refused) { self.sendResending() }
        } else {
            again.pool.onLoop(at: wakeAt) {
                guard self.outcome == nil else { return }
                self.waitForConnection(again.pool, otherThan: refused) { self.sendResending() }
            }
        }
        return true
    }

    private func sendResending() {
        let messages = resending ?? []
        resending = nil
        guard outcome == nil, let connection else { return }
        sendingBytes = 0
        for message in messages {
            sendingBytes += message.withUnsafeBytes { bytes in
                bytes.count - connection.send(id, bytes, messageEnd: true, streamEnd: false)
            }
        }
        if isSendingFinished { sendEnd() }
        requestBytesSent(0)
    }

    /// Nobody sends the call again once a second message has gone out or anything has come.
    private func keep(_ bytes: UnsafeRawBufferPointer) {
        guard let again = resend else { return }
        if again.firstMessage == nil, bytes.count <= Self.longestKeptMessageBytes {
            resend?.firstMessage = Array(bytes)
        } else {
            resend = nil
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
            if waiting == 0, outcome == nil {
                // Messages without bytes need no credit: they, too, let the socket take what is gathered.
                if let connection, connection.isFull { await Task.yield() }
                return
            }
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
        guard outcome == nil, !isSendingFinished else { return 0 }
        if resending != nil {
            resending?.append(Array(bytes))
            sendingBytes += bytes.count
            return bytes.count
        }
        guard let connection else { return 0 }
        keep(bytes)
        let waiting = bytes.count - connection.send(id, bytes, messageEnd: true, streamEnd: false)
        sendingBytes += waiting
        return waiting
    }

    private func waitUntilSent(_ continuation: Opened) {
        if let outcome {
            continuation.resume(returning: outcome.map { .failure($0) } ?? sentTooLate)
        } else if sendingBytes == 0 {
            continuation.resume(returning: .success(()))
        } else {
            sending = continuation
        }
    }

    /// The server ended the call OK before it had this message. The one request of a call without client streaming is
    /// answered by that, as `receive` tells.
    private var sentTooLate: Result<Void, RPCError> {
        guard opening.method.isClientStreaming else { return .success(()) }
        return .failure(
            RPCError(.cancelled, "\(opening.method.path): the server ended the call OK; it takes no more messages"))
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
            if self.resending == nil { self.sendEnd() }
        }
    }

    private func sendEnd() {
        connection?.send(id, UnsafeRawBufferPointer(start: nil, count: 0), messageEnd: false, streamEnd: true)
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
        do throws(RPCError) {
            return try M.decode(message)
        } catch {
            cancel()
            throw RPCError(unreadableResponse: error)
        }
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
        resend = nil
        let leading = Metadata(received: block)
        metadata.withLock { $0.leading = leading }
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        resend = nil
        connection?.consumed(id, bytes: inbox.receive(bytes, messageEnd: messageEnd, streamEnd: false))
        if inbox.count > 0 { serveReceiver() }
    }

    // MARK: The end

    func ended(_ end: CallEnd) {
        switch end {
        case .failed(let code, let reason, let isNotStarted):
            let error = RPCError(code, "\(opening.method.path): \(reason)", isNotStarted: isNotStarted)
            if !sendsAgain(error) { self.end(error) }
        case .status(let head, _, let message):
            let error = RPCError(head)
            if let error, sendsAgain(error) { return }
            if let message { inbox.receiveLast(message) }
            let trailing = Metadata(received: head.metadata)
            metadata.withLock { $0.trailing = trailing }
            self.end(error)
        }
    }

    private func end(_ error: RPCError?) {
        guard outcome == nil else { return }
        outcome = .some(error)
        resend = nil
        resending = nil
        serveReceiver()
        sending?.resume(returning: error.map { .failure($0) } ?? sentTooLate)
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
