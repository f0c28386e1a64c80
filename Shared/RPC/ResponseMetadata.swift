internal import Synchronization
public import Wire

/// Receives the metadata of a unary answer.
public final class ResponseMetadata: Sendable {
    private let state = Mutex((leading: Metadata(), trailing: Metadata()))

    public init() {}

    public var leading: Metadata { state.withLock { $0.leading } }
    public var trailing: Metadata { state.withLock { $0.trailing } }

    /// For transports.
    public func set(leading: Metadata, trailing: Metadata) {
        state.withLock { $0 = (leading, trailing) }
    }
}
