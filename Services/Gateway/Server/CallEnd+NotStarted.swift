internal import RPC
internal import Transport
internal import Wire

extension CallEnd {
    /// Another process may take the call: this one has not begun it, and does not say that none should.
    var isNotStarted: Bool {
        switch self {
        case .status(let head, _, _):
            head.isNotStarted && head.code == .unavailable
                && (head.pushbackMilliseconds >= 0 || head.pushbackMilliseconds == StatusHead.noPushback)
        case .failed(let code, _, let isNotStarted): isNotStarted && code == .unavailable
        }
    }
}
