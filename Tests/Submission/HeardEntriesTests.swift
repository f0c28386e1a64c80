import Journal
import SubmissionRules
import Testing

@Suite struct HeardEntriesTests {
    private static let epochs = [1, 2].compactMap {
        JournalEpoch([UInt8](repeating: $0, count: JournalEpoch.byteCount))
    }

    private func place(_ size: UInt64, epoch: Int = 0) -> LogCursor {
        LogCursor(epoch: Self.epochs[epoch], size: size)
    }

    private func heard(_ batches: [(UInt64, UInt64)], epoch: Int = 0) -> HeardEntries<String> {
        var entries = HeardEntries<String>()
        for (first, end) in batches {
            entries.heard("\(first)-\(end)", epoch: Self.epochs[epoch], from: first, to: end)
        }
        return entries
    }

    @Test("what was heard is what leads from one place to another, once it is stored")
    func news() {
        var entries = heard([(0, 3), (3, 4), (4, 9)])
        #expect(entries.news(from: place(0), to: place(4)) == ["0-3", "3-4"])
        #expect(entries.news(from: place(4), to: place(4)) == [])
        #expect(entries.news(from: place(4), to: place(9)) == ["4-9"])
        #expect(entries.news(from: place(9), to: place(9)) == [])
        // It was let go.
        #expect(entries.news(from: place(4), to: place(9)) == nil)
    }

    @Test("what was heard again takes its own place; the rest of what another has stored in part leads from nowhere")
    func again() {
        var entries = heard([(0, 3), (3, 8), (3, 8)])
        #expect(entries.news(from: place(0), to: place(8)) == ["0-3", "3-8"])
        entries = heard([(0, 3), (3, 8), (5, 8)])
        #expect(entries.news(from: place(0), to: place(8)) == nil)
        entries = heard([(0, 3), (5, 8)])
        #expect(entries.news(from: place(3), to: place(8)) == nil)
    }

    @Test("nothing leads from no place, from the midst of what was heard, or to one that was not heard")
    func others() {
        let ways: [(LogCursor?, UInt64)] = [
            (nil, 8), (place(1), 8), (place(0), 2), (place(0), 9), (place(3), 5),
        ]
        for (from, to) in ways {
            var entries = heard([(0, 3), (3, 8)])
            #expect(entries.news(from: from, to: place(to)) == nil)
        }
        var entries = heard([(0, 3)])
        #expect(entries.news(from: place(8), to: place(3)) == nil)
    }

    @Test("what was stored is heard again only when it was forgotten: then nothing leads on from there")
    func anew() {
        var entries = heard([(0, 3), (3, 8)])
        #expect(entries.news(from: place(0), to: place(8)) == ["0-3", "3-8"])
        for (first, end) in [(0, 8), (8, 9)] as [(UInt64, UInt64)] {
            entries.heard("anew", epoch: Self.epochs[0], from: first, to: end)
        }
        #expect(entries.news(from: place(8), to: place(9)) == nil)
        entries.heard("on", epoch: Self.epochs[0], from: 9, to: 11)
        #expect(entries.news(from: place(9), to: place(11)) == ["on"])
    }

    @Test("another epoch is another journal")
    func epoch() {
        var entries = heard([(0, 3)])
        #expect(entries.news(from: place(0, epoch: 1), to: place(3)) == nil)
        entries = heard([(0, 3)])
        #expect(entries.news(from: place(0, epoch: 1), to: place(3, epoch: 1)) == nil)
        entries.heard("anew", epoch: Self.epochs[1], from: 0, to: 2)
        #expect(entries.news(from: place(3), to: place(2, epoch: 1)) == nil)
        entries = heard([(0, 3)])
        entries.heard("anew", epoch: Self.epochs[1], from: 0, to: 2)
        #expect(entries.news(from: place(0, epoch: 1), to: place(2, epoch: 1)) == ["anew"])
    }
}
