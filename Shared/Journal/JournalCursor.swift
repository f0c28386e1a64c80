/// How far a follower has come in a journal, or where a journal ends.
public struct JournalCursor: Hashable, Sendable {
    /// The last entry that took effect in one partition.
    public struct Place: Hashable, Sendable {
        /// 0 before the first entry.
        public var sequence: UInt64
        /// That entry's hash; ``JournalHash/zero`` at sequence 0.
        public var hash: JournalHash

        public init(sequence: UInt64, hash: JournalHash) {
            self.sequence = sequence
            self.hash = hash
        }

        /// Before the first entry.
        public static let start = Place(sequence: 0, hash: .zero)
    }

    public var epoch: JournalEpoch
    /// One a partition, by partition number.
    public var places: [Place]

    public init(epoch: JournalEpoch, places: [Place]) {
        self.epoch = epoch
        self.places = places
    }

    /// Before the first entry of every partition.
    public init(startOf epoch: JournalEpoch, partitionCount: Int) {
        self.init(epoch: epoch, places: Array(repeating: .start, count: partitionCount))
    }

    /// True when every entry up to and including `position` took effect. False for a position of another epoch.
    public func covers(_ position: JournalPosition) -> Bool {
        position.epoch == epoch && position.partition < places.count
            && places[Int(position.partition)].sequence >= position.sequence
    }

    /// True when every entry that `other` covers took effect. False for a cursor of another epoch. One with fewer
    /// partitions says nothing of the others.
    public func covers(_ other: JournalCursor) -> Bool {
        other.epoch == epoch && other.places.count <= places.count
            && zip(places, other.places).allSatisfy { $0.sequence >= $1.sequence }
    }

    /// What is wrong with an entry that does not continue a cursor.
    public enum Break: Error, Hashable, Sendable {
        case unknownPartition(UInt32)
        /// An entry is missing or came twice.
        case gap(partition: UInt32, expected: UInt64, found: UInt64)
        /// The entry does not carry the hash of the one before: this is another history.
        case otherHistory(partition: UInt32, sequence: UInt64)
        /// The entry's hash is not that of what it holds.
        case altered(partition: UInt32, sequence: UInt64)
    }

    /// Moves on over the next entry of its partition, which must be the very next one of this history and intact.
    public mutating func advance(over entry: JournalEntry, _ sha256: JournalHashFunction) throws(Break) {
        let index = Int(entry.partition)
        guard places.indices.contains(index) else { throw .unknownPartition(entry.partition) }
        let place = places[index]
        guard entry.sequence == place.sequence &+ 1 else {
            throw .gap(partition: entry.partition, expected: place.sequence &+ 1, found: entry.sequence)
        }
        guard entry.previousHash == place.hash else {
            throw .otherHistory(partition: entry.partition, sequence: entry.sequence)
        }
        guard entry.isIntact(in: epoch, sha256) else {
            throw .altered(partition: entry.partition, sequence: entry.sequence)
        }
        places[index] = Place(sequence: entry.sequence, hash: entry.hash)
    }
}

/// Which partition a reporting unit's entries fall in: always the same one, so that they keep their order.
public enum JournalPartition {
    /// FNV-1a, 64 bits, over the UTF-8 bytes of `key`, modulo `count`.
    public static func of(_ key: String, count: Int) -> UInt32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01b3
        }
        return UInt32(hash % UInt64(count))
    }
}
