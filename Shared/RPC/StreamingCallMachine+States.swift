internal import Wire

// What a streaming call's states hold.

extension StreamingCallMachine {
    /// A longer first message is not kept to be sent again.
    package static let longestKeptMessageBytes = 65_536

    /// The caller's side of a call that is not over.
    struct Caller {
        var isOpenerWaiting = false
        var isReceiverWaiting = false
        var unsent = UnsentBytes()
        var hasFinishedSending = false

        var waiters: CallWaiters {
            CallWaiters(opener: isOpenerWaiting, receiver: isReceiverWaiting, sender: unsent.isAwaited)
        }

        /// Why it may not send.
        var sendingMistake: RPCError? {
            if hasFinishedSending { return RPCError(.internal, "a request was sent after finishSending") }
            return unsent.mistake
        }
    }

    /// A call that has no stream: not yet, or not any more.
    struct Unopened {
        enum Step {
            case connecting, opening, pausing
        }

        var step = Step.connecting
        var caller: Caller
        /// To be sent when the call is open.
        var messages: [[UInt8]] = []
        var isSecondAttempt = false
    }

    /// What it takes to send the call again.
    enum Resend {
        case possible(first: [UInt8]?)
        case impossible

        init(_ attempt: Unopened) {
            self = .possible(first: nil)
            if attempt.isSecondAttempt { self = .impossible }
            for message in attempt.messages { message.withUnsafeBytes { keep($0) } }
        }

        mutating func keep(_ message: UnsafeRawBufferPointer) {
            switch self {
            case .possible(first: nil) where message.count <= longestKeptMessageBytes:
                self = .possible(first: Array(message))
            case .possible, .impossible:
                self = .impossible
            }
        }
    }

    struct Open {
        var caller: Caller
        var responses = MessageInbox()
        var resend: Resend
    }

    struct Ended {
        /// `nil` for OK.
        var error: RPCError?
        var responses: MessageInbox
    }
}
