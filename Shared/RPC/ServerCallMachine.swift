package import Wire

/// The server's end of one call between a connection's frames and a handler's task. It is told what came and what the
/// handler asks for, and answers with what to do. It knows neither sockets nor continuations: of tasks that wait it says
/// which role goes on and with what, and their owner keeps one continuation a role.
///
/// ```
///                                  new
///                  the request is   │   requests are a stream,
///                  not whole yet    │   or the one is whole
///                 ┌─────────────────┴─────────────────┐
///                 v                                   v
///             gathering ── END after one message ─> serving ── the handler returns ─────────┐
///                 │                                   │                                     │
///                 │ cancelled; END after none,        │ cancelled; too many messages wait;  │
///                 │ or a second message               │ metadata that are refused           │
///                 │                                   v                                     v
///                 │                               abandoned ── the handler returns ───────> over
///                 └───────────────────────────────────────────────────────────────────────> over
/// ```
///
/// The call is over for the caller from `abandoned` on; its slot is free in `over` only, since a handler that is still
/// running is still load.
///
/// What comes when it cannot mean anything any more:
/// - in `new` nothing but ``begin(_:messageEnd:streamEnd:isClientStreaming:)`` happens; a second one is ignored;
/// - in `gathering` there is no handler: what only handlers do is ignored or fails;
/// - in `abandoned` and `over` frames and the connection's ends are ignored: the frames had been sent before the peer
///   could know. Handlers that go on are told that the call is over, and their words are dropped;
/// - a second task that would wait for the same fails with INTERNAL: it is the handler's mistake, and the call goes on.
package struct ServerCallMachine {
    /// Messages a peer may send ahead of the handler, whatever their size.
    package static let maximumQueuedMessages = 4096

    struct Serving {
        var requests: MessageInbox
        /// The number of the wait of the task that waits for a message.
        var receiver: UInt64?
        /// The last wait whose cancellation came before it.
        var cancelledWait: UInt64 = 0
        var unsent = UnsentBytes()
        /// Leading metadata or a message has gone out: there is no place for leading metadata any more.
        var hasAnswered = false
        var trailing = Metadata()

        var waiters: CallWaiters { CallWaiters(receiver: receiver != nil, sender: unsent.isAwaited) }
    }

    private enum State {
        case new
        case gathering(MessageInbox)
        case serving(Serving)
        case abandoned
        case over
        /// While a method is at work, so that what a state holds is changed in its place.
        case changing
    }

    private var state = State.new
    /// What the owner was last told of ``keptBytes``.
    private var reportedBytes = 0

    package init() {}

    /// A handler has been given the call.
    package var isStarted: Bool {
        switch state {
        case .new, .gathering, .changing: false
        case .serving, .abandoned, .over: true
        }
    }

    /// Request bytes that are kept here, of whole messages and of others.
    package var keptBytes: Int {
        switch state {
        case .gathering(let requests): requests.bytes
        case .serving(let serving): serving.requests.bytes
        case .new, .abandoned, .over, .changing: 0
        }
    }

    /// Message bytes that the connection has been handed and that have not gone out.
    var unsentBytes: Int {
        switch state {
        case .serving(let serving): serving.unsent.count
        case .new, .gathering, .abandoned, .over, .changing: 0
        }
    }

    /// ``keptBytes``, if that has changed since it was asked last.
    package mutating func takeKeptBytesReport() -> Int? {
        let bytes = keptBytes
        guard bytes != reportedBytes else { return nil }
        reportedBytes = bytes
        return bytes
    }

    /// Changes what there is of a call that is served; the answer for one that is not is `other`.
    mutating func whileServing<Answer>(
        else other: @autoclosure () -> Answer, _ change: (inout Serving) -> Answer
    ) -> Answer {
        switch state {
        case .serving(var serving):
            state = .changing
            defer { state = .serving(serving) }
            return change(&serving)
        case .new, .gathering, .abandoned, .over, .changing:
            return other()
        }
    }

    // MARK: Requests

    package enum OnBegin: Equatable {
        /// Start the handler with the message of this very frame: it is the whole request.
        case startWithFrame
        /// Start the handler, which asks for the requests, and give this credit.
        case start(credit: Int)
        /// Wait for the rest of the request, and give this credit.
        case gather(credit: Int)
        /// The one request has not come and will not: end the call with a status, and release it.
        case refuse(messages: Int)
        case ignore
    }

    /// The call's first frame.
    package mutating func begin(
        _ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool, isClientStreaming: Bool
    ) -> OnBegin {
        switch state {
        case .new: break
        case .gathering, .serving, .abandoned, .over, .changing: return .ignore
        }
        if !isClientStreaming, streamEnd {
            guard messageEnd else {
                state = .over
                return .refuse(messages: 0)
            }
            // The usual case: the request is read where it lies, and nothing is kept.
            state = .serving(Serving(requests: MessageInbox(hasEnded: true)))
            return .startWithFrame
        }
        var requests = MessageInbox()
        let credit = requests.receive(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
        guard isClientStreaming else {
            state = .gathering(requests)
            return .gather(credit: credit)
        }
        state = .serving(Serving(requests: requests))
        return .start(credit: credit)
    }

    package enum OnRequest: Equatable {
        /// Nobody waits for it: give this credit.
        case keep(credit: Int)
        /// Resume the receiver with this message, and give this credit.
        case deliver([UInt8], credit: Int)
        /// Resume the receiver: no further message comes.
        case deliverEnd
        /// Start the handler with the one request.
        case start([UInt8])
        /// There is not exactly one request: end the call with a status, and release it.
        case refuse(messages: Int)
        /// See ``Abandonment``.
        case abandon(Abandonment)
        case ignore
    }

    /// The call ends before its handler: send the status (`nil`: the caller needs none any more), fail the tasks that
    /// wait with ``RPC/RPCError/callIsOver``, and cancel the handler's task if it is known already.
    package struct Abandonment: Equatable {
        package var status: RPCError?
        package var waiters: CallWaiters
    }

    /// Message bytes came.
    package mutating func requestReceived(
        _ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool
    ) -> OnRequest {
        switch state {
        case .gathering(var requests):
            state = .changing
            let credit = requests.receive(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
            guard requests.count > 1 || requests.hasEnded else {
                state = .gathering(requests)
                return .keep(credit: credit)
            }
            let count = requests.count
            guard count == 1, let request = requests.take()?.message else {
                state = .over
                return .refuse(messages: count)
            }
            state = .serving(Serving(requests: requests))
            return .start(request)
        case .serving(var serving):
            state = .changing
            let credit = serving.requests.receive(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
            let count = serving.requests.count
            guard count <= Self.maximumQueuedMessages else {
                let reason = "\(count) messages wait for the handler; at most \(Self.maximumQueuedMessages) may"
                return .abandon(abandon(serving, RPCError(.resourceExhausted, reason)))
            }
            defer { state = .serving(serving) }
            guard serving.receiver != nil else { return .keep(credit: credit) }
            if let (message, owed) = serving.requests.take() {
                serving.receiver = nil
                return .deliver(message, credit: credit + owed)
            }
            guard serving.requests.hasEnded else { return .keep(credit: credit) }
            serving.receiver = nil
            return .deliverEnd
        case .new, .abandoned, .over, .changing:
            return .ignore
        }
    }

    private mutating func abandon(_ serving: Serving, _ status: RPCError?) -> Abandonment {
        state = .abandoned
        return Abandonment(status: status?.with(trailing: serving.trailing), waiters: serving.waiters)
    }

    package enum OnReceive: Equatable {
        /// Give this credit.
        case message([UInt8], credit: Int)
        /// No further message comes.
        case end
        case failed(RPCError)
        /// Keep the continuation.
        case wait
    }

    package static let receivingCancelled = RPCError(.cancelled, "the task that waited for a message was cancelled")

    /// A task of the handler asks for a message. Waits are numbered in the order in which they are begun.
    package mutating func receive(wait: UInt64) -> OnReceive {
        whileServing(else: .failed(.callIsOver)) { serving in
            guard wait != serving.cancelledWait else { return .failed(Self.receivingCancelled) }
            guard serving.receiver == nil else { return .failed(.waitsAlready("receive")) }
            if let (message, credit) = serving.requests.take() { return .message(message, credit: credit) }
            if serving.requests.hasEnded { return .end }
            serving.receiver = wait
            return .wait
        }
    }

    package enum OnWaitCancelled: Equatable {
        /// Resume the receiver with ``receivingCancelled``.
        case resumeReceiver
        case ignore
    }

    /// A task that waits for a message was cancelled, and perhaps before its wait has come here.
    package mutating func waitCancelled(_ wait: UInt64) -> OnWaitCancelled {
        whileServing(else: .ignore) { serving in
            guard serving.receiver == wait else {
                serving.cancelledWait = wait
                return .ignore
            }
            serving.receiver = nil
            return .resumeReceiver
        }
    }

    // MARK: The end

    package enum OnTask: Equatable {
        case keep
        case cancel
        /// The handler has returned already.
        case drop
    }

    /// Starting the handler has returned its task. It may have run to its end meanwhile.
    package func started() -> OnTask {
        switch state {
        case .serving: .keep
        case .abandoned: .cancel
        case .new, .gathering, .over, .changing: .drop
        }
    }

    package enum OnReturn: Equatable {
        /// Fail the tasks that still wait with ``RPC/RPCError/callIsOver``, send the outcome with these metadata, and
        /// release the call.
        case finish(trailing: Metadata, CallWaiters)
        /// The caller has its outcome: release the call.
        case release
        case ignore
    }

    /// The handler has returned.
    package mutating func returned() -> OnReturn {
        switch state {
        case .serving(let serving):
            state = .over
            return .finish(trailing: serving.trailing, serving.waiters)
        case .abandoned:
            state = .over
            return .release
        case .new, .gathering, .over, .changing:
            return .ignore
        }
    }

    package enum OnCancelled: Equatable {
        case abandon(Abandonment)
        /// No handler was started: release the call.
        case release
        case ignore
    }

    /// The call is over for its caller.
    package mutating func cancelled() -> OnCancelled {
        switch state {
        case .serving(let serving):
            return .abandon(abandon(serving, nil))
        case .new, .gathering:
            state = .over
            return .release
        case .abandoned, .over, .changing:
            return .ignore
        }
    }

    /// The handler broke a rule: the call fails with this status, whatever else the handler does.
    package mutating func failed(_ error: RPCError) -> OnCancelled {
        switch state {
        case .serving(let serving):
            return .abandon(abandon(serving, error))
        case .new, .gathering, .abandoned, .over, .changing:
            return .ignore
        }
    }
}
