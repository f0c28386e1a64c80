internal import Wire

/// One direction of a call inside the process: messages in order, at most `limit` of them waiting to be taken.
///
/// A sender that finds the queue full is parked with its message, so a slow reader slows the writer down as credit does
/// on the wire. Tasks are named by numbers: whoever owns the continuations wakes them.
struct InProcessMessageFlow {
    typealias Waiter = UInt64

    /// What a receiver gets.
    enum Received: Equatable {
        case message([UInt8])
        /// The other side has finished and everything it sent was taken.
        case finished
        case failed(RPCError)
    }

    /// A parked task that goes on, and what it learns. A sender learns `nil` when its message was taken in (or is no
    /// longer wanted by a call that ended OK).
    enum Wake: Equatable {
        case sender(Waiter, RPCError?)
        case receiver(Waiter, Received)
    }

    enum OnSend: Equatable {
        case sent(wake: Wake?)
        case wait
    }

    enum OnReceive: Equatable {
        case received(Received, wake: Wake?)
        case wait
    }

    let limit: Int
    private(set) var isFinished = false
    private(set) var messages: [[UInt8]] = []
    private var parkedSenders: [(waiter: Waiter, message: [UInt8])] = []
    private var parkedReceivers: [Waiter] = []

    init(limit: Int) {
        precondition(limit > 0, "a call needs room for one message")
        self.limit = limit
    }

    mutating func send(_ message: [UInt8], waiter: Waiter) -> OnSend {
        if !parkedReceivers.isEmpty {
            return .sent(wake: .receiver(parkedReceivers.removeFirst(), .message(message)))
        }
        guard messages.count < limit else {
            parkedSenders.append((waiter, message))
            return .wait
        }
        messages.append(message)
        return .sent(wake: nil)
    }

    mutating func receive(waiter: Waiter) -> OnReceive {
        guard !messages.isEmpty else {
            if isFinished { return .received(.finished, wake: nil) }
            parkedReceivers.append(waiter)
            return .wait
        }
        let message = messages.removeFirst()
        guard !parkedSenders.isEmpty else { return .received(.message(message), wake: nil) }
        let sender = parkedSenders.removeFirst()
        messages.append(sender.message)
        return .received(.message(message), wake: .sender(sender.waiter, nil))
    }

    /// Takes the last message of this direction without regard to the limit: the call holds it, not a queue.
    mutating func sendLast(_ message: [UInt8]) -> [Wake] {
        if !parkedReceivers.isEmpty {
            return [.receiver(parkedReceivers.removeFirst(), .message(message))] + finish(.finished)
        }
        messages += parkedSenders.map(\.message)
        messages.append(message)
        let senders = parkedSenders
        parkedSenders = []
        return senders.map { .sender($0.waiter, nil) } + finish(.finished)
    }

    /// No more messages come. What was sent stays to be taken; receivers that wait learn `outcome`.
    mutating func finish(_ outcome: Received) -> [Wake] {
        isFinished = true
        messages += parkedSenders.map(\.message)
        let senders = parkedSenders
        let receivers = parkedReceivers
        parkedSenders = []
        parkedReceivers = []
        return senders.map { .sender($0.waiter, nil) } + receivers.map { .receiver($0, outcome) }
    }

    /// Drops what was not taken and wakes everyone: senders with `error` (`nil`: no longer wanted), receivers too.
    mutating func abandon(senders error: RPCError?, receivers outcome: Received) -> [Wake] {
        isFinished = true
        messages = []
        let senders = parkedSenders
        let receivers = parkedReceivers
        parkedSenders = []
        parkedReceivers = []
        return senders.map { .sender($0.waiter, error) } + receivers.map { .receiver($0, outcome) }
    }

    /// A parked task was cancelled: it goes on alone. `nil`: it was not parked here.
    mutating func cancel(waiter: Waiter, _ error: RPCError) -> Wake? {
        if let index = parkedSenders.firstIndex(where: { $0.waiter == waiter }) {
            parkedSenders.remove(at: index)
            return .sender(waiter, error)
        }
        if let index = parkedReceivers.firstIndex(of: waiter) {
            parkedReceivers.remove(at: index)
            return .receiver(waiter, .failed(error))
        }
        return nil
    }
}

/// One call inside the process, both ends: what each side may do and learns. No tasks, no locks, no clock.
struct InProcessCallMachine {
    typealias Waiter = InProcessMessageFlow.Waiter
    typealias Received = InProcessMessageFlow.Received
    typealias Wake = InProcessMessageFlow.Wake

    /// How far the call is. The first end wins.
    private enum Phase {
        case open
        /// The server ended it: the client still takes the responses that were sent, then learns the status.
        case finishedByServer(RPCError?)
        /// The client, its deadline or a lost server ended it: nothing more arrives on either side.
        case ended(RPCError)
    }

    let method: MethodDescriptor
    private var phase = Phase.open
    private var requests: InProcessMessageFlow
    private var responses: InProcessMessageFlow
    /// The one request of a method without client streaming, until END says that there is no second.
    private var singleRequest: [UInt8]?
    private var isRequestEndSeen = false
    private var leading = Metadata()
    private var isLeadingSent = false
    private var trailing = Metadata()
    /// What the client's end may show: nothing before its first receive has returned.
    private(set) var visibleLeading = Metadata()
    private(set) var visibleTrailing = Metadata()

    init(method: MethodDescriptor, queueLimitMessages: Int) {
        self.method = method
        requests = InProcessMessageFlow(limit: queueLimitMessages)
        responses = InProcessMessageFlow(limit: queueLimitMessages)
    }

