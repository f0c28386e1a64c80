public import RPC
internal import Synchronization
internal import TestingMessages
internal import Transport
internal import Wire

/// `quality.testing.v1.RelayService/UnaryCall`: makes the same call of the test service, in the time that is left. It
/// stands in no .proto file: the messages are the test service's.
public final class RelayService: Sendable {
    public static let method = MethodDescriptor(service: "quality.testing.v1.RelayService", name: "UnaryCall")
    /// Trailing metadata: the microseconds that were left when the call arrived here.
    public static let remainingKey = "x-relay-remaining-us"

    private let next = Mutex<(any ClientTransport)?>(nil)

    public init() {}

    /// Says where the calls go on to. Until then they are UNAVAILABLE.
    public func connect(_ transport: any ClientTransport) {
        next.withLock { $0 = transport }
    }

    public func register(on router: inout Router) {
        router.register(
            UnaryHandler<TestingV1.SimpleRequest, TestingV1.SimpleResponse>(Self.method) {
                (request, context) async throws(RPCError) in
                try await self.relay(request, context)
            })
    }

    private func relay(
        _ request: TestingV1.SimpleRequest, _ context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        guard let transport = next.withLock({ $0 }) else {
            throw RPCError(.unavailable, "the relay knows no gateway yet", isNotStarted: true)
        }
        let remaining = context.deadline.map { $0.microseconds(since: .now) }
        var trailing = Metadata()
        trailing.append(Self.remainingKey, "\(remaining ?? 0)")
        context.call.setTrailingMetadata(trailing)
        return try await TestingV1.TestServiceClient(transport).unaryCall(
            request, options: CallOptions(timeout: remaining.map { .microseconds($0) }))
    }
}
