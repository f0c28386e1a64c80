internal import Following
internal import Journal
internal import Messages
package import RPC
package import Storage

/// Stands for the service that owns a journal: a real store, and Follow.
package final class JournalSource: Sendable {
    package let store: Store
    private let follow: MethodDescriptor

    private init(
        _ name: String, in directory: TemporaryDirectory, partitionCount: Int, epoch: UInt8, follow: MethodDescriptor
    ) throws {
        self.follow = follow
        store = try Store(
            opening: StoreOptions(
                path: directory.file("\(name)-\(epoch).db"), service: name, partitionCount: partitionCount,
                migrations: [], wallClock: { 1_567_300_000_000_000 },
                makeEpoch: { JournalEpoch(Array(repeating: epoch, count: 16))! }))
    }

    package static func registry(in directory: TemporaryDirectory, epoch: UInt8 = 1) throws -> JournalSource {
        try JournalSource(
            "registry", in: directory, partitionCount: 1, epoch: epoch,
            follow: RegistryV1.RegistryService.Methods.follow)
    }

    package static func submission(in directory: TemporaryDirectory, epoch: UInt8 = 2) throws -> JournalSource {
        try JournalSource(
            "submission", in: directory, partitionCount: 4, epoch: epoch,
            follow: SubmissionV1.SubmissionService.Methods.follow)
    }

    package func register(on router: inout Router) {
        let publisher = JournalPublisher(store)
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(follow) {
                (request, responses, _) throws(RPCError) in
                try await publisher.follow(request, responses: responses)
            })
    }

    package func append(_ kind: String, _ body: some RPC.Message, partition: UInt32 = 0) async throws {
        let body = try body.encodedBytes()
        try await store.deciding { $0.append(partition: partition, kind: kind, body: body) }
    }
}
