import Cryptography
import Following
import Journal
import Messages
import RPC
import Storage
import TestStores
import Testing
import Wire

@Suite("A log proves to everybody that it is only appended to")
struct JournalProofsTests {
    private let directory = TemporaryDirectory()
    private let source: JournalSource
    private let publisher: JournalPublisher

    init() throws {
        source = try JournalSource.submission(in: directory)
        publisher = JournalPublisher(source.store)
    }

    private func append(_ count: Int) async throws {
        try await source.store.deciding { rows in
            for index in 0..<count { rows.append(kind: "test", body: [UInt8(truncatingIfNeeded: index)]) }
        }
    }

    private func head(_ minimumSize: UInt64 = 0) async throws -> Checkpoint {
        let response = try await publisher.checkpoint(TypeV1.GetCheckpointRequest(minimumSize: minimumSize))
        let key = try NoteKey(text: response.key, journalSHA256)
        let signed = try SignedCheckpoint(parsing: Array(response.checkpoint.utf8))
        #expect(signed.fault(origin: key.name, keys: [key], isValid: NoteKey.signatureCheck) == nil)
        return signed.checkpoint
    }

    private func code(_ body: () async throws -> Void) async -> StatusCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? RPCError)?.code
        }
    }

    @Test("the newest checkpoint, or the oldest that covers a size")
    func checkpoints() async throws {
        let none = try await publisher.checkpoint(TypeV1.GetCheckpointRequest())
        #expect(none.checkpoint.isEmpty)
        #expect(none.key == source.store.logKey?.text)
        for count in [3, 1, 5] { try await append(count) }
        #expect(try await head().size == 9)
        for (minimum, size) in [(1, 3), (3, 3), (4, 4), (5, 9), (9, 9)] as [(UInt64, UInt64)] {
            #expect(try await head(minimum).size == size)
        }
        for size in [10, UInt64.max] {
            #expect(await code { _ = try await head(size) } == .outOfRange)
        }
    }

    @Test("consistency between any two checkpoints, and each entry in any of them")
    func proofs() async throws {
        let counts = [1, 2, 250, 7, 300, 1, 513]
        for count in counts { try await append(count) }
        var heads: [Checkpoint] = []
        var size: UInt64 = 0
        for count in counts {
            size += UInt64(count)
            heads.append(try await head(size))
        }
        let leaves = try await source.entries().map { $0.logEntry(journalSHA256).leafHash(journalSHA256) }
        for new in heads {
            for old in heads where old.size <= new.size {
                let answer = try await publisher.consistencyProof(
                    TypeV1.GetConsistencyProofRequest(
                        epoch: source.store.epoch.bytes, oldSize: old.size, newSize: new.size))
                let proof = ConsistencyProof(
                    oldSize: old.size, newSize: new.size, path: answer.path.compactMap { JournalHash($0) })
                #expect(proof.fault(oldRoot: old.root, newRoot: new.root, journalSHA256) == nil)
            }
            for index in [0, new.size / 2, new.size - 1] {
                let answer = try await publisher.inclusionProof(
                    TypeV1.GetInclusionProofRequest(epoch: source.store.epoch.bytes, index: index, size: new.size))
                let proof = InclusionProof(
                    index: index, size: new.size, path: answer.path.compactMap { JournalHash($0) })
                #expect(proof.fault(leaf: leaves[Int(index)], root: new.root, journalSHA256) == nil)
            }
        }
    }

    @Test("all tiles, full and unfinished, also as they were at an older checkpoint")
    func tiles() async throws {
        // Many small commits at the end: the unfinished tile is put together from them.
        for count in [70_000, 1, 2, 3] { try await append(count) }
        for head in [try await head(1), try await head()] {
            var audit = try TileAudit(size: head.size, root: head.root, journalSHA256)
            var tileCount = 0
            while let run = audit.next {
                let answer = try await publisher.hashTiles(
                    TypeV1.GetHashTilesRequest(
                        epoch: source.store.epoch.bytes, tileLevel: UInt32(run.first.level), tileIndex: run.first.index,
                        hashCount: UInt32(run.hashCount)))
                tileCount += try audit.take(answer.hashes).count
            }
            #expect(tileCount == 273 + 1 + 3)
        }
    }

    @Test("another history's epoch is ABORTED, what the log has not yet OUT_OF_RANGE, and nonsense INVALID_ARGUMENT")
    func refusals() async throws {
        try await append(300)
        let epoch = source.store.epoch.bytes
        let other = Array(repeating: UInt8(9), count: 16)
        typealias Consistency = TypeV1.GetConsistencyProofRequest
        typealias Inclusion = TypeV1.GetInclusionProofRequest
        typealias Tiles = TypeV1.GetHashTilesRequest
        for (request, expected) in [
            (Consistency(epoch: other, oldSize: 1, newSize: 2), .aborted),
            (Consistency(oldSize: 1, newSize: 2), .invalidArgument),
            (Consistency(epoch: epoch, oldSize: 2, newSize: 1), .invalidArgument),
            (Consistency(epoch: epoch, oldSize: 1, newSize: 301), .outOfRange),
            (Consistency(epoch: epoch, oldSize: 1, newSize: .max), .outOfRange),
            (Consistency(epoch: epoch, oldSize: 0, newSize: 300), nil),
        ] as [(Consistency, StatusCode?)] {
            #expect(await code { _ = try await publisher.consistencyProof(request) } == expected, "\(request)")
        }
        for (request, expected) in [
            (Inclusion(epoch: other, index: 0, size: 1), .aborted),
            (Inclusion(epoch: epoch, index: 1, size: 1), .invalidArgument),
            (Inclusion(epoch: epoch, index: 300, size: 301), .outOfRange),
            (Inclusion(epoch: epoch, index: 299, size: 300), nil),
        ] as [(Inclusion, StatusCode?)] {
            #expect(await code { _ = try await publisher.inclusionProof(request) } == expected, "\(request)")
        }
        for (request, expected) in [
            (Tiles(epoch: other, hashCount: 1), .aborted),
            (Tiles(epoch: epoch, hashCount: 0), .invalidArgument),
            (Tiles(epoch: epoch, hashCount: .max), .invalidArgument),
            (Tiles(epoch: epoch, tileLevel: 8, hashCount: 1), .invalidArgument),
            (Tiles(epoch: epoch, tileLevel: .max, tileIndex: .max, hashCount: 1), .invalidArgument),
            (Tiles(epoch: epoch, tileLevel: 7, hashCount: 16_384), .invalidArgument),
            (Tiles(epoch: epoch, tileIndex: 1, hashCount: 45), .outOfRange),
            (Tiles(epoch: epoch, tileLevel: 1, hashCount: 2), .outOfRange),
            (Tiles(epoch: epoch, tileIndex: 1, hashCount: 44), nil),
        ] as [(Tiles, StatusCode?)] {
            #expect(await code { _ = try await publisher.hashTiles(request) } == expected, "\(request)")
        }
    }

    @Test("nothing is proved of an empty log but that it is")
    func empty() async throws {
        let proof = try await publisher.consistencyProof(
            TypeV1.GetConsistencyProofRequest(epoch: source.store.epoch.bytes))
        #expect(proof.path.isEmpty)
        let request = TypeV1.GetHashTilesRequest(epoch: source.store.epoch.bytes, hashCount: 1)
        #expect(await code { _ = try await publisher.hashTiles(request) } == .outOfRange)
    }
}
