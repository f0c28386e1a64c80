internal import Wire

extension CallEnd {
    enum Verdict {
        case answered, failed, none
    }

    /// What the end of a call says about the endpoint, and not about the call: UNAVAILABLE and RESET speak against it,
    /// unless the endpoint merely drains or has enough to do.
    var verdict: Verdict {
        switch self {
        case .status(let head, _, _):
            switch head.code {
            case .unavailable: head.isNotStarted ? .none : .failed
            case .resourceExhausted where head.isNotStarted: .none
            default: .answered
            }
        case .failed(_, _, isNotStarted: true): .none
        case .failed(let code, _, isNotStarted: false): code == .unavailable || code == .internal ? .failed : .none
        }
    }
}
