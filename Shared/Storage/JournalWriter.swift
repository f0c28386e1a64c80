internal import Journal

/// The journal's end while it is written: heads, the group commit in progress, the next seal. Used by the writer's
/// thread only. Since the store has one opener, what is in memory is what is in the tables.
final class JournalWriter {
    /// What a failed write puts back.
    struct Mark {
        fileprivate let heads: [JournalCursor.Place]
        let entryCount: Int
    }

    let epoch: JournalEpoch
    private let signer: JournalSigner?
    /// The last entry of each partition, those of the group commit in progress included.
    private(set) var heads: [JournalCursor.Place]
    private var lastSealNumber: UInt64
    private var lastSealedUnixMicroseconds: Int64

    /// Of the group commit in progress.
    private(set) var sealedUnixMicroseconds: Int64 = 0
    /// Its entries in the order they were appended, and their hashes.
    private var headers: [JournalEntryHeader] = []
    private var hashes: [JournalHash] = []
    private var bodies: [[UInt8]] = []

    /// At the start of an empty journal.
    init(epoch: JournalEpoch, partitionCount: Int, signer: JournalSigner?) {
        self.epoch = epoch
        self.signer = signer
        heads = Array(repeating: .start, count: partitionCount)
        (lastSealNumber, lastSealedUnixMicroseconds) = (0, 0)
    }

    /// Reads the journal's end.
    init(epoch: JournalEpoch, partitionCount: Int, signer: JournalSigner?, connection: any DriverConnection) throws {
        self.epoch = epoch
        self.signer = signer
        heads = try (0..<partitionCount).map { partition in
            try connection.first(
                "SELECT sequence, hash FROM journal_entry WHERE partition = ? ORDER BY sequence DESC LIMIT 1",
                [.number(partition)]
            ) { try JournalCursor.Place(sequence: $0.number(0), hash: $0.hash(1)) } ?? .start
        }
        (lastSealNumber, lastSealedUnixMicroseconds) =
            try connection.first(
                "SELECT number, sealed_unix_us FROM journal_seal ORDER BY number DESC LIMIT 1", []
            ) { (try $0.number(0), try $0.integer(1)) } ?? (0, 0)
    }

    /// Begins a group commit. A wall clock that went back does not take the journal with it.
    func begin(unixMicroseconds: Int64) {
        sealedUnixMicroseconds = max(unixMicroseconds, lastSealedUnixMicroseconds)
        headers.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        bodies.removeAll(keepingCapacity: true)
    }

    var mark: Mark { Mark(heads: heads, entryCount: hashes.count) }

    func reset(to mark: Mark) {
        heads = mark.heads
        headers.removeLast(headers.count - mark.entryCount)
        hashes.removeLast(hashes.count - mark.entryCount)
        bodies.removeLast(bodies.count - mark.entryCount)
    }

    func append(partition: UInt32, kind: String, statement: [UInt8], body: [UInt8]) -> JournalEntryHeader {
        precondition(heads.indices.contains(Int(partition)), "the journal has no partition \(partition)")
        let head = heads[Int(partition)]
        let header = JournalEntryHeader(
            position: JournalPosition(epoch: epoch, partition: partition, sequence: head.sequence + 1),
            previousHash: head.hash, sealedUnixMicroseconds: sealedUnixMicroseconds, kind: kind, statement: statement,
            bodyHash: body.withUnsafeBytes { journalSHA256($0) })
        let hash = header.hash(journalSHA256)
        heads[Int(partition)] = JournalCursor.Place(sequence: header.position.sequence, hash: hash)
        headers.append(header)
        hashes.append(hash)
        bodies.append(body)
        return header
    }

    /// What was appended since ``begin(unixMicroseconds:)``.
    var appended: [(header: JournalEntryHeader, body: [UInt8])] { Array(zip(headers, bodies)) }

    /// Stores and seals what was appended since ``begin(unixMicroseconds:)``; `nil` when that is nothing.
    func seal(to connection: any DriverConnection) throws -> SealedBatch? {
        guard !hashes.isEmpty else { return nil }
        for index in headers.indices {
            let header = headers[index]
            try connection.execute(
                """
                INSERT INTO journal_entry
                    (partition, sequence, previous_hash, hash, sealed_unix_us, kind, statement, body, seal, leaf)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .number(header.position.partition), .number(header.position.sequence), .hash(header.previousHash),
                    .hash(hashes[index]), .integer(sealedUnixMicroseconds), .text(header.kind),
                    .bytes(header.statement), .bytes(bodies[index]), .number(lastSealNumber + 1), .number(index),
                ])
        }
        let tree = JournalTree(entries: hashes, journalSHA256)
        var seal = JournalSeal(
            epoch: epoch, number: lastSealNumber + 1, unixMicroseconds: sealedUnixMicroseconds,
            leafCount: UInt64(hashes.count), root: tree.root)
        if let signer {
            do {
                seal.signature = try signer.sign(seal.statement)
            } catch {
                throw StorageError(.notSealed, "the journal's seal could not be signed", detail: "\(error)")
            }
            seal.keyID = signer.keyID
        }
        try connection.execute(
            """
            INSERT INTO journal_seal (number, sealed_unix_us, root, signature, key_id, leaves)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .number(seal.number), .integer(seal.unixMicroseconds), .hash(seal.root), .bytes(seal.signature),
                .bytes(seal.keyID), .bytes(tree.leaves.flatMap(\.bytes)),
            ])
        return SealedBatch(seal: seal, tree: tree, headers: headers)
    }

    /// Takes note that what ``seal(to:)`` gave is durable.
    func committed(_ batch: SealedBatch) {
        lastSealNumber = batch.seal.number
        lastSealedUnixMicroseconds = batch.seal.unixMicroseconds
    }

    var cursor: JournalCursor { JournalCursor(epoch: epoch, places: heads) }
}
