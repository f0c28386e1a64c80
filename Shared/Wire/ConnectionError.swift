/// Why a connection ends: the code and text of a GOAWAY frame.
public struct ConnectionError: Error, Sendable, Hashable {
    public enum Code: UInt32, Sendable, Hashable, CaseIterable {
        /// An orderly end.
        case none = 0
        /// A frame that the rules forbid here.
        case protocolViolation = 1
        /// No version of the protocol in common.
        case version = 2
        /// A frame too long, or not of its type's fixed length.
        case frameSize = 3
        /// More bytes than credit was given for, or a credit that overflows or is zero.
        case flowControl = 4
        /// A HELLO that cannot be read, is missing, or comes twice.
        case hello = 5
        /// The peer asks for more than it may: floods, too many refused calls.
        case excessiveLoad = 6
        /// This side failed.
        case `internal` = 7
        /// Nothing was heard for too long.
        case timeout = 8

        /// What metrics call it.
        public var label: String {
            switch self {
            case .none: "none"
            case .protocolViolation: "protocol"
            case .version: "version"
            case .frameSize: "frame_size"
            case .flowControl: "flow_control"
            case .hello: "hello"
            case .excessiveLoad: "excessive_load"
            case .internal: "internal"
            case .timeout: "timeout"
            }
        }
    }

    public var code: Code
    /// For a person; at most 255 bytes go on the wire.
    public var reason: String

    /// What metrics count it under: a word for one thing that can go wrong. Not on the wire.
    public var cause: String

    /// - Parameter cause: the code's own label unless said.
    public init(_ code: Code, _ reason: String, cause: String? = nil) {
        self.code = code
        self.reason = reason
        self.cause = cause ?? code.label
    }
}

/// Why a single stream ends without a status: the code of a RESET frame.
public enum ResetCode: UInt32, Sendable, Hashable, CaseIterable {
    /// Nobody wants the rest; the outcome stands.
    case none = 0
    /// The caller gave the call up.
    case cancel = 1
    /// A frame that the stream's state forbids.
    case protocolViolation = 2
    /// More bytes than credit was given for.
    case flowControl = 3
    /// This side failed.
    case `internal` = 4
    /// The call was never given to a handler and may be sent again.
    case refused = 5
    /// The deadline passed.
    case deadlineExceeded = 6

    /// The status a client reports for a call that the server ended with this code.
    public var status: StatusCode {
        switch self {
        case .none, .cancel: .cancelled
        case .protocolViolation, .flowControl, .internal: .internal
        case .refused: .unavailable
        case .deadlineExceeded: .deadlineExceeded
        }
    }
}
