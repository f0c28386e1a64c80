import Journal
import Testing

/// A log of ten entries in groups of five, as it is followed.
@Suite struct LogFollowerTests {
    private let origin = "quality.example/submission/00"
    private let log: LogKey
    private let entries = (0..<10).map { Self.entry($0) }

    init() throws {
        log = try LogKey(name: origin, seed: 1)
    }

    private static func body(_ number: Int) -> [UInt8] { Array("body \(number)".utf8) }

    private static func entry(_ number: Int) -> LogEntry {
        LogEntry(kind: "test", sealedUnixMicroseconds: 5, statement: [], bodyHash: hash(body(number)))
    }

    private func leaves(_ count: Int) -> [JournalHash] { entries[..<count].map { $0.leafHash(sha256) } }

    private func checkpoint(
        size: Int, root: JournalHash? = nil, origin: String? = nil, by key: LogKey? = nil
    ) throws -> SignedCheckpoint {
        try Checkpoint(
            origin: origin ?? self.origin, size: UInt64(size), root: root ?? DefinedTree(leaves(size)).root(0, size)
        ).signed(by: [(key ?? log).signer])
    }

    private func reach(
        _ follower: inout LogFollower, _ checkpoint: SignedCheckpoint, _ consistency: ConsistencyProof? = nil
    ) throws(LogFollower.Break) {
        try follower.reach(checkpoint, keys: [log.key], consistency: consistency, sha256, isValid: isValid)
    }

    /// A follower that has verified the first five entries.
    private func halfway() throws -> LogFollower {
        var follower = LogFollower(origin: origin, verified: CompactRange())
        for index in 0..<5 {
            try follower.take(entries[index], body: Self.body(index), at: UInt64(index), sha256)
        }
        try reach(&follower, checkpoint(size: 5))
        return follower
    }

    @Test("a follower takes in what the log has, from the beginning and from where it was stored")
    func follows() throws {
        let half = try halfway()
        #expect(half.verified.size == 5)
        let stored = try #require(CompactRange(bytes: half.verified.bytes))
        var follower = LogFollower(origin: origin, verified: stored)
        for index in 5..<10 { try follower.take(entries[index], at: UInt64(index), sha256) }
        #expect(follower.verified.size == 5)
        #expect(follower.taken.size == 10)
        try reach(&follower, checkpoint(size: 10))
        #expect(follower.verified.size == 10)
        #expect(follower.verified == follower.taken)
        // The same checkpoint again changes nothing.
        try reach(&follower, checkpoint(size: 10))
    }

    @Test("an entry that is missing or comes twice is a gap")
    func gaps() throws {
        var follower = try halfway()
        #expect(throws: LogFollower.Break.gap(expected: 5, found: 6)) { try follower.take(entries[6], at: 6, sha256) }
        #expect(throws: LogFollower.Break.gap(expected: 5, found: 4)) { try follower.take(entries[4], at: 4, sha256) }
        try follower.take(entries[5], at: 5, sha256)
        #expect(throws: LogFollower.Break.gap(expected: 6, found: 10)) { try reach(&follower, checkpoint(size: 10)) }
        #expect(follower.verified.size == 5)
    }

