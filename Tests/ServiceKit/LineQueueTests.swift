import Testing

@testable import ServiceKit

@Suite("Lines on their way to a slow reader")
struct LineQueueTests {
    private func missing(_ count: Int) -> String { "\(count) missing\n" }

    private func next(_ queue: inout LineQueue, upTo bytes: Int = 100) -> String? {
        queue.next(upTo: bytes).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("come out in their order, whole, as many at once as a piece may have")
    func order() {
        var queue = LineQueue(limitBytes: 1_000)
        #expect(queue.isQuiet)
        #expect(queue.append("one\n", missing: missing) == .wake)
        #expect(queue.append("two\n", missing: missing) == .waits)
        #expect(queue.append("three is longer than a piece\n", missing: missing) == .waits)
        #expect(next(&queue, upTo: 10) == "one\ntwo\n")
        #expect(next(&queue, upTo: 10) == "three is longer than a piece\n")
        #expect(!queue.isQuiet)
        #expect(queue.append("four\n", missing: missing) == .waits)
        #expect(next(&queue, upTo: 10) == "four\n")
        #expect(next(&queue) == nil)
        #expect(queue.isQuiet)
        #expect(queue.append("five\n", missing: missing) == .wake)
    }

    @Test("are left out when too many wait, and the next that finds room says how many")
    func leftOut() {
        var queue = LineQueue(limitBytes: 20)
        #expect(queue.append("123456789\n", missing: missing) == .wake)
        #expect(queue.append("abcdefghi\n", missing: missing) == .waits)
        #expect(queue.append("x\n", missing: missing) == .leftOut)
        #expect(queue.append("y\n", missing: missing) == .leftOut)
        #expect(next(&queue, upTo: 10) == "123456789\n")
        // Room for the line, but not for it and what it must say.
        #expect(queue.append("z\n", missing: missing) == .leftOut)
        #expect(next(&queue, upTo: 10) == "abcdefghi\n")
        #expect(queue.append("after\n", missing: missing) == .waits)
        #expect(queue.append("more\n", missing: missing) == .leftOut)
        #expect(next(&queue) == "3 missing\nafter\n")
        #expect(next(&queue) == nil)
        #expect(queue.append("end\n", missing: missing) == .wake)
        #expect(next(&queue) == "1 missing\nend\n")
    }

    @Test("take no more memory than the bound, however long the reader takes")
    func memory() {
        var queue = LineQueue(limitBytes: 1_000)
        var written = 0
        for number in 0..<10_000 {
            if queue.append("line \(number)\n", missing: missing) == .leftOut {
                written += next(&queue, upTo: 64)?.utf8.count ?? 0
            }
            #expect(queue.waitingBytes <= 1_000)
        }
        while let piece = next(&queue, upTo: 64) { written += piece.utf8.count }
        #expect(written > 0 && queue.isQuiet)
    }
}
