public import Wire

/// How a call ended, as the client's end saw it. What is borrowed is valid during the call that hands it over.
public enum CallEnd {
    /// A STATUS frame came: its head, parsed and as it stands on the wire, and the last message if it carried one.
    case status(StatusHead, encoded: UnsafeRawBufferPointer, message: UnsafeRawBufferPointer?)
    /// The call failed on the way: this status, which no handler wrote.
    case failed(StatusCode, String, isNotStarted: Bool)
}

extension CallEnd {
    var code: StatusCode {
        switch self {
        case .status(let head, _, _): head.code
        case .failed(let code, _, _): code
        }
    }
}

/// Hears what happens to one call. All on the loop.
public protocol ClientCallReceiver: AnyObject {
    /// Leading metadata: a ``MetadataBlock``, not yet validated.
    func headersReceived(_ block: UnsafeRawBufferPointer)
    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool)
    /// The last event of the call.
    func ended(_ end: CallEnd)
    /// Request bytes that had waited for credit went out.
    func requestBytesSent(_ bytes: Int)
    /// The call waits at the server for what another process has yet to bring; once, and before anything of the answer.
    func waitsForOthers()
}

extension ClientCallReceiver {
    /// For callers that hold nothing which others need.
    public func waitsForOthers() {}
}
