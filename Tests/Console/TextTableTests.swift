import Testing

@testable import Console

@Suite("Tables line up on a terminal")
struct TextTableTests {
    @Test(
        "a Chinese character takes two cells",
        arguments: [("ab", 2), ("质量", 4), ("a质", 3), ("（样例）", 8), ("e\u{301}", 1), ("😀", 2), ("", 0)])
    func width(_ text: String, _ cells: Int) {
        #expect(TextTable.width(text) == cells)
    }

    @Test("columns stand under each other, figures to the right, no space at the end of a line")
    func layout() {
        var table = TextTable([.init("unit"), .init("sum", .right), .init("note")])
        table.append(["郑州市", "1200", ""])
        table.append(["x", "5", "late"])
        #expect(
            table.written == """
                unit     sum  note
                ------  ----  ----
                郑州市  1200
                x          5  late
                """)
    }
}
