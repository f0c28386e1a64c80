public import RPC
internal import Transport
public import Wire

/// The clock that this process's connections keep deadlines on.
public struct ProcessClock: MonotonicClock {
    public init() {}

    public var now: MonotonicInstant { .now }

    public func sleep(until instant: MonotonicInstant) async {
        // Ends early only when the task is cancelled, which is what the protocol asks for.
        try? await Task.sleep(for: .microseconds(instant.microseconds(since: now)))
    }
}
