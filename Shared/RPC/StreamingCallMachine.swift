package import Wire

/// The client's end of one call with a stream in at least one direction, from the wait for a connection to the outcome.
/// It is told what came and what the caller asks for, and answers with what to do. It knows neither sockets nor
/// continuations: of tasks that wait it says which role goes on and with what, and their owner keeps one continuation a
/// role.
///
/// ```
///           begin              a connection           opened
///    new ──────────> connecting ──────────> opening ──────────> open
///     │               ^  │  ^                  │                │ │ │
///     │               │  │  └──────────────────┼────────────────┘ │ │  not started, to be sent again at once
///     │    it is over │  │                     │                  │ │
///     │             pausing <──────────────────┼──────────────────┘ │  the same after a pause
///     │ cancel        │  │ no connection,      │ refused, cancel    │ ended, cancel
///     v               v  v cancel              v                    v
///   ended <─────────────────────────────────────────────────────────
/// ```
///
/// A call is sent again once, when its server says that it has not begun it: while nothing has come and no more than
/// one message, of a bearable size, has gone out, which is kept until then.
///
/// What comes when it cannot mean anything any more:
/// - frames and the connection's words matter in `open`; elsewhere they are those of an attempt that is over, and are
///   ignored. An end that comes in `opening` was brought about by opening, and ends the call;
/// - messages that are sent before `open` are held until then; their sender waits, so that there are at most two;
/// - in `ended` the messages that came are still to be had, and after them the outcome; all else is ignored or fails;
/// - a message after ``finishSending()``, and a second task that would wait for the same, fail with INTERNAL: it is the
///   caller's mistake, and the call goes on.
package struct StreamingCallMachine {
    enum State {
        case new
        case unopened(Unopened)
        case open(Open)
        case ended(Ended)
        /// While a method is at work, so that what a state holds is changed in its place.
        case changing
    }

    var state = State.new

    package init() {}

    /// Message bytes that were to be sent and have not gone out.
    var unsentBytes: Int {
        switch state {
        case .unopened(let attempt): attempt.caller.unsent.count
        case .open(let open): open.caller.unsent.count
        case .new, .ended, .changing: 0
        }
    }

    /// The call is over: resume these tasks. The receiver gets this message, if there is one, and else the outcome, as
    /// the others do; `nil` is OK.
    package struct End: Equatable {
        package var waiters: CallWaiters
        package var message: [UInt8]?
        package var error: RPCError?
    }

    /// Changes what there is of a call that is open; the answer for one that is not is `other`.
    mutating func whileOpen<Answer>(
        else other: @autoclosure () -> Answer, _ change: (inout Open) -> Answer
    ) -> Answer {
        switch state {
        case .open(var open):
            state = .changing
            defer { state = .open(open) }
            return change(&open)
        case .new, .unopened, .ended, .changing:
            return other()
        }
    }

    /// The same of the caller's side of a call that is not over; for one that is, `over` is told the outcome.
    mutating func changeCaller<Answer>(
        _ change: (inout Caller) -> Answer, else over: (RPCError?) -> Answer
    ) -> Answer {
        switch state {
        case .unopened(var attempt):
            state = .changing
            defer { state = .unopened(attempt) }
            return change(&attempt.caller)
        case .open(var open):
            state = .changing
            defer { state = .open(open) }
            return change(&open.caller)
        case .ended(let ended): return over(ended.error)
        case .new, .changing: return over(.callIsOver)
        }
    }

    private mutating func end(
        _ caller: Caller, _ responses: MessageInbox, _ error: RPCError?, lastMessage: UnsafeRawBufferPointer? = nil
    ) -> End {
        var responses = responses
        if let lastMessage { _ = responses.receive(lastMessage, messageEnd: true, streamEnd: true) }
        let message = caller.isReceiverWaiting ? responses.take()?.message : nil
        state = .ended(Ended(error: error, responses: responses))
        return End(waiters: caller.waiters, message: message, error: error)
    }

    // MARK: Opening

    package enum OnBegin: Equatable {
        /// Keep the opener's continuation, and ask for a connection.
        case connect
        /// It was given up before it began.
        case failed(RPCError?)
    }

    package mutating func begin() -> OnBegin {
        switch state {
        case .new:
            state = .unopened(Unopened(caller: Caller(isOpenerWaiting: true)))
            return .connect
        case .ended(let ended): return .failed(ended.error)
        case .unopened, .open, .changing: return .failed(.waitsAlready("open"))
        }
    }

    package enum OnConnection: Equatable {
        /// Open the call on it; then say ``opened()`` or ``connectionFailed(_:)``.
        case open
        case ignore
    }

    /// There is a connection.
    package mutating func connectionReady() -> OnConnection {
        switch state {
        case .unopened(var attempt):
            guard attempt.step == .connecting else { return .ignore }
            attempt.step = .opening
            state = .unopened(attempt)
            return .open
        case .new, .open, .ended, .changing:
            return .ignore
        }
    }

    package enum OnOpened: Equatable {
        /// Send these messages, then STREAM_END if it is wanted; then resume the opener if one waits. Say with
        /// ``sent(bytes:)`` how much of each message went out.
        case send([[UInt8]], streamEnd: Bool, resumeOpener: Bool)
        /// It ended while it was opened: give the stream up.
        case cancel
    }

    /// The call has a stream.
    package mutating func opened() -> OnOpened {
        switch state {
        case .unopened(let attempt):
            guard attempt.step == .opening else { return .cancel }
            var caller = attempt.caller
            let resumeOpener = caller.isOpenerWaiting
            caller.isOpenerWaiting = false
            caller.unsent.count = attempt.messages.reduce(0) { $0 + $1.count }
            state = .open(Open(caller: caller, resend: Resend(attempt)))
            return .send(attempt.messages, streamEnd: caller.hasFinishedSending, resumeOpener: resumeOpener)
        case .new, .open, .ended, .changing:
            return .cancel
        }
    }

    package enum OnFailed: Equatable {
        case end(End)
        case ignore
    }

    /// There is no connection, or none that takes the call.
    package mutating func connectionFailed(_ error: RPCError) -> OnFailed {
        switch state {
        case .unopened(let attempt):
            switch attempt.step {
            case .connecting, .opening: return .end(end(attempt.caller, MessageInbox(), error))
            case .pausing: return .ignore
            }
        case .new, .open, .ended, .changing:
            return .ignore
        }
    }

    package enum OnPauseOver: Equatable {
        /// Ask for a connection to another endpoint.
        case connect
        case ignore
    }

    package mutating func pauseOver() -> OnPauseOver {
        switch state {
        case .unopened(var attempt):
            guard attempt.step == .pausing else { return .ignore }
            attempt.step = .connecting
            state = .unopened(attempt)
            return .connect
        case .new, .open, .ended, .changing:
            return .ignore
        }
    }

    // MARK: The end

    package enum OnEnded: Equatable {
        case end(End)
        /// Ask for a connection to another endpoint at once, and send the call again.
        case connectAgain
        /// The same after a pause: say ``pauseOver()`` then.
        case pause(until: MonotonicInstant)
        case ignore
    }

    /// The call's stream ended: with an error, or with OK (`nil`) and perhaps one last message. `now` is asked when the
    /// call may be sent again.
    package mutating func ended(
        _ error: RPCError?, lastMessage: UnsafeRawBufferPointer? = nil, deadline: MonotonicInstant?,
        now: @autoclosure () -> MonotonicInstant
    ) -> OnEnded {
        switch state {
        case .open(let open):
            guard let error, case .possible(let first) = open.resend, error.isNotStarted, error.code == .unavailable
            else { return .end(end(open.caller, open.responses, error, lastMessage: lastMessage)) }
            return again(after: error, open, first, deadline: deadline, now: now())
        case .unopened(let attempt):
            switch attempt.step {
            case .opening: return .end(end(attempt.caller, MessageInbox(), error, lastMessage: lastMessage))
            case .connecting, .pausing: return .ignore
            }
        case .new, .ended, .changing:
            return .ignore
        }
    }

    private mutating func again(
        after error: RPCError, _ open: Open, _ first: [UInt8]?, deadline: MonotonicInstant?, now: MonotonicInstant
    ) -> OnEnded {
        let pushback = error.retryPushbackMilliseconds ?? 0
        guard pushback >= 0 else { return .end(end(open.caller, open.responses, error)) }
        let wakeAt = now.advanced(byMicroseconds: UInt64(pushback) * 1000)
        if let deadline, deadline <= wakeAt { return .end(end(open.caller, open.responses, error)) }
        state = .unopened(
            Unopened(
                step: pushback == 0 ? .connecting : .pausing, caller: open.caller, messages: first.map { [$0] } ?? [],
                isSecondAttempt: true))
        return pushback == 0 ? .connectAgain : .pause(until: wakeAt)
    }

    package enum OnCancel: Equatable {
        /// Give up what there is of it: the wait for a connection, the pause, the stream.
        case end(End)
        case ignore
    }

    /// The caller gives the call up, with this error.
    package mutating func cancel(_ error: RPCError) -> OnCancel {
        switch state {
        case .new:
            return .end(end(Caller(), MessageInbox(), error))
        case .unopened(let attempt):
            return .end(end(attempt.caller, MessageInbox(), error))
        case .open(let open):
            return .end(end(open.caller, open.responses, error))
        case .ended, .changing:
            return .ignore
        }
    }
}
