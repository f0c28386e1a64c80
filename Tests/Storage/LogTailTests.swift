import Journal
import TestStores
import Testing

@testable import Storage

@Suite("The log's tail in memory") struct LogTailTests {
    /// A group commit of so many entries, each of which is about 1,050 bytes.
    private func group(from first: UInt64, count: UInt64 = 1) -> LogTailGroup {
        LogTailGroup(
            (first..<first + count).map {
                JournalEntry(
                    index: $0, sealedUnixMicroseconds: 1, kind: "test", statement: [],
                    body: Array(repeating: UInt8(truncatingIfNeeded: $0), count: 1_000))
            }, checkpoint: "behind \(first + count)")
    }

    private func starts(
        _ tail: LogTail, after size: UInt64, limitBytes: Int = .max, limitEntries: Int = .max
    ) -> [UInt64] {
        tail.groups(after: size, limitBytes: limitBytes, limitEntries: limitEntries).map(\.firstIndex)
    }

    @Test("group commits that follow each other are given from any of their starts, as many as the limit lets")
    func continued() {
        let tail = LogTail()
        #expect(starts(tail, after: 0).isEmpty)
        for first in [0, 3, 6] as [UInt64] { tail.append(group(from: first, count: 3)) }
        #expect(starts(tail, after: 0) == [0, 3, 6])
        #expect(starts(tail, after: 3) == [3, 6])
        #expect(starts(tail, after: 3, limitBytes: 4_000) == [3])
        // The first has half as much again, or more entries.
        #expect(starts(tail, after: 3, limitBytes: 2_000) == [3])
        #expect(starts(tail, after: 0, limitEntries: 2) == [0])
        #expect(starts(tail, after: 0, limitEntries: 6) == [0, 3])
        #expect(
            tail.groups(after: 6, limitBytes: .max, limitEntries: .max).map(\.checkpoint) == ["behind 9"])
        // The end, the midst of a group commit, a limit of which the first has more than twice as much.
        for (size, limit) in [(9, Int.max), (4, .max), (3, 1_500)] {
            #expect(starts(tail, after: UInt64(size), limitBytes: limit).isEmpty)
        }
    }

    @Test("a group commit that does not go on where the tail ends begins it anew; one that is known changes nothing")
    func gap() {
        let tail = LogTail()
        for first in [0, 1, 2] as [UInt64] { tail.append(group(from: first)) }
        for first in [1, 2] as [UInt64] { tail.append(group(from: first)) }
        #expect(starts(tail, after: 0) == [0, 1, 2])
        tail.append(group(from: 7, count: 2))
        #expect(starts(tail, after: 0).isEmpty)
        #expect(starts(tail, after: 3).isEmpty)
        #expect(starts(tail, after: 7) == [7])
        tail.append(group(from: 9))
        #expect(starts(tail, after: 7) == [7, 9])
    }

    @Test("it is bounded: the oldest are let go, at least half of the limit stays")
    func bounded() {
        let tail = LogTail(limitBytes: 20_000)
        for first in 0..<1_000 as Range<UInt64> {
            tail.append(group(from: first))
            let kept = (0...first).first { !starts(tail, after: $0).isEmpty } ?? .max
            let count = first + 1 - kept
            #expect(count <= 19 && (count >= 9 || kept == 0))
            #expect(starts(tail, after: kept) == Array(kept...first))
        }
    }

    @Test("a group commit that is too large to be kept ends the tail, and the next one begins it anew")
    func tooLarge() {
        let tail = LogTail(limitBytes: 8_000)
        tail.append(group(from: 0))
        tail.append(group(from: 1, count: 10))
        #expect(starts(tail, after: 0).isEmpty && starts(tail, after: 1).isEmpty)
        tail.append(group(from: 11))
        #expect(starts(tail, after: 11) == [11])
    }

    @Test("a group commit is encoded once, by the first who asks; one that cannot be is asked again")
    func encodedOnce() throws {
        let group = group(from: 4, count: 2)
        var calls = 0
        #expect(throws: Refusal()) { try group.encoded { (_) throws(Refusal) in throw Refusal() } }
        for _ in 0..<3 {
            let bytes = group.encoded { entries in
                calls += 1
                return entries.map { UInt8($0.index) }
            }
            #expect(bytes == [4, 5])
        }
        #expect(calls == 1)
    }

    @Test("what a store commits is in its tail, as soon as anybody knows of it; a store that is opened has none")
    func ofAStore() async throws {
        let directory = TemporaryDirectory()
        do {
            let store = try Store(opening: .test(directory))
            for index in 0..<4 as Range<UInt64> {
                try await store.deciding { rows in for _ in 0..<2 { rows.append(kind: "test", body: [1]) } }
                let head = store.journalHead
                let groups = store.tail(after: LogCursor(epoch: store.epoch, size: 2 * index), limitBytes: .max)
                #expect(groups.last?.size == head.size && groups.count == 1)
                let piece = try await store.logPiece(
                    after: LogCursor(epoch: store.epoch, size: 2 * index), limitBytes: .max)
                #expect(groups.last?.checkpoint == piece.checkpoint)
                #expect(groups[0].encoded { $0.flatMap(\.body) } == [1, 1])
            }
            let other = LogCursor(epoch: JournalEpoch(Array(repeating: 1, count: 16))!, size: 0)
            #expect(store.tail(after: other, limitBytes: .max).isEmpty)
            // A write that failed appended nothing.
            await #expect(throws: Refusal.self) {
                try await store.deciding { rows in
                    rows.append(kind: "test", body: [])
                    throw Refusal()
                }
            }
            #expect(store.tail(after: LogCursor(epoch: store.epoch, size: 8), limitBytes: .max).isEmpty)
            store.close()
        }
        let again = try Store(opening: .test(directory))
        #expect(again.tail(after: LogCursor(epoch: again.epoch, size: 0), limitBytes: .max).isEmpty)
    }
}
