internal import NIOCore
internal import RPC
internal import Synchronization
internal import Wire

/// One call of the RPC router: joins a connection's frames to a handler's task, as ``RPC/ServerCallMachine`` says.
///
/// Every event goes to the machine first, and what it answers is carried out after that: whatever is called here — the
/// connection, a task that is cancelled or started — may come back with the next event before it returns. Beside the
/// machine lie only the things that its answers name: a task and continuations, one place a role.
///
/// Confined to the connection's loop, where the handler's task usually runs too; what is called from elsewhere hops
/// there first.
final class RPCServerCall: ServerCall, ServerCallReceiver, @unchecked Sendable {
    private typealias Receiving = UnsafeContinuation<Result<[UInt8]?, RPCError>, Never>
    private typealias Sending = UnsafeContinuation<Result<Void, RPCError>, Never>

    private let connection: ServerConnection
    private let id: UInt32
    private let handler: any MethodHandler
    private let caller: CallerIdentity
    private let place: CostlyPlace
    /// Waits for a message are numbered: a cancellation ends its own and no later one.
    private let waits = Atomic<UInt64>(0)
    private var machine = ServerCallMachine()
    /// What the handler is started with, while the one request is gathered.
    private var context: ServerContext?
    private var task: Task<Void, Never>?
    private var receiver: Receiving?
    private var sender: Sending?

    init(
        connection: ServerConnection, id: UInt32, handler: any MethodHandler, caller: CallerIdentity,
        places: CostlyPlaces
    ) {
        self.connection = connection
        self.id = id
        self.handler = handler
        self.caller = caller
        place = CostlyPlace(places, of: caller)
    }

    var callerURI: String? { caller.uri }

