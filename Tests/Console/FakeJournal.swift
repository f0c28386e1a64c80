import Cryptography
import Following
import Foundation
import Journal
import Messages
import RPC
import Storage
import Synchronization
import TestStores

@testable import Console

/// Submission's log in a real store, served as submission does, or not quite.
final class FakeJournal: Sendable {
    /// How answers differ from what is so.
    struct Lies: Sendable {
        var checkpoint: @Sendable (inout TypeV1.GetCheckpointResponse) -> Void = { _ in }
        var consistency: @Sendable (inout TypeV1.GetConsistencyProofResponse) -> Void = { _ in }
        var tiles: @Sendable (TypeV1.GetHashTilesRequest, inout TypeV1.GetHashTilesResponse) -> Void = { _, _ in }
        var follow: @Sendable (inout TypeV1.FollowResponse) -> Void = { _ in }
    }

    /// For the command's files.
    let directory: String
    private let stores = TemporaryDirectory()
    private let source: JournalSource
    private let requested = Mutex<[TypeV1.GetHashTilesRequest]>([])

    init(epoch: UInt8 = 2, isRegistry: Bool = false) throws {
        directory = NSTemporaryDirectory() + "qmctl-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        source =
            isRegistry
            ? try .registry(in: stores, epoch: epoch) : try .submission(in: stores, epoch: epoch)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A group commit.
    func append(_ count: Int, _ text: String = "entry") async throws {
        try await source.store.deciding { rows in
            for index in 0..<count { rows.append(kind: "test", body: Array("\(text) \(index)".utf8)) }
        }
    }

    var size: UInt64 { source.store.journalHead.size }
    var key: NoteKey { source.store.logKey! }

    func file(_ name: String, _ text: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A file with the key.
    func keyFile() throws -> String { try file("log.vkey", key.text + "\n") }

    /// A file with the checkpoint as it is now.
    func keep(_ name: String = "kept.checkpoint") async throws -> String {
        try file(name, try await checkpoint())
    }

    func checkpoint() async throws -> String {
        try await source.store.checkpoint(covering: 0) ?? ""
    }

    /// What was asked for since it was asked last.
    func takeRequests() -> [TypeV1.GetHashTilesRequest] {
        requested.withLock { requests in
            defer { requests = [] }
            return requests
        }
    }

    func run(_ arguments: [String], _ lies: Lies = Lies()) async -> CommandResult {
        let transport = InProcessTransport(router(lies), caller: CallerIdentity(uri: "spiffe://test/service/auditor")!)
        let streams = Streams()
        let environment = ConsoleEnvironment(
            connect: { _ in transport }, disconnect: {}, print: { streams.add(output: $0 + "\n") },
            report: { streams.add(errors: $0) }, isTerminal: false)
        let code = await ConsoleEnvironment.$current.withValue(environment) {
            await Console.run(["journal"] + arguments)
        }
        return CommandResult(exitCode: code, output: streams.output, errors: streams.errors)
    }

    private func router(_ lies: Lies) -> Router {
        typealias Methods = SubmissionV1.SubmissionService.Methods
        let publisher = JournalPublisher(source.store)
        var router = Router()
        router.register(
            UnaryHandler<TypeV1.GetCheckpointRequest, TypeV1.GetCheckpointResponse>(Methods.getCheckpoint) {
                (request, _) throws(RPCError) in
                var response = try await publisher.checkpoint(request)
                lies.checkpoint(&response)
                return response
            })
        router.register(
            UnaryHandler<TypeV1.GetConsistencyProofRequest, TypeV1.GetConsistencyProofResponse>(
                Methods.getConsistencyProof
            ) { (request, _) throws(RPCError) in
                var response = try await publisher.consistencyProof(request)
                lies.consistency(&response)
                return response
            })
        router.register(
            UnaryHandler<TypeV1.GetHashTilesRequest, TypeV1.GetHashTilesResponse>(Methods.getHashTiles) {
                [self] (request, _) throws(RPCError) in
                requested.withLock { $0.append(request) }
                var response = try await publisher.hashTiles(request)
                lies.tiles(request, &response)
                return response
            })
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(Methods.follow) {
                [source] (request, responses, _) throws(RPCError) in
                var cursor = LogCursor(epoch: source.store.epoch, size: 0)
                // Some entries a response, as of a long log.
                repeat {
                    let piece: LogPiece
                    do { piece = try await source.store.logPiece(after: cursor, limitBytes: 20_000) } catch {
                        throw RPCError(wrapping: error)
                    }
                    var response = TypeV1.FollowResponse(
                        epoch: source.store.epoch.bytes, firstIndex: cursor.size,
                        entries: piece.entries.map {
                            TypeV1.JournalEntry(
                                sealedUnixUs: $0.sealedUnixMicroseconds, kind: $0.kind, statement: $0.statement,
                                body: $0.body)
                        }, checkpoint: piece.checkpoint ?? "", key: source.store.logKey?.text ?? "")
                    cursor.size += UInt64(piece.entries.count)
                    lies.follow(&response)
                    try await responses.write(response)
                } while cursor.size < source.store.journalHead.size
            })
        return router
    }
}
