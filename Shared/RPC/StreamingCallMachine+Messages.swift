internal import Wire

// The messages of a streaming call, both ways.

extension StreamingCallMachine {
    // MARK: Sending

    package enum OnSend: Equatable {
        /// Hand the bytes to the connection; say with ``sent(bytes:)`` how many went out.
        case send
        /// They are kept until the call is open.
        case held
        /// The outcome; `nil` is OK.
        case over(RPCError?)
        case failed(RPCError)
    }

    /// The caller sends a message.
    package mutating func send(_ message: UnsafeRawBufferPointer) -> OnSend {
        switch state {
        case .new:
            return .failed(RPCError(.internal, "a request was sent before the call was opened"))
        case .unopened(var attempt):
            state = .changing
            defer { state = .unopened(attempt) }
            if let mistake = attempt.caller.sendingMistake { return .failed(mistake) }
            attempt.messages.append(Array(message))
            attempt.caller.unsent.count += message.count
            return .held
        case .open(var open):
            state = .changing
            defer { state = .open(open) }
            if let mistake = open.caller.sendingMistake { return .failed(mistake) }
            open.resend.keep(message)
            open.caller.unsent.count += message.count
            return .send
        case .ended(let ended):
            return .over(ended.error)
        case .changing:
            return .failed(.callIsOver)
        }
    }

    /// Bytes of messages went out.
    package mutating func sent(bytes: Int) -> OnBytesSent {
        whileOpen(else: .ignore) { $0.caller.unsent.wentOut(bytes) }
    }

    package enum OnWaitUntilSent: Equatable {
        case sent
        /// The outcome; `nil` is OK.
        case over(RPCError?)
        case failed(RPCError)
        /// Keep the continuation.
        case wait
    }

    /// The task that has sent waits until all of it is out.
    package mutating func waitUntilSent() -> OnWaitUntilSent {
        switch state {
        case .unopened(var attempt):
            // Be it without bytes: what is held is bounded by its sender's patience.
            guard !attempt.messages.isEmpty else { return .sent }
            state = .changing
            defer { state = .unopened(attempt) }
            return Self.waitUntilSent(&attempt.caller)
        case .open(var open):
            guard open.caller.unsent.count > 0 else { return .sent }
            state = .changing
            defer { state = .open(open) }
            return Self.waitUntilSent(&open.caller)
        case .ended(let ended): return .over(ended.error)
        case .new, .changing: return .over(.callIsOver)
        }
    }

    private static func waitUntilSent(_ caller: inout Caller) -> OnWaitUntilSent {
        caller.unsent.wait().map { .failed($0) } ?? .wait
    }

    package enum OnFinishSending: Equatable {
        case sendStreamEnd
        case ignore
    }

    /// The caller sends no further message.
    package mutating func finishSending() -> OnFinishSending {
        let isFirst = changeCaller { caller in
            defer { caller.hasFinishedSending = true }
            return !caller.hasFinishedSending
        } else: { _ in
            false
        }
        switch state {
        case .open: return isFirst ? .sendStreamEnd : .ignore
        case .new, .unopened, .ended, .changing: return .ignore
        }
    }

    // MARK: Receiving

    package enum OnReceive: Equatable {
        /// Give this credit, if the call is not over.
        case message([UInt8], credit: Int)
        /// The outcome; `nil` is OK.
        case over(RPCError?)
        case failed(RPCError)
        /// Keep the continuation.
        case wait
    }

    /// The caller asks for a message.
    package mutating func receive() -> OnReceive {
        switch state {
        case .open(var open):
            state = .changing
            defer { state = .open(open) }
            if let (message, credit) = open.responses.take() { return .message(message, credit: credit) }
            return Self.wait(&open.caller)
        case .ended(var ended):
            state = .changing
            defer { state = .ended(ended) }
            return ended.responses.take().map { .message($0.message, credit: 0) } ?? .over(ended.error)
        case .new, .unopened, .changing:
            return changeCaller(Self.wait, else: { .over($0) })
        }
    }

    private static func wait(_ caller: inout Caller) -> OnReceive {
        guard !caller.isReceiverWaiting else { return .failed(.waitsAlready("receive")) }
        caller.isReceiverWaiting = true
        return .wait
    }

    package enum OnHeaders: Equatable {
        case keep
        case ignore
    }

    /// Leading metadata came.
    package mutating func headersReceived() -> OnHeaders {
        whileOpen(else: .ignore) { open in
            open.resend = .impossible
            return .keep
        }
    }

    package enum OnMessage: Equatable {
        /// Nobody waits for it: give this credit.
        case keep(credit: Int)
        /// Resume the receiver with this message, and give this credit.
        case deliver([UInt8], credit: Int)
        case ignore
    }

    /// Message bytes came.
    package mutating func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) -> OnMessage {
        whileOpen(else: .ignore) { open in
            open.resend = .impossible
            let credit = open.responses.receive(bytes, messageEnd: messageEnd, streamEnd: false)
            guard open.caller.isReceiverWaiting, let (message, owed) = open.responses.take() else {
                return .keep(credit: credit)
            }
            open.caller.isReceiverWaiting = false
            return .deliver(message, credit: credit + owed)
        }
    }
}
