/// Columns that stand under each other on a terminal, where a Chinese character takes two cells.
struct TextTable {
    enum Alignment {
        case left, right
    }

    struct Column {
        let title: String
        var alignment: Alignment = .left

        init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func append(_ row: [String]) {
        assert(row.count == columns.count)
        rows.append(row)
    }

    /// The table with a line of titles and a rule below it. No space at the ends of lines.
    var written: String {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { index in
            ([titles] + rows).map { Self.width($0[index]) }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([titles, rule] + rows).map { row in
            let cells = columns.indices.map { index in
                let padding = String(repeating: " ", count: widths[index] - Self.width(row[index]))
                return columns[index].alignment == .left ? row[index] + padding : padding + row[index]
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// How many cells of a terminal a text takes.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if character.unicodeScalars.contains(where: { $0.properties.isEmojiPresentation }) { return 2 }
        switch first.value {
        case 0..<0x20, 0x7F..<0xA0: return 0
        // Unicode's East Asian Width W and F, by block: Hangul, CJK with its punctuation, full-width forms.
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1B000...0x1B2FF,
            0x20000...0x3FFFD:
            return 2
        // Ambiguous ones that Chinese fonts and terminals set wide: quotes and the like stay narrow here, as terminals
        // in UTF-8 locales do by default.
        default: return 1
        }
    }
}
