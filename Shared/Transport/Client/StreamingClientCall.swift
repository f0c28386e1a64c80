internal import Metrics
internal import NIOCore
internal import RPC
internal import Synchronization
internal import Wire

/// A call with a stream in at least one direction, on a loop's connections, as ``RPC/StreamingCallMachine`` says.
///
/// Every event goes to the machine first, and what it answers is carried out after that: the pool and the connection may
/// come back with the next event before they return. Beside the machine lie only the things that its answers name: the
/// wait for a connection, the stream and continuations, one place a role.
///
/// Confined to its loop; what is called from elsewhere hops there first.
final class StreamingClientCall: ClientCall, ClientCallReceiver, @unchecked Sendable {
    typealias Done = UnsafeContinuation<Result<Void, RPCError>, Never>
    private typealias Receiving = UnsafeContinuation<Result<[UInt8]?, RPCError>, Never>

    private let opening: CallOpening
    private let loop: ConnectionLoop
    private let pool: NIOLoopBound<ConnectionPool>
    private let metadata = Mutex((leading: Metadata(), trailing: Metadata()))
    private var machine = StreamingCallMachine()
    private var wait: ConnectionWait?
    private var pause: Scheduled<Void>?
    private var stream: (connection: ClientConnection, id: UInt32)?
    private var opener: Done?
    private var receiver: Receiving?
    private var sender: Done?

    init(_ opening: CallOpening, loop: ConnectionLoop, pool: NIOLoopBound<ConnectionPool>) {
        self.opening = opening
        self.loop = loop
        self.pool = pool
    }

