/// Why the gateway did not forward a call, for the metric `gateway_calls_refused_total`.
public enum CallRefusal: Int, Sendable, Hashable, CaseIterable {
    /// The caller's role has no grant for the method.
    case policy = 0
    /// The identity's calls a second are spent.
    case rate = 1
    /// The identity has as many calls open as it may.
    case concurrency = 2
    /// The call waited too long for its service.
    case shed = 3
    /// Too many calls wait for the service.
    case queueFull = 4
    /// Too many message bytes wait.
    case queueBytes = 5
    /// The deadline passed while the call waited, or before it came.
    case deadline = 6
    /// Others waited for the call's place while its identity held more than its share, and it waited for its caller or had
    /// been with the service for a second; or it is of the class control, and its identity had most of those when another
    /// came. It may have been begun.
    case displaced = 7
    /// Its identity has most of the calls of the class control that its service may have open, and those are all.
    case controlFull = 8

    /// As metrics and logs have it.
    public var name: String {
        switch self {
        case .policy: "policy"
        case .rate: "rate"
        case .concurrency: "concurrency"
        case .shed: "shed"
        case .queueFull: "queue_full"
        case .queueBytes: "queue_bytes"
        case .deadline: "deadline"
        case .displaced: "displaced"
        case .controlFull: "control_full"
        }
    }
}
