public import Wire

/// Why a call was refused, or cut short, on account of a rule of the protocol or a limit of its connection.
public enum CallFault: String, Sendable, CaseIterable {
    /// More calls than may be open on a connection.
    case openCalls = "open_calls"
    /// Too many message bytes of its caller, or of all, wait in this process; this call's had waited longest.
    case bytesInFlight = "bytes_in_flight"
    /// A message longer than is taken.
    case messageBytes = "message_bytes"
    /// More bytes than credit, credit of zero or too much, bytes after the end.
    case streamRules = "stream_rules"
    /// More messages wait for their reader than may.
    case waitingMessages = "waiting_messages"
    /// Bytes wait for a reader that gives no credit.
    case stalled
    /// Metadata that breaks the rules.
    case metadata
    /// A caller was stated by a peer that may not, or is none.
    case forgedCaller = "forged_caller"
    /// The gateway called for itself what it may only pass on.
    case missingCaller = "missing_caller"
    /// A service was dialled directly, not through the gateway.
    case directCaller = "direct_caller"
    /// The connection drained, and the call did not end in time.
    case drain

    /// What a call that failed by the machine's word broke.
    init(_ code: StatusCode) {
        self = code == .resourceExhausted ? .messageBytes : .streamRules
    }
}

/// What a connection has to tell operators beside its end.
public enum ConnectionNotice {
    /// A call was not begun. The path is borrowed.
    case callRefused(CallFault, path: UnsafeRawBufferPointer, reason: String)
    /// A call that had begun was ended.
    case callCut(CallFault, reason: String)
    /// The connection takes no more calls.
    case draining(DrainCause, reason: String)
}
