package import Wire

/// One attempt of a client's unary call, from the wait for a connection to the outcome. It is told what came, and
/// answers with what to do; the task that waits for the answer is its owner's, which resumes it once, at the outcome.
///
/// ```
///        begin              a connection           opened
///   new ───────> connecting ────────────> opening ────────> open
///    │               │                       │                │ STATUS, failure, a second response,
///    │ cancel        │ no connection, cancel │ refused        │ cancel
///    v               v                       v                v
///   over <────────────────────────────────────────────────────
/// ```
///
/// What comes when it cannot mean anything any more:
/// - frames matter in `open` and, if opening brings them about, in `opening`; elsewhere they are ignored;
/// - in `over` everything is ignored, but that ``opened()`` gives the stream up, and ``begin()`` fails.
package struct UnaryCallMachine {
    private struct Open {
        var responses = MessageInbox()
        var leading = Metadata()
    }

    private enum State {
        case new
        case connecting
        /// Something may come before the connection has said that the call is open.
        case opening(Open)
        case open(Open)
        case over
        /// While a method is at work, so that what a state holds is changed in its place.
        case changing
    }

    private var state = State.new

    package init() {}

    // MARK: Opening

    package enum OnBegin: Equatable {
        /// Keep the caller's continuation, and ask for a connection.
        case connect
        /// It was cancelled before it began.
        case cancelled
    }

    package mutating func begin() -> OnBegin {
        switch state {
        case .new:
            state = .connecting
            return .connect
        case .connecting, .opening, .open, .over, .changing:
            return .cancelled
        }
    }

    package enum OnConnection: Equatable {
        /// Open the call on it; then say ``opened()`` or ``connectionFailed()``.
        case open
        case ignore
    }

    /// There is a connection.
    package mutating func connectionReady() -> OnConnection {
        switch state {
        case .connecting:
            state = .opening(Open())
            return .open
        case .new, .opening, .open, .over, .changing:
            return .ignore
        }
    }

    package enum OnOpened: Equatable {
        case await
        /// It ended while it was opened: give the stream up.
        case cancel
    }

    /// The request is on its way.
    package mutating func opened() -> OnOpened {
        switch state {
        case .opening(let open):
            state = .open(open)
            return .await
        case .new, .connecting, .open, .over, .changing:
            return .cancel
        }
    }

    package enum OnFailed: Equatable {
        /// Resume the caller with the error.
        case resume
        case ignore
    }

    /// There is no connection, or none that takes the call.
    package mutating func connectionFailed() -> OnFailed {
        switch state {
        case .connecting, .opening:
            state = .over
            return .resume
        case .new, .open, .over, .changing:
            return .ignore
        }
    }

    // MARK: The answer

    package mutating func headersReceived(_ leading: Metadata) {
        switch state {
        case .opening(var open):
            open.leading = leading
            state = .opening(open)
        case .open(var open):
            open.leading = leading
            state = .open(open)
        case .new, .connecting, .over, .changing:
            break
        }
    }

    package enum OnMessage: Equatable {
        /// Give this credit.
        case keep(credit: Int)
        /// Give the stream up, and resume the caller with UNIMPLEMENTED.
        case tooManyResponses
        case ignore
    }

    /// Bytes of the response came.
    package mutating func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) -> OnMessage {
        let isOpen: Bool
        var open: Open
        switch state {
        case .opening(let opening): (open, isOpen) = (opening, false)
        case .open(let opened): (open, isOpen) = (opened, true)
        case .new, .connecting, .over, .changing: return .ignore
        }
        state = .changing
        let credit = open.responses.receive(bytes, messageEnd: messageEnd, streamEnd: false)
        guard open.responses.count <= 1 else {
            state = .over
            return .tooManyResponses
        }
        state = isOpen ? .open(open) : .opening(open)
        return .keep(credit: credit)
    }

    package enum OnEnded: Equatable {
        case response([UInt8], leading: Metadata)
        /// Not OK.
        case failed(leading: Metadata)
        case noResponse(leading: Metadata)
        case tooManyResponses(leading: Metadata)
        case ignore
    }

    /// The call's stream ended, OK or not; the last message came with the status. In every case but `ignore` the caller
    /// is resumed.
    package mutating func ended(isOK: Bool, lastMessage: UnsafeRawBufferPointer? = nil) -> OnEnded {
        var open: Open
        switch state {
        case .opening(let opening): open = opening
        case .open(let opened): open = opened
        case .new, .connecting, .over, .changing: return .ignore
        }
        state = .over
        guard isOK else { return .failed(leading: open.leading) }
        switch (open.responses.take()?.message, lastMessage) {
        case (nil, let message?): return .response(Array(message), leading: open.leading)
        case (let message?, nil): return .response(message, leading: open.leading)
        case (.some, .some): return .tooManyResponses(leading: open.leading)
        case (nil, nil): return .noResponse(leading: open.leading)
        }
    }

    package enum OnCancel: Equatable {
        /// It has not begun: ``begin()`` will say so.
        case notBegun
        /// Give up what there is of it, the wait for a connection or the stream, and resume the caller.
        case resume
        case ignore
    }

    /// The caller gives the call up.
    package mutating func cancel() -> OnCancel {
        switch state {
        case .new:
            state = .over
            return .notBegun
        case .connecting, .opening, .open:
            state = .over
            return .resume
        case .over, .changing:
            return .ignore
        }
    }
}
