public import Messages
internal import RPC

extension JournalFollower {
    /// Opens the registry's Follow.
    public static func opening(_ registry: RegistryV1.RegistryServiceClient) -> Open {
        { request throws(RPCError) in try await registry.follow(request, options: callOptions) }
    }

    /// Opens submission's Follow.
    public static func opening(_ submission: SubmissionV1.SubmissionServiceClient) -> Open {
        { request throws(RPCError) in try await submission.follow(request, options: callOptions) }
    }
}
