/// Texts that others choose, as a line of a log may have them: a path that a caller made up, a certificate's subject. Each
/// is bounded by what it takes when it is written, since what must be escaped becomes longer, and says how much is missing.
package enum LogText {
    /// More than any path of the suite.
    package static let pathBytes = 160
    /// More than any sentence of the suite.
    package static let reasonBytes = 512
    /// What a character takes at most that must be escaped, in either format of a log: `\u0000`, `\u{7f}`.
    private static let escapedBytes = 6

    /// `text`, or as much of its beginning as takes `maximumBytes` with "...(+95 bytes)" behind it.
    package static func cut(_ text: String, to maximumBytes: Int) -> String {
        guard text.utf8.count > maximumBytes / escapedBytes, writtenBytes(text) > maximumBytes else { return text }
        let room = maximumBytes - mark(text.utf8.count).utf8.count
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += writtenBytes(scalar)
            guard bytes <= room else { break }
            kept.append(scalar)
        }
        let start = String(kept)
        return start + mark(text.utf8.count - start.utf8.count)
    }

    private static func mark(_ missingBytes: Int) -> String { "...(+\(missingBytes) bytes)" }

    /// What a log writes for it.
    package static func writtenBytes(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + writtenBytes($1) }
    }

    private static func writtenBytes(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x20, 0x21, 0x23...0x5b, 0x5d...0x7e: 1
        case 0..<0xa0: escapedBytes
        default: UTF8.width(scalar)
        }
    }
}
