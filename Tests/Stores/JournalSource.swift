internal import Following
package import Journal
internal import Messages
package import RPC
package import Storage

/// Stands for the service that owns a journal: a real store, and Follow.
package final class JournalSource: Sendable {
    package let store: Store
    package let isRegistry: Bool
    private let follow: MethodDescriptor

    private init(
        _ name: String, in directory: TemporaryDirectory, epoch: UInt8, follow: MethodDescriptor
    ) throws {
        self.follow = follow
        isRegistry = name == "registry"
        store = try Store(
            opening: StoreOptions(
                testing: name, at: directory.file("\(name)-\(epoch).db"), wallClock: { 1_567_300_000_000_000 },
                makeEpoch: { JournalEpoch(Array(repeating: epoch, count: 16))! }))
    }

    package static func registry(in directory: TemporaryDirectory, epoch: UInt8 = 1) throws -> JournalSource {
        try JournalSource(
            "registry", in: directory, epoch: epoch,
            follow: RegistryV1.RegistryService.Methods.follow)
    }

    package static func submission(in directory: TemporaryDirectory, epoch: UInt8 = 2) throws -> JournalSource {
        try JournalSource(
            "submission", in: directory, epoch: epoch,
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

    /// All entries.
    package func entries() async throws -> [JournalEntry] {
        try await store.logPiece(after: LogCursor(epoch: store.epoch, size: 0), limitBytes: .max).entries
    }

    package func append(_ kind: String, _ body: some RPC.Message) async throws {
        let body = try body.encodedBytes()
        try await store.deciding { $0.append(kind: kind, body: body) }
    }
}