    private var loop: ConnectionLoop { connection.loop }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.eventLoop.inEventLoop { body() } else { loop.step(body) }
    }

    // MARK: Requests

    /// Takes the call's first frame.
    func begin(_ context: ServerContext, _ call: IncomingCall) {
        let action = machine.begin(
            call.frame.message, messageEnd: call.frame.messageEnd, streamEnd: call.frame.streamEnd,
            isClientStreaming: handler.descriptor.isClientStreaming)
        switch action {
        case .startWithFrame:
            start(context, call.frame.message)
        case .start(let credit):
            connection.consumed(id, bytes: credit)
            reportKeptBytes()
            start(context, nil)
        case .gather(let credit):
            self.context = context
            connection.consumed(id, bytes: credit)
            reportKeptBytes()
        case .refuse(let messages): refuse(messages: messages)
        case .ignore: break
        }
    }

    /// Starts the handler; calls that it makes to other services belong to the same trace, if that is sampled.
    private func start(_ context: ServerContext, _ request: UnsafeRawBufferPointer?) {
        let task: Task<Void, Never>? =
            if let trace = context.trace, trace.isSampled {
                TraceContext.$current.withValue(trace) {
                    handler.start(context, request: request, executor: loop)
                }
            } else {
                handler.start(context, request: request, executor: loop)
            }
        switch machine.started() {
        case .keep: self.task = task
        case .cancel: task?.cancel()
        case .drop: break
        }
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        switch machine.requestReceived(bytes, messageEnd: messageEnd, streamEnd: streamEnd) {
        case .keep(let credit):
            connection.consumed(id, bytes: credit)
        case .deliver(let message, let credit):
            receiver.take()?.resume(returning: .success(message))
            connection.consumed(id, bytes: credit)
        case .deliverEnd:
            receiver.take()?.resume(returning: .success(nil))
        case .start(let request):
            if let context = context.take() { request.withUnsafeBytes { start(context, $0) } }
        case .refuse(let messages):
            refuse(messages: messages)
        case .abandon(let abandonment):
            // What waits to be sent would keep the status back for ever.
            abandon(abandonment) { connection.cut(id, .waitingMessages, $0) }
        case .ignore:
            break
        }
        reportKeptBytes()
    }

    private func refuse(messages: Int) {
        context = nil
        let error = RPCError(
            .unimplemented, "\(handler.descriptor.path) takes exactly one request message; \(messages) came")
        connection.finish(id, status: StatusHead.encoded(error))
        connection.release(id)
    }

    private func reportKeptBytes() {
        if let bytes = machine.takeKeptBytesReport() { connection.holds(id, bytes: bytes) }
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
        return try await M.decodeInTurn(message, place)
    }

    private func receive(_ wait: UInt64, _ continuation: Receiving) {
        switch machine.receive(wait: wait) {
        case .message(let message, let credit):
            continuation.resume(returning: .success(message))
            connection.consumed(id, bytes: credit)
            reportKeptBytes()
        case .end: continuation.resume(returning: .success(nil))
        case .failed(let error): continuation.resume(returning: .failure(error))
        case .wait:
            receiver = continuation
            place.leave()
        }
    }

    private func cancelWait(_ wait: UInt64) {
        switch machine.waitCancelled(wait) {
        case .resumeReceiver: receiver.take()?.resume(returning: .failure(ServerCallMachine.receivingCancelled))
        case .ignore: break
        }
    }

    // MARK: Responses

    func send<M: Message>(_ message: M) async throws(RPCError) {
        let result: Result<Void, RPCError>
        if loop.eventLoop.inEventLoop {
            let outcome = try message.withEncodedBytes { hand($0) }
            switch outcome {
            case .allSent:
                // Messages without bytes need no credit: they, too, let the socket take what is gathered.
                if connection.isFull { await Task.yield() }
                return
            case .failed(let error):
                throw error
            case .unsent:
                result = await withUnsafeContinuation { waitUntilSent($0) }
            }
        } else {
            let bytes = try message.encodedBytes()
            result = await withUnsafeContinuation { (continuation: Sending) in
                onLoop {
                    switch bytes.withUnsafeBytes({ self.hand($0) }) {
                    case .allSent: continuation.resume(returning: .success(()))
                    case .failed(let error): continuation.resume(returning: .failure(error))
                    case .unsent: self.waitUntilSent(continuation)
                    }
                }
            }
        }
        try result.get()
    }

    private enum Handed {
        case allSent, unsent
        case failed(RPCError)
    }

    /// Hands a message to the connection.
    private func hand(_ bytes: UnsafeRawBufferPointer) -> Handed {
        switch machine.send(bytes: bytes.count) {
        case .send: sent(connection.send(id, bytes, messageEnd: true)) ? .allSent : .unsent
        case .failed(let error): .failed(error)
        }
    }

    /// Bytes went out. True when those were all.
    @discardableResult
    private func sent(_ bytes: Int) -> Bool {
        switch machine.sent(bytes: bytes) {
        case .resumeSender:
            sender.take()?.resume(returning: .success(()))
            return true
        case .done: return true
        case .more, .ignore: return false
        }
    }

    private func waitUntilSent(_ continuation: Sending) {
        switch machine.waitUntilSent() {
        case .sent: continuation.resume(returning: .success(()))
        case .failed(let error): continuation.resume(returning: .failure(error))
        case .wait:
            sender = continuation
            place.leave()
        }
    }

    var isStarted: Bool { machine.isStarted }

    func responseBytesSent(_ bytes: Int) {
        sent(bytes)
    }

    func sendLeadingMetadata(_ metadata: Metadata) {
        onLoop {
            switch self.machine.sendLeadingMetadata() {
            case .send: self.sendHeaders(metadata)
            case .ignore: break
            }
        }
    }

    private func sendHeaders(_ metadata: Metadata) {
        do throws(MetadataBlock.Refusal) {
            let block = try MetadataBlock.encoded(metadata)
            block.withUnsafeBytes { connection.sendHeaders(id, $0) }
        } catch {
            let refused = RPCError(.internal, "the handler sent leading metadata that is refused: \(error.reason)")
            ended(machine.failed(refused))
        }
    }

    func setTrailingMetadata(_ metadata: Metadata) {
        onLoop { self.machine.setTrailingMetadata(metadata) }
    }

    // MARK: Turns and waits

    func waitsForOthers() {
        onLoop {
            switch self.machine.waitsForOthers() {
            case .say: self.connection.waits(self.id)
            case .ignore: break
            }
        }
    }

    func takePlace() async throws(RPCError) { try await place.take() }

    func leavePlace() -> Bool { place.leave() }

    func letOthersRun() async {
        guard loop.eventLoop.inEventLoop else {
            await Task.yield()
            return
        }
        await withUnsafeContinuation { continuation in
            loop.afterSockets { continuation.resume() }
        }
    }

    // MARK: The end

    func finish<M: Message>(with message: M) {
        do throws(RPCError) {
            if loop.eventLoop.inEventLoop {
                try message.withEncodedBytes { handlerReturned(.success($0)) }
            } else {
                let bytes = try message.encodedBytes()
                onLoop { bytes.withUnsafeBytes { self.handlerReturned(.success($0)) } }
            }
        } catch {
            finish(error)
        }
    }

    func finish(_ error: RPCError?) {
        onLoop { self.handlerReturned(error.map { .failure($0) } ?? .success(nil)) }
    }

    /// The handler's outcome: a last message or none, or the error. Its place is free when the answer is among the bytes that
    /// are counted, and not before: else the next one would be made while this one is nobody's.
    private func handlerReturned(_ outcome: Result<UnsafeRawBufferPointer?, RPCError>) {
        switch machine.returned() {
        case .finish(let trailing, let waiters):
            task = nil
            fail(waiters)
            reportKeptBytes()
            finish(outcome, trailing)
            connection.release(id)
        case .release: connection.release(id)
        case .ignore: break
        }
        place.leave()
    }

    private func finish(_ outcome: Result<UnsafeRawBufferPointer?, RPCError>, _ trailing: Metadata) {
        do throws(RPCError) {
            let last = try outcome.get()
            let status = try okStatus(trailing)
            guard let last else { return connection.finish(id, status: status) }
            status.withUnsafeBytes { connection.finish(id, message: last, status: $0) }
        } catch {
            connection.finish(id, status: StatusHead.encoded(error.with(trailing: trailing)))
        }
    }

    private func okStatus(_ trailing: Metadata) throws(RPCError) -> [UInt8] {
        guard !trailing.isEmpty else { return StatusHead.okBytes }
        do throws(MetadataBlock.Refusal) {
            return StatusHead.encoded(code: .ok, metadata: try MetadataBlock.encoded(trailing))
        } catch {
            throw RPCError(.internal, "the handler set trailing metadata that is refused: \(error.reason)")
        }
    }

    func cancelled(_ why: CallCancellation) {
        ended(machine.cancelled())
        reportKeptBytes()
    }

    private func ended(_ action: ServerCallMachine.OnCancelled) {
        switch action {
        case .abandon(let abandonment):
            abandon(abandonment) { connection.finish(id, status: StatusHead.encoded($0)) }
        case .release:
            context = nil
            connection.release(id)
        case .ignore: break
        }
    }

    private func abandon(_ abandonment: ServerCallMachine.Abandonment, _ send: (RPCError) -> Void) {
        let task = task.take()
        fail(abandonment.waiters)
        if let status = abandonment.status { send(status) }
        // Last: whoever is told of it runs at once, and may come back here.
        task?.cancel()
    }

    private func fail(_ waiters: CallWaiters) {
        if waiters.contains(.receiver) { receiver.take()?.resume(returning: .failure(.callIsOver)) }
        if waiters.contains(.sender) { sender.take()?.resume(returning: .failure(.callIsOver)) }
    }
}