    var isOver: Bool {
        switch phase {
        case .open: false
        case .finishedByServer, .ended: true
        }
    }

    // MARK: The client's end

    enum OnClientSend: Equatable {
        case sent(wakes: [Wake])
        case wait
        case failed(RPCError, wakes: [Wake])
    }

    mutating func clientSends(_ message: [UInt8], waiter: Waiter) -> OnClientSend {
        switch phase {
        case .ended(let error): return .failed(error, wakes: [])
        case .finishedByServer(let error?): return .failed(error, wakes: [])
        // The server has its answer and wants no more: the client learns it from `receive`, not from here.
        case .finishedByServer(nil): return .sent(wakes: [])
        case .open: break
        }
        guard !isRequestEndSeen else {
            return .failed(RPCError(.internal, "\(method.path): a request was sent after finishSending"), wakes: [])
        }
        guard method.isClientStreaming else {
            guard singleRequest == nil else {
                let error = RPCError(.unimplemented, "\(method.path) takes exactly one request, and a second came")
                return .failed(error, wakes: end(error))
            }
            singleRequest = message
            return .sent(wakes: [])
        }
        switch requests.send(message, waiter: waiter) {
        case .sent(let wake): return .sent(wakes: wake.map { [$0] } ?? [])
        case .wait: return .wait
        }
    }

    enum OnClientFinished: Equatable {
        /// The one request is complete: its handler may begin.
        case start(request: [UInt8])
        case wake([Wake])
    }

    mutating func clientFinishedSending() -> OnClientFinished {
        guard !isOver, !isRequestEndSeen else { return .wake([]) }
        isRequestEndSeen = true
        guard !method.isClientStreaming else { return .wake(requests.finish(.finished)) }
        guard let request = singleRequest else {
            return .wake(end(RPCError(.unimplemented, "\(method.path) takes exactly one request, and none came")))
        }
        return .start(request: request)
    }

    enum OnReceive: Equatable {
        case received(Received, wakes: [Wake])
        case wait
    }

    mutating func clientReceives(waiter: Waiter) -> OnReceive {
        if case .ended(let error) = phase { return .received(.failed(error), wakes: []) }
        switch responses.receive(waiter: waiter) {
        case .received(.finished, let wake): return .received(status, wakes: wake.map { [$0] } ?? [])
        case .received(let received, let wake): return .received(received, wakes: wake.map { [$0] } ?? [])
        case .wait: return .wait
        }
    }

    /// The client's receive returns: from now on its metadata are seen.
    mutating func clientReceived(_ received: Received) {
        visibleLeading = leading
        switch received {
        case .message: break
        case .finished, .failed: visibleTrailing = trailing
        }
    }

    // MARK: The server's end

    enum OnServerSend: Equatable {
        case sent(wakes: [Wake])
        case wait
        case failed(RPCError)
    }

    mutating func serverSends(_ message: [UInt8], waiter: Waiter) -> OnServerSend {
        guard !isOver else { return .failed(.callIsOver) }
        isLeadingSent = true
        switch responses.send(message, waiter: waiter) {
        case .sent(let wake): return .sent(wakes: wake.map { [$0] } ?? [])
        case .wait: return .wait
        }
    }

    mutating func serverReceives(waiter: Waiter) -> OnReceive {
        guard !isOver else { return .received(.failed(.callIsOver), wakes: []) }
        switch requests.receive(waiter: waiter) {
        case .received(let received, let wake): return .received(received, wakes: wake.map { [$0] } ?? [])
        case .wait: return .wait
        }
    }

    mutating func serverSendsLeading(_ metadata: Metadata) {
        guard !isOver, !isLeadingSent else { return }
        isLeadingSent = true
        leading = metadata
    }

    mutating func serverSetsTrailing(_ metadata: Metadata) {
        guard !isOver else { return }
        trailing = metadata
    }

    /// The handler ends the call, with a last message or without. Requests that nobody took are dropped.
    mutating func serverFinishes(_ error: RPCError?, lastMessage: [UInt8]? = nil) -> [Wake] {
        guard !isOver else { return [] }
        let status: RPCError? = if let error { withTrailing(error) } else { nil }
        phase = .finishedByServer(status)
        let wakes =
            if let lastMessage { responses.sendLast(lastMessage) } else { responses.finish(self.status) }
        return wakes + requests.abandon(senders: status, receivers: .failed(.callIsOver))
    }

    // MARK: Ends from outside

    /// The client cancels, the deadline passes or the server is lost: both sides learn it at once.
    mutating func end(_ error: RPCError) -> [Wake] {
        switch phase {
        case .ended: return []
        case .finishedByServer where responses.messages.isEmpty: return []
        case .open, .finishedByServer: break
        }
        let clientError = withTrailing(error)
        let serverError = RPCError.callIsOver
        phase = .ended(clientError)
        return requests.abandon(senders: clientError, receivers: .failed(serverError))
            + responses.abandon(senders: serverError, receivers: .failed(clientError))
    }

    /// One parked task was cancelled, and the call goes on without it.
    mutating func cancel(waiter: Waiter) -> Wake? {
        let error = RPCError(.cancelled, "the task that waited was cancelled")
        return requests.cancel(waiter: waiter, error) ?? responses.cancel(waiter: waiter, error)
    }

    private var status: Received {
        switch phase {
        case .open: .finished
        case .finishedByServer(let error): error.map { .failed($0) } ?? .finished
        case .ended(let error): .failed(error)
        }
    }

    private mutating func withTrailing(_ error: RPCError) -> RPCError {
        trailing.entries += error.trailingMetadata.entries
        var error = error
        error.trailingMetadata = trailing
        return error
    }
}