    @Test("a body that is not the log's is altered")
    func alteredBody() throws {
        var follower = try halfway()
        #expect(throws: LogFollower.Break.alteredBody(index: 5)) {
            try follower.take(entries[5], body: [1], at: 5, sha256)
        }
    }

    @Test("an altered entry shows at the checkpoint; a consistency proof tells it from another history")
    func altered() throws {
        let proof = ConsistencyProof(oldSize: 5, newSize: 10, path: DefinedTree(leaves(10)).consistency(5, 10))
        for alteredIndex in 5..<10 {
            var follower = try halfway()
            for index in 5..<10 {
                let entry = index == alteredIndex ? Self.entry(99) : entries[index]
                try follower.take(entry, at: UInt64(index), sha256)
            }
            #expect(throws: LogFollower.Break.otherHistory(size: 10)) { try reach(&follower, checkpoint(size: 10)) }
            #expect(throws: LogFollower.Break.altered(from: 5, to: 10)) {
                try reach(&follower, checkpoint(size: 10), proof)
            }
            #expect(follower.verified.size == 5)
        }
    }

    @Test("two entries that changed places show at the checkpoint")
    func exchanged() throws {
        var follower = try halfway()
        for (index, entry) in [5, 7, 6, 8, 9].enumerated() {
            try follower.take(entries[entry], at: UInt64(index + 5), sha256)
        }
        #expect(throws: LogFollower.Break.otherHistory(size: 10)) { try reach(&follower, checkpoint(size: 10)) }
    }

    @Test("a log that began otherwise is another history, whatever proof comes with it")
    func otherHistory() throws {
        let other = DefinedTree([Self.entry(77).leafHash(sha256)] + leaves(10).dropFirst())
        let checkpoint = try checkpoint(size: 10, root: other.root(0, 10))
        for proof in [
            nil, ConsistencyProof(oldSize: 5, newSize: 10, path: other.consistency(5, 10)),
            ConsistencyProof(oldSize: 4, newSize: 10, path: other.consistency(4, 10)),
        ] {
            var follower = try halfway()
            for index in 5..<10 { try follower.take(entries[index], at: UInt64(index), sha256) }
            #expect(throws: LogFollower.Break.otherHistory(size: 10)) { try reach(&follower, checkpoint, proof) }
        }
    }

    @Test("a proof that holds for the roots, but between other sizes, is none")
    func otherSizes() throws {
        var follower = LogFollower(origin: origin, verified: CompactRange())
        for index in 0..<4 { try follower.take(entries[index], at: UInt64(index), sha256) }
        try reach(&follower, checkpoint(size: 4))
        for index in 4..<8 { try follower.take(Self.entry(99), at: UInt64(index), sha256) }
        let path = DefinedTree(leaves(8)).consistency(4, 8)
        for (old, new, expected) in [
            (2, 4, LogFollower.Break.otherHistory(size: 8)), (4, 8, .altered(from: 4, to: 8)),
        ] as [(UInt64, UInt64, LogFollower.Break)] {
            let proof = ConsistencyProof(oldSize: old, newSize: new, path: path)
            let tree = DefinedTree(leaves(8))
            #expect(proof.fault(oldRoot: tree.root(0, 4), newRoot: tree.root(0, 8), sha256) == nil)
            #expect(throws: expected) { try reach(&follower, checkpoint(size: 8), proof) }
        }
    }

    @Test("a checkpoint that covers less than was taken in is of a shorter tree")
    func shorter() throws {
        var follower = try halfway()
        #expect(throws: LogFollower.Break.shorterTree(taken: 5, checkpoint: 4)) {
            try reach(&follower, checkpoint(size: 4))
        }
    }

    @Test("a checkpoint of another log, or signed by another key, or not rightly, is not compared at all")
    func untrusted() throws {
        var follower = try halfway()
        #expect(throws: LogFollower.Break.otherOrigin(expected: origin, found: "quality.example/submission/01")) {
            try reach(&follower, checkpoint(size: 5, origin: "quality.example/submission/01"))
        }
        let foreign = try LogKey(name: origin, seed: 2)
        #expect(throws: LogFollower.Break.untrusted(.noKnownKey)) {
            try reach(&follower, checkpoint(size: 5, by: foreign))
        }
        let text = try checkpoint(size: 5).description.replacing("\n5\n", with: "\n6\n")
        let changed = try SignedCheckpoint(parsing: Array(text.utf8))
        #expect(throws: LogFollower.Break.untrusted(.badSignature(name: origin, keyID: log.key.id))) {
            try reach(&follower, changed)
        }
    }
}
