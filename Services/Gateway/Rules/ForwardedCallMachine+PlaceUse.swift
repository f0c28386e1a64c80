// Whose turn it is at a forwarded call: what its service's queue must know of its place.

extension ForwardedCallMachine {
    /// Whose turn it is, of a call with a place. One that waits for its turn, or has no place any more, holds none for its
    /// caller.
    public var placeUse: PlaceUse {
        guard !isPlaceless else { return .served }
        return switch state {
        case .unopened(.waitingForTurn, _): .served
        case .unopened(_, let call): call.placeUse
        case .open(let open): open.placeUse
        case .idle, .ending, .answered, .over: .served
        }
    }

    /// The use of its place, if it has changed or the call has moved on since this was asked last: once a tick at most
    /// while it goes on in the same way. Nothing needs to be said at the end.
    public mutating func placeUseToReport() -> PlaceUse? {
        let use = placeUse
        switch state {
        case .unopened(let stage, var call):
            guard call.isNews(use) else { return nil }
            state = .unopened(stage, call)
            return use
        case .open(var open):
            guard open.call.isNews(use) else { return nil }
            state = .open(open)
            return use
        case .idle, .ending, .answered, .over: return nil
        }
    }
}

extension ForwardedCallMachine.Call {
    fileprivate var useByCaller: PlaceUse { hasCarried ? .carrying : .silent }

    /// Of a call that is not open at a backend.
    fileprivate var placeUse: PlaceUse {
        guard hasRequestEnded else { return useByCaller }
        return hasDeadline ? .served : .servedWithoutDeadline
    }

    fileprivate mutating func isNews(_ use: PlaceUse) -> Bool {
        guard use != reportedUse || use != .served && movedAt != reportedMovedAt else { return false }
        reportedUse = use
        reportedMovedAt = movedAt
        return true
    }
}

extension ForwardedCallMachine.Open {
    fileprivate var placeUse: PlaceUse {
        guard waitingResponseBytes == 0, call.hasRequestEnded else { return call.useByCaller }
        if call.hasDeadline { return .served }
        return hasAnswerBegun ? call.useByCaller : .servedWithoutDeadline
    }
}
