import Journal
import Storage
import Synchronization
import TestRandom
import TestStores
import Testing

/// A number with a name, and the name of another that it leads to.
private struct Counter: StoredRow, Equatable {
    static let table = Table(
        "link_counter", key: [.text("name")], values: [.integer("value"), .text("next", optional: true)])

    var key: String
    var value: Int64
    var next: String?

    init(_ key: String, _ value: Int64, next: String? = nil) {
        self.key = key
        self.value = value
        self.next = next
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, try columns.integer(), next: try columns.optionalText())
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.integer(value))
        columns.add(.optional(next))
    }
}

/// Its table refuses one without grams.
private struct Weight: StoredRow {
    struct Key: StoredKey {
        var place: Int64
        var name: String

        func write(to columns: inout ColumnWriter) {
            columns.add(.integer(place))
            columns.add(.text(name))
        }
    }

    static let table = Table("weight", key: [.integer("place"), .text("name")], values: [.integer("grams")])

    var key: Key
    var grams: Int64?

    init(_ place: Int64, _ name: String, _ grams: Int64?) {
        key = Key(place: place, name: name)
        self.grams = grams
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        grams = try columns.integer()
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.optional(grams)) }
}

private struct Refused: Error {}

/// Adds to counters, journals it, and gives back what they are then; throws behind all of it when told to.
private struct Adding: Decision {
    var names: [String]
    var amount: Int64
    var fails = false
    var byteCount = 0

    func load(_ rows: WorkingSet) {
        for name in names { rows.want(Counter.self, name) }
    }

    func decide(_ rows: WorkingSet) throws -> [Int64] {
        let values = names.map { name in
            let value = (rows.row(Counter.self, name)?.value ?? 0) + amount
            if value == 0 { rows.remove(Counter.self, name) } else { rows.put(Counter(name, value)) }
            return value
        }
        rows.append(kind: "added", body: [UInt8(truncatingIfNeeded: amount)])
        if fails { throw Refused() }
        return values
    }
}

/// Weighs something, at whatever the weight.
private struct Weighing: Decision {
    var place: Int64
    var grams: Int64?

    func load(_ rows: WorkingSet) { rows.want(Weight.self, .init(place: place, name: "it")) }

    func decide(_ rows: WorkingSet) { rows.put(Weight(place, "it", grams)) }
}

/// Follows counters from one to the next, and gives back the sum.
private struct Summing: Decision {
    var first: String

    func load(_ rows: WorkingSet) {
        var name: String? = first
        while let known = name { name = rows.want(Counter.self, known)?.next }
    }

    func decide(_ rows: WorkingSet) -> Int64 {
        var (sum, name): (Int64, String?) = (0, first)
        while let known = name {
            let row = rows.row(Counter.self, known)
            sum += row?.value ?? 0
            name = row?.next
        }
        return sum
    }
}

@Suite("A working set, in memory")
struct WorkingSetTests {
    @Test("a decision sees what earlier ones did, and one that throws leaves nothing of rows or entries")
    func turns() throws {
        let rows = WorkingSet(holding: [Counter("a", 5)], sealedUnixMicroseconds: 7)
        #expect(try rows.make(Adding(names: ["a", "b"], amount: 2)) == [7, 2])
        #expect(throws: Refused.self) { try rows.make(Adding(names: ["a", "b", "c"], amount: 10, fails: true)) }
        #expect(try rows.make(Adding(names: ["a", "b", "c"], amount: 1)) == [8, 3, 1])
        #expect(rows.appended.map(\.body) == [[2], [1]])
        #expect(rows.appended.map(\.index) == [0, 1])
        #expect(rows.appended.allSatisfy { $0.sealedUnixMicroseconds == 7 })
    }

    @Test("a part of a decision can be given up, and the rest stands")
    func parts() throws {
        let rows = WorkingSet(holding: [])
        let decision = Adding(names: ["a"], amount: 3)
        _ = try rows.make(decision)
        #expect(throws: Refused.self) {
            try rows.attempt {
                _ = try decision.decide(rows)
                _ = try? rows.attempt { try Adding(names: ["a"], amount: 1, fails: true).decide(rows) }
                throw Refused()
            }
        }
        #expect(rows.row(Counter.self, "a") == Counter("a", 3))
        #expect(rows.appended.count == 1)
    }

    @Test("a row leads to the next, however far")
    func rounds() throws {
        let chain = (0..<20).map { Counter("\($0)", 1, next: "\($0 + 1)") }
        let rows = WorkingSet(holding: chain)
        #expect(try rows.make(Summing(first: "0")) == 20)
        #expect(try rows.make(Summing(first: "none")) == 0)
    }
}