    var leadingMetadata: Metadata { metadata.withLock { $0.leading } }
    var trailingMetadata: Metadata { metadata.withLock { $0.trailing } }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.eventLoop.inEventLoop { body() } else { loop.eventLoop.execute(body) }
    }

    // MARK: Opening

    /// Opens the call when a connection is ready; CALL goes out without message bytes.
    func begin(_ continuation: Done) {
        onLoop {
            switch self.machine.begin() {
            case .connect:
                self.opener = continuation
                self.connect(otherThan: nil)
            case .failed(let error):
                continuation.resume(returning: self.result(error))
            }
        }
    }

    private func connect(otherThan refused: ClientConnection?) {
        let wait = ConnectionWait(opening) { result in
            switch result {
            case .success(let connection): self.connected(connection)
            case .failure(let error): self.failed(error)
            }
        }
        self.wait = wait
        wait.begin(pool.value, otherThan: refused)
    }

    private func failed(_ error: RPCError) {
        switch machine.connectionFailed(error) {
        case .end(let end): self.end(end)
        case .ignore: break
        }
    }

    private func connected(_ connection: ClientConnection) {
        switch machine.connectionReady() {
        case .open: open(on: connection)
        case .ignore: break
        }
    }

    private func open(on connection: ClientConnection) {
        wait = nil
        switch opening.open(on: connection, request: nil, self) {
        case .success(let id): opened(connection, id)
        case .failure(let error): failed(error)
        }
    }

    private func opened(_ connection: ClientConnection, _ id: UInt32) {
        switch machine.opened() {
        case .cancel:
            connection.cancel(id)
        case .send(let messages, let streamEnd, let resumeOpener):
            stream = (connection, id)
            if resumeOpener { opener.take()?.resume(returning: .success(())) }
            for message in messages {
                message.withUnsafeBytes { bytes in
                    _ = sent(connection.send(id, bytes, messageEnd: true, streamEnd: false))
                }
            }
            if streamEnd { sendEnd() }
        }
    }

    /// The call was not started, and can be sent again elsewhere.
    private func connectAgain(at instant: MonotonicInstant?) {
        EndpointMetrics.freeRetries.increment()
        let refused = stream?.connection
        stream = nil
        guard let instant else { return connect(otherThan: refused) }
        pause = pool.value.onLoop(at: instant) {
            self.pause = nil
            switch self.machine.pauseOver() {
            case .connect: self.connect(otherThan: refused)
            case .ignore: break
            }
        }
    }

    // MARK: Sending

    func send<M: Message>(_ message: M) async throws(RPCError) {
        if loop.eventLoop.inEventLoop {
            switch try message.withEncodedBytes({ hand($0) }) {
            case .allSent:
                // Messages without bytes need no credit: they, too, let the socket take what is gathered.
                if let stream, stream.connection.isFull { await Task.yield() }
                return
            case .unsent: break
            case .over(let result): return try result.get()
            }
            try await untilDone { self.waitUntilSent($0) }
        } else {
            let bytes = try message.encodedBytes()
            try await untilDone { continuation in
                switch bytes.withUnsafeBytes({ self.hand($0) }) {
                case .allSent: continuation.resume(returning: .success(()))
                case .unsent: self.waitUntilSent(continuation)
                case .over(let result): continuation.resume(returning: result)
                }
            }
        }
    }

    private func untilDone(_ body: @escaping @Sendable (Done) -> Void) async throws(RPCError) {
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                onLoop { body(continuation) }
            }
        } onCancel: {
            cancel()
        }
        try result.get()
    }

    private enum Handed {
        case allSent, unsent
        case over(Result<Void, RPCError>)
    }

    /// Hands a message to the connection, or keeps it until there is one.
    private func hand(_ bytes: UnsafeRawBufferPointer) -> Handed {
        switch machine.send(bytes) {
        case .send:
            guard let stream else { return .unsent }
            return sent(stream.connection.send(stream.id, bytes, messageEnd: true, streamEnd: false))
                ? .allSent : .unsent
        case .held: return .unsent
        case .over(let error): return .over(sendingResult(error))
        case .failed(let error): return .over(.failure(error))
        }
    }

    /// Bytes went out. True when those were all.
    private func sent(_ bytes: Int) -> Bool {
        switch machine.sent(bytes: bytes) {
        case .resumeSender:
            sender.take()?.resume(returning: .success(()))
            return true
        case .done: return true
        case .more, .ignore: return false
        }
    }

    private func waitUntilSent(_ continuation: Done) {
        switch machine.waitUntilSent() {
        case .sent: continuation.resume(returning: .success(()))
        case .over(let error): continuation.resume(returning: sendingResult(error))
        case .failed(let error): continuation.resume(returning: .failure(error))
        case .wait: sender = continuation
        }
    }

    /// What the outcome is for somebody who sends. The server may have ended the call OK before it had the message: the
    /// one request of a call without client streaming is answered by that, as `receive` tells.
    private func sendingResult(_ error: RPCError?) -> Result<Void, RPCError> {
        if error == nil, opening.method.isClientStreaming {
            return .failure(
                RPCError(.cancelled, "\(opening.method.path): the server ended the call OK; it takes no more messages"))
        }
        return result(error)
    }

    private func result(_ error: RPCError?) -> Result<Void, RPCError> {
        error.map { .failure($0) } ?? .success(())
    }

    func requestBytesSent(_ bytes: Int) {
        _ = sent(bytes)
    }

    func finishSending() {
        onLoop {
            switch self.machine.finishSending() {
            case .sendStreamEnd: self.sendEnd()
            case .ignore: break
            }
        }
    }

    private func sendEnd() {
        guard let stream else { return }
        stream.connection.send(
            stream.id, UnsafeRawBufferPointer(start: nil, count: 0), messageEnd: false, streamEnd: true)
    }

    // MARK: Receiving

    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? {
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Receiving) in
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
        switch machine.receive() {
        case .message(let message, let credit):
            continuation.resume(returning: .success(message))
            give(credit)
        case .over(let error): continuation.resume(returning: error.map { .failure($0) } ?? .success(nil))
        case .failed(let error): continuation.resume(returning: .failure(error))
        case .wait: receiver = continuation
        }
    }

    private func give(_ credit: Int) {
        if let stream { stream.connection.consumed(stream.id, bytes: credit) }
    }

    func headersReceived(_ block: UnsafeRawBufferPointer) {
        switch machine.headersReceived() {
        case .keep:
            let leading = Metadata(received: block)
            metadata.withLock { $0.leading = leading }
        case .ignore: break
        }
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        switch machine.messageReceived(bytes, messageEnd: messageEnd) {
        case .keep(let credit): give(credit)
        case .deliver(let message, let credit):
            receiver.take()?.resume(returning: .success(message))
            give(credit)
        case .ignore: break
        }
    }

    // MARK: The end

    func ended(_ end: CallEnd) {
        let action: StreamingCallMachine.OnEnded
        var trailing: Metadata?
        switch end {
        case .failed(let code, let reason, let isNotStarted):
            action = machine.ended(
                RPCError(code, "\(opening.method.path): \(reason)", isNotStarted: isNotStarted),
                deadline: opening.deadline, now: .now)
        case .status(let head, _, let message):
            trailing = Metadata(received: head.metadata)
            action = machine.ended(RPCError(head), lastMessage: message, deadline: opening.deadline, now: .now)
        }
        switch action {
        case .end(let end):
            if let trailing { metadata.withLock { $0.trailing = trailing } }
            self.end(end)
        case .connectAgain: connectAgain(at: nil)
        case .pause(let until): connectAgain(at: until)
        case .ignore: break
        }
    }

    func cancel() {
        onLoop {
            switch self.machine.cancel(self.opening.cancelled) {
            case .end(let end):
                let wait = self.wait, pause = self.pause, stream = self.stream
                self.end(end)
                wait?.cancel()
                pause?.cancel()
                if let stream { stream.connection.cancel(stream.id) }
            case .ignore: break
            }
        }
    }

    private func end(_ end: StreamingCallMachine.End) {
        wait = nil
        pause = nil
        stream = nil
        if end.waiters.contains(.opener) { opener.take()?.resume(returning: result(end.error)) }
        if end.waiters.contains(.sender) { sender.take()?.resume(returning: sendingResult(end.error)) }
        guard end.waiters.contains(.receiver) else { return }
        let received: Result<[UInt8]?, RPCError> =
            if let message = end.message { .success(message) } else { end.error.map { .failure($0) } ?? .success(nil) }
        receiver.take()?.resume(returning: received)
    }
}
