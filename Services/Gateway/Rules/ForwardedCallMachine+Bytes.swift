// The bytes of a forwarded call, both ways.

extension ForwardedCallMachine {
    /// The pieces of messages that wait on a stream, and what its sender may send ahead.
    public struct Crowd: Sendable, Hashable {
        public var waitingPieces: Int
        public var creditBytes: Int

        public static let none = Crowd(waitingPieces: 0, creditBytes: 0)

        public init(waitingPieces: Int, creditBytes: Int) {
            self.waitingPieces = waitingPieces
            self.creditBytes = creditBytes
        }

        fileprivate func isTooLarge(with heldFrames: Int) -> Bool {
            waitingPieces + heldFrames > creditBytes + ForwardedCallMachine.maximumEmptyMessages
        }
    }

    // MARK: Request bytes

    public enum OnRequest: Sendable, Hashable {
        /// Send them on, then ``requestSent(bytes:tick:)``.
        case forward
        /// Keep them behind what is kept.
        case hold
        /// Of no use any more.
        case drop
        /// Too much is kept already.
        case noRoom(Ending)
        /// Too many messages without bytes wait.
        case crowded(Ending)
    }

    /// Message bytes have come from the caller.
    ///
    /// - Parameters:
    ///   - crowd: at the backend's connection. Looked at only without bytes.
    ///   - hasRoom: whether so many bytes may be kept. Without meaning for a call that keeps nothing.
    public mutating func requestReceived(
        bytes: Int, streamEnd: Bool, crowd: Crowd, hasRoom: Bool, tick: Int
    ) -> OnRequest {
        func isCrowded(_ heldFrames: Int) -> Bool { bytes == 0 && crowd.isTooLarge(with: heldFrames) }
        switch state {
        case .unopened(let stage, var call):
            call.received(bytes, streamEnd, tick)
            guard !isCrowded(call.heldFrames) else { return .crowded(end(stage)) }
            guard hasRoom else { return .noRoom(end(stage)) }
            call.heldFrames += 1
            state = .unopened(stage, call)
            return .hold
        case .open(var open):
            open.call.received(bytes, streamEnd, tick)
            let isBehindHeld = open.call.heldFrames > 0
            guard !isCrowded(open.call.heldFrames) else { return .crowded(endOpen(cancelsBackend: true)) }
            guard !isBehindHeld || hasRoom else { return .noRoom(endOpen(cancelsBackend: true)) }
            if isBehindHeld { open.call.heldFrames += 1 }
            state = .open(open)
            return isBehindHeld ? .hold : .forward
        case .idle, .ending, .answered, .over: return .drop
        }
    }

    /// What it keeps while it waits is too much, beside what others do. `nil`: it does not wait.
    public mutating func roomTaken() -> Ending? {
        switch state {
        case .unopened(.waitingForTurn, _): end(.waitingForTurn)
        case .unopened(.waitingForConnection, _): end(.waitingForConnection)
        case .unopened(.choosing, _), .unopened(.opening, _), .open, .idle, .ending, .answered, .over: nil
        }
    }

    /// The backend's connection has taken request bytes. Answers with how many of them the caller is to be credited.
    public mutating func requestSent(bytes: Int, tick: Int) -> Int {
        guard case .open(var open) = state else { return 0 }
        open.call.sent(bytes)
        open.call.moved(bytes, tick)
        state = .open(open)
        return bytes
    }

    // MARK: Response bytes

    /// The service has begun to answer: the call goes nowhere else any more. `true`: send the headers on.
    public mutating func headersReceived(tick: Int) -> Bool {
        guard case .open(var open) = state else { return false }
        open.keptBytes = nil
        open.hasAnswerBegun = true
        open.call.movedAt = tick
        state = .open(open)
        return true
    }

    public enum OnResponse: Sendable, Hashable {
        /// Send them on, then ``responseSent(bytes:tick:)``. What was kept to be sent again is not needed any more.
        case forward
        case crowded(Ending)
        case drop
    }

    /// Message bytes have come from the backend. `crowd`: at the caller's connection; looked at only without bytes.
    public mutating func responseReceived(bytes: Int, crowd: Crowd) -> OnResponse {
        guard case .open(var open) = state else { return .drop }
        open.keptBytes = nil
        open.hasAnswerBegun = true
        open.waitingResponseBytes += bytes
        if bytes == 0, crowd.isTooLarge(with: 0) {
            return .crowded(endOpen(cancelsBackend: true))
        }
        state = .open(open)
        return .forward
    }

    /// The caller's connection has taken response bytes. Answers with how many of them the backend is to be credited.
    public mutating func responseSent(bytes: Int, tick: Int) -> Int {
        guard case .open(var open) = state else { return 0 }
        assert(bytes <= open.waitingResponseBytes, "more response bytes went out than came")
        open.waitingResponseBytes -= bytes
        open.call.moved(bytes, tick)
        state = .open(open)
        return bytes
    }

    public enum OnBackendEnd: Sendable, Hashable {
        /// The caller sees nothing of it: choose another backend.
        case sendAgain
        case answer(Ending)
        case ignore
    }

    /// The backend has ended the call. `isNotStarted`: it has not begun it, and does not say that none should.
    public mutating func backendEnded(isNotStarted: Bool) -> OnBackendEnd {
        switch state {
        case .open(let open):
            if isNotStarted, let keptBytes = open.keptBytes {
                sendAgain(open.call, keptBytes: keptBytes)
                return .sendAgain
            }
            return .answer(endOpen(cancelsBackend: false))
        // While it is being asked whether it takes it.
        case .unopened(.opening, _): return .answer(end(.opening))
        case .unopened(.waitingForTurn, _), .unopened(.choosing, _), .unopened(.waitingForConnection, _), .idle,
            .ending,
            .answered, .over:
            return .ignore
        }
    }
}

extension ForwardedCallMachine.Call {
    mutating func received(_ bytes: Int, _ streamEnd: Bool, _ tick: Int) {
        waitingRequestBytes += bytes
        guard streamEnd else { return }
        hasRequestEnded = true
        // Once a call, and now it is the service's turn.
        movedAt = tick
    }

    mutating func sent(_ bytes: Int) {
        assert(bytes <= waitingRequestBytes, "more request bytes went out than came")
        waitingRequestBytes -= bytes
    }

    /// So many bytes have left the gateway.
    mutating func moved(_ bytes: Int, _ tick: Int) {
        if tick != byteTick {
            byteTick = tick
            tickBytes = 0
        }
        tickBytes += bytes
        guard tickBytes >= ForwardedCallMachine.progressBytes else { return }
        movedAt = tick
        hasCarried = true
    }
}
