internal import RPC
internal import Wire

/// What a client's call is opened with, ready to be written into a CALL frame at each attempt.
struct CallOpening: Sendable {
    let method: MethodDescriptor
    let deadline: MonotonicInstant?
    private let metadata: [UInt8]
    private let trace: [UInt8]

    init(_ method: MethodDescriptor, _ options: CallOptions, deadline: MonotonicInstant?) throws(RPCError) {
        self.method = method
        self.deadline = deadline
        trace = (options.trace ?? .current)?.encoded ?? []
        do throws(MetadataBlock.Refusal) {
            metadata = try MetadataBlock.encoded(options.metadata)
        } catch {
            throw RPCError(.invalidArgument, error.reason, isNotStarted: true)
        }
    }

    /// Opens the call on a connection, with the timeout that is left. Answers with the id of its stream there.
    ///
    /// - Parameter request: the one request; `nil`: requests follow, and the end of them.
    func open(
        on connection: ClientConnection, request: UnsafeRawBufferPointer?, _ receiver: any ClientCallReceiver
    ) -> Result<UInt32, RPCError> {
        let opened = withHead { head in
            connection.open(
                CallFrame(
                    head: head, message: request ?? UnsafeRawBufferPointer(start: nil, count: 0),
                    messageEnd: request != nil, streamEnd: request != nil,
                    isIdempotent: method.idempotency != .none), deadline: deadline, receiver)
        }
        switch opened {
        case .opened(let id, _): return .success(id)
        case .full, .unusable: return .failure(connectionTakesNoMore)
        case nil: return .failure(deadlinePassed)
        }
    }

    /// Hands the head to `body`, with the timeout that is left; `nil` when the deadline has passed.
    private func withHead<Result>(_ body: (CallHead) -> Result) -> Result? {
        var timeout = CallHead.noTimeout
        if let deadline {
            timeout = deadline.microseconds(since: .now)
            guard timeout > 0 else { return nil }
        }
        var path = method.path
        return path.withUTF8 { path in
            metadata.withUnsafeBytes { metadata in
                trace.withUnsafeBytes { trace in
                    body(
                        CallHead(
                            timeoutMicroseconds: timeout, path: UnsafeRawBufferPointer(path),
                            caller: UnsafeRawBufferPointer(start: nil, count: 0), trace: trace, metadata: metadata))
                }
            }
        }
    }

    var deadlinePassed: RPCError { deadlinePassed(waitingFor: nil) }

    /// `failure`: why there was no connection that the call could be sent on, if that is known.
    func deadlinePassed(waitingFor failure: String?) -> RPCError {
        let reason = failure.map { ": \($0)" } ?? ""
        return RPCError(
            .deadlineExceeded, "\(method.path): the deadline passed before the call was sent\(reason)",
            isNotStarted: true)
    }

    func unavailable(_ failure: ConnectionUnavailable) -> RPCError {
        RPCError(.unavailable, "\(method.path): \(failure.reason)", isNotStarted: true)
    }

    private var connectionTakesNoMore: RPCError {
        unavailable(ConnectionUnavailable(reason: "the connection takes no more calls"))
    }

    var cancelled: RPCError {
        RPCError(.cancelled, "\(method.path): the caller cancelled")
    }
}

extension RPCError {
    /// The error of a call that ended with this status; `nil` for OK.
    init?(_ head: StatusHead) {
        guard head.code != .ok else { return nil }
        self.init(
            head.code, String(decoding: head.message, as: UTF8.self), details: Array(head.details),
            trailingMetadata: Metadata(received: head.metadata), isNotStarted: head.isNotStarted,
            retryPushbackMilliseconds: head.pushbackMilliseconds == StatusHead.noPushback
                ? nil : head.pushbackMilliseconds)
    }
}

extension Metadata {
    /// Metadata of a peer; empty when it breaks the rules.
    init(received block: UnsafeRawBufferPointer) {
        if block.count <= 2 || (try? MetadataBlock.validate(block)) == nil {
            self.init()
        } else {
            self = MetadataBlock.decoded(block)
        }
    }
}