@Suite("Decisions in group commits")
struct DecisionTests {
    private let directory = TemporaryDirectory()

    private func open() throws -> Store {
        let tables = [Counter.table, Weight.table]
        return try Store(
            opening: .test(directory, migrations: [Migration(version: 1, name: "tests", tables: tables)]))
    }

    private func counters(_ store: Store) async throws -> [String: Int64] {
        try await store.read { reader in
            Dictionary(
                uniqueKeysWithValues: try reader.all("SELECT name, value FROM link_counter") {
                    (try $0.text(0), try $0.integer(1))
                })
        }
    }

    @Test("what was decided is there, whatever was inserted, changed, removed and given up", arguments: 1...4)
    func random(_ seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let store = try open()
        var expected: [String: Int64] = [:]
        for _ in 0..<12 {
            let decisions = (0..<30).map { _ in
                Adding(
                    names: Array(Set((0..<3).map { _ in "\(Int.random(in: 0..<8, using: &random))" })),
                    amount: .random(in: -2...2, using: &random), fails: .random(in: 0..<4, using: &random) == 0)
            }
            let results = try await together(store, decisions)
            for (decision, result) in zip(decisions, results) {
                guard !decision.fails else {
                    #expect(throws: Refused.self) { try result.get() }
                    continue
                }
                let values = decision.names.map { (expected[$0] ?? 0) + decision.amount }
                #expect(try result.get().value == values)
                for (name, value) in zip(decision.names, values) { expected[name] = value == 0 ? nil : value }
            }
            #expect(try await counters(store) == expected)
        }
        _ = try await store.verify()
    }

    @Test("decisions of one group share a seal, each with the proofs of its own entries")
    func proofs() async throws {
        let store = try open()
        let results = try await together(store, (1...5).map { Adding(names: ["a"], amount: $0) })
        var checkpoints: Set<SignedCheckpoint> = []
        for (index, result) in results.enumerated() {
            let position = JournalPosition(epoch: store.epoch, index: UInt64(index))
            let proof = try #require(try result.get().proof(at: position))
            checkpoints.insert(proof.checkpoint)
            #expect(try await store.proof(at: position) == proof)
        }
        #expect(checkpoints.count == 1)
    }

    @Test("a value that its table refuses fails one decision, and not those that share its commit")
    func poison() async throws {
        let store = try open()
        let results = try await together(
            store, (0..<6).map { Weighing(place: $0, grams: $0 == 3 ? nil : $0) })
        for (index, result) in results.enumerated() {
            if index == 3 {
                #expect { try result.get() } throws: { ($0 as? StorageError)?.code == .constraint }
            } else {
                try result.get().value
            }
        }
        let places = try await store.read {
            try $0.all("SELECT place FROM weight ORDER BY place") { try $0.integer(0) }
        }
        #expect(places == [0, 1, 2, 4, 5])
    }

    @Test("what adds much shares its commit with little, and has one of its own when it adds more than a commit may")
    func large() async throws {
        let store = try open()
        let sizes = [10, 600_000, 600_000, 3_000_000, 10, 10]
        let results = try await together(store, sizes.map { Adding(names: ["a"], amount: 1, byteCount: $0) })
        let checkpoints = try results.enumerated().map { index, result in
            let position = JournalPosition(epoch: store.epoch, index: UInt64(index))
            return try #require(try result.get().proof(at: position)).checkpoint.checkpoint.size
        }
        #expect(checkpoints == [2, 2, 3, 4, 6, 6])
    }

    @Test("what forgets whole tables has a commit of its own, between those before and those behind it")
    func alone() async throws {
        let store = try open()
        let decisions = (0..<6).map { index in
            Either(adding: index == 3 ? nil : Adding(names: ["a", "\(index)"], amount: 1))
        }
        let results = try await together(store, decisions)
        #expect(try results.map { try $0.get().value } == [[1, 1], [2, 1], [3, 1], [], [1, 1], [2, 1]])
        #expect(try await counters(store) == ["a": 2, "4": 1, "5": 1])
    }

    /// Adds, or forgets all counters but one.
    private struct Either: Decision {
        var adding: Adding?

        var isAlone: Bool { adding == nil }

        func load(_ rows: WorkingSet) { adding?.load(rows) }

        func decide(_ rows: WorkingSet) throws -> [Int64] {
            if let adding { return try adding.decide(rows) }
            rows.forget([
                Forgetting(Counter.table, where: "value", is: 1), Forgetting(Counter.table, where: "name", is: "a"),
            ])
            return []
        }
    }
}
