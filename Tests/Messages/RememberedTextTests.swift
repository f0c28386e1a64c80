import RPC
import Testing
import TestingMessages

@Suite("A thread's remembered texts of 16 to 32 bytes are told apart by every byte")
struct RememberedTextTests {
    private func expectSame(_ texts: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let bytes = texts.flatMap { Bytes.text(54, $0) }
        #expect(try EveryKind.decode(bytes).manyString == texts, sourceLocation: sourceLocation)
    }

    @Test("a text that differs from the last one in a single byte is itself, and so is the last one again")
    func everyByteCounts() throws {
        for count in 14...34 {
            let text = String("visitors_total_of_the_open_day_2019".prefix(count))
            var texts = [text]
            for place in 0..<count {
                var other = Array(text.utf8)
                other[place] = UInt8(ascii: "~")
                texts += [String(decoding: other, as: UTF8.self), text]
            }
            try expectSame(texts)
        }
    }

    @Test("a text that another begins with is itself")
    func everyLengthCounts() throws {
        let longest = String(repeating: "\0", count: 33)
        let texts = (15...33).map { String(longest.prefix($0)) }
        try expectSame(texts + texts.reversed() + texts)
    }

    @Test("more texts than there are places, and each is itself")
    func moreThanPlaces() throws {
        let texts = (0..<2_000).map { "质量月 indicator \($0)" }
        try expectSame(texts + texts)
    }

    @Test("what is not UTF-8 is refused after its like was taken, as often as it comes, and does no harm")
    func badTextIsNotRemembered() throws {
        let good = "质量开放日参与人数"
        var bad = Array(good.utf8)
        bad[26] = 0xFF
        for _ in 0..<3 {
            try expectSame([good])
            #expect(throws: (any Error).self) { try EveryKind.decode(Bytes.delimited(54, bad)) }
        }
    }
}
