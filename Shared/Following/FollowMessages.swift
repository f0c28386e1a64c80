internal import Journal
package import Messages
package import RPC
internal import Wire

extension JournalCursor {
    package var message: TypeV1.Cursor {
        TypeV1.Cursor(
            epoch: epoch.bytes,
            partitions: places.enumerated().map { partition, place in
                TypeV1.PartitionCursor(
                    partition: UInt32(partition), sequence: place.sequence, hash: place.hash.bytes)
            })
    }

    /// From a request. Partitions that it does not name are at their start. INVALID_ARGUMENT when it names one twice or
    /// a hash or the epoch has the wrong length.
    package init(_ message: TypeV1.Cursor, partitionCount: Int) throws(RPCError) {
        guard let epoch = JournalEpoch(message.epoch) else {
            throw RPCError(
                .invalidArgument, "cursor: an epoch has \(JournalEpoch.byteCount) bytes: send back what Follow sent")
        }
        self.init(startOf: epoch, partitionCount: partitionCount)
        var named: Set<UInt32> = []
        for partition in message.partitions {
            guard partition.partition < partitionCount, named.insert(partition.partition).inserted else {
                throw RPCError(
                    .aborted,
                    "cursor: partition \(partition.partition) is not one of this journal: rebuild from its start")
            }
            guard let hash = JournalHash(partition.hash) else {
                throw RPCError(
                    .invalidArgument,
                    "cursor: partition \(partition.partition): a hash has \(JournalHash.byteCount) bytes")
            }
            places[Int(partition.partition)] = Place(sequence: partition.sequence, hash: hash)
        }
    }
}

extension JournalEntry {
    var message: TypeV1.JournalEntry {
        TypeV1.JournalEntry(
            partition: partition, sequence: sequence, previousHash: previousHash.bytes, hash: hash.bytes,
            sealedUnixUs: sealedUnixMicroseconds, kind: kind, statement: statement, body: body)
    }

    /// `nil` when a hash has the wrong length.
    init?(_ message: TypeV1.JournalEntry) {
        guard let previousHash = JournalHash(message.previousHash), let hash = JournalHash(message.hash) else {
            return nil
        }
        self.init(
            partition: message.partition, sequence: message.sequence, previousHash: previousHash, hash: hash,
            sealedUnixMicroseconds: message.sealedUnixUs, kind: message.kind, statement: message.statement,
            body: message.body)
    }
}
