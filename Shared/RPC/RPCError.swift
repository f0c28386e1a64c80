public import Wire

/// How a call failed: a status other than OK, as the other side sent it or as this side found it.
public struct RPCError: Error, Sendable, Hashable {
    /// Never `.ok`.
    public var code: StatusCode
    /// For a person: the thing, the place and the remedy. Holds no SQL, no path of the server and no personal data.
    public var message: String
    /// For a program: an encoded message that the method documents (the suite's own services send
    /// `quality.type.v1.ErrorDetail`). Empty if there is none.
    public var details: [UInt8]
    public var trailingMetadata: Metadata
    /// True when no handler has seen the call: it may be sent again without harm, whatever the method.
    public var isNotStarted: Bool
    /// How long the server asks to wait before another attempt; negative: do not try again. `nil`: it says nothing.
    public var retryPushbackMilliseconds: Int32?

    public init(
        _ code: StatusCode, _ message: String, details: [UInt8] = [], trailingMetadata: Metadata = Metadata(),
        isNotStarted: Bool = false, retryPushbackMilliseconds: Int32? = nil
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.trailingMetadata = trailingMetadata
        self.isNotStarted = isNotStarted
        self.retryPushbackMilliseconds = retryPushbackMilliseconds
    }

    /// INTERNAL for a response that was refused with `error`: as in gRPC, the fault is not the caller's.
    public init(unreadableResponse error: RPCError) {
        self.init(.internal, "the response cannot be read: \(error.message)")
    }

    /// For failures nobody foresaw: an `RPCError` stays itself, cancellation is CANCELLED, anything else is INTERNAL
    /// without its text, which may hold what a client must not see.
    public init(wrapping error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default: self.init(.internal, "the service failed inside; its log names the cause")
        }
    }

    /// The error with metadata that its thrower did not set itself.
    package func with(trailing: Metadata) -> RPCError {
        guard trailingMetadata.isEmpty, !trailing.isEmpty else { return self }
        var error = self
        error.trailingMetadata = trailing
        return error
    }
}

extension RPCError: CustomStringConvertible {
    public var description: String { "\(code.name): \(message)" }
}
