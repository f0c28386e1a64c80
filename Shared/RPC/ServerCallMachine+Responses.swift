package import Wire

// What the handler of a server's call sends.

extension ServerCallMachine {
    package enum OnSend: Equatable {
        /// Hand the bytes to the connection; say with ``sent(bytes:)`` how many went out.
        case send
        case failed(RPCError)
    }

    /// A task of the handler sends a message.
    package mutating func send(bytes: Int) -> OnSend {
        whileServing(else: .failed(.callIsOver)) { serving in
            if let mistake = serving.unsent.mistake { return .failed(mistake) }
            serving.hasAnswered = true
            serving.unsent.count += bytes
            return .send
        }
    }

    /// Bytes of messages went out.
    package mutating func sent(bytes: Int) -> OnBytesSent {
        whileServing(else: .ignore) { $0.unsent.wentOut(bytes) }
    }

    package enum OnWaitUntilSent: Equatable {
        case sent
        case failed(RPCError)
        /// Keep the continuation.
        case wait
    }

    /// The task that has sent waits until all of it is out.
    package mutating func waitUntilSent() -> OnWaitUntilSent {
        whileServing(else: .failed(.callIsOver)) { serving in
            guard serving.unsent.count > 0 else { return .sent }
            return serving.unsent.wait().map { .failed($0) } ?? .wait
        }
    }

    package enum OnLeadingMetadata: Equatable {
        case send
        /// It is too late for them.
        case ignore
    }

    package mutating func sendLeadingMetadata() -> OnLeadingMetadata {
        whileServing(else: .ignore) { serving in
            defer { serving.hasAnswered = true }
            return serving.hasAnswered ? .ignore : .send
        }
    }

    package enum OnWaitForOthers: Equatable {
        /// Have the connection say so, which says it once.
        case say
        /// The answer has begun, or nobody wants one.
        case ignore
    }

    /// The handler begins to wait for what another process has yet to bring.
    package mutating func waitsForOthers() -> OnWaitForOthers {
        whileServing(else: .ignore) { $0.hasAnswered ? .ignore : .say }
    }

    package mutating func setTrailingMetadata(_ metadata: Metadata) {
        whileServing(else: ()) { $0.trailing = metadata }
    }
}
