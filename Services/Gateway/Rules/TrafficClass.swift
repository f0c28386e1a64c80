/// How urgent a call is. A class never starves those before it: where calls wait, every one of an earlier class goes
/// first, and later ones cannot hold all places of a service.
public enum TrafficClass: UInt8, Sendable, Hashable, CaseIterable {
    /// Health and the like: never waits and is never shed, and has a few places of its own.
    case control = 0
    /// Somebody looks at a screen.
    case interactive = 1
    /// Reports that come in.
    case push = 2
    /// Catching up, attachments.
    case bulk = 3

    /// As the policy file and the metrics have it.
    public var name: String {
        switch self {
        case .control: "control"
        case .interactive: "interactive"
        case .push: "push"
        case .bulk: "bulk"
        }
    }
}
