/// How often a method may be carried out for one call: `idempotency_level` of the .proto file. Travels in the CALL
/// frame, since a gateway does not know the services.
public enum Idempotency: Sendable, Hashable {
    /// Once at most: never retried unless it was not started.
    case none
    /// As often as one likes, with the same outcome.
    case idempotent
    /// Changes nothing.
    case noSideEffects
}

/// A method as the generated stubs name it.
public struct MethodDescriptor: Sendable, Hashable {
    /// The full service name, e.g. "quality.submission.v1.SubmissionService".
    public let service: String
    /// e.g. "Push".
    public let name: String
    /// "SERVICE/METHOD" as the CALL frame carries it.
    public let path: String
    public let isClientStreaming: Bool
    public let isServerStreaming: Bool
    public let idempotency: Idempotency

    public init(
        service: String, name: String, isClientStreaming: Bool = false, isServerStreaming: Bool = false,
        idempotency: Idempotency = .none
    ) {
        self.service = service
        self.name = name
        self.path = "\(service)/\(name)"
        self.isClientStreaming = isClientStreaming
        self.isServerStreaming = isServerStreaming
        self.idempotency = idempotency
    }
}
