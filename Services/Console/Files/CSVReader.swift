internal import MessageJSON

/// A line of a CSV file. A quoted value may hold line breaks, so records and lines of the file are not the same.
package struct CSVRecord: Sendable, Equatable {
    /// The line of the file where the record begins, from 1.
    let line: Int
    let values: [String]
}

/// Reads RFC 4180: comma separated, values with commas, quotes or line breaks in double quotes, a quote inside doubled.
/// Line ends may be CR LF or LF; a byte order mark and empty lines are skipped, and so are remarks: lines at the top that
/// begin with `#`.
package enum CSVReader {
    static func records(_ bytes: [UInt8]) throws(TextError) -> [CSVRecord] {
        var records: [CSVRecord] = []
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 1
        while position < bytes.count, bytes[position] == UInt8(ascii: "#") {
            position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            line += 1
        }
        while position < bytes.count {
            let start = line
            var values: [String] = []
            repeat {
                values.append(try value(bytes, &position, &line))
            } while takeComma(bytes, &position)
            try takeLineEnd(bytes, &position, &line)
            if values != [""] { records.append(CSVRecord(line: start, values: values)) }
        }
        return records
    }

    private static func value(_ bytes: [UInt8], _ position: inout Int, _ line: inout Int) throws(TextError) -> String {
        let start = line
        var value: [UInt8] = []
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            position += 1
            while true {
                guard position < bytes.count else {
                    throw TextError(line: start, message: "a quoted value's closing quote is missing")
                }
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { break }
                    position += 1
                } else if byte == UInt8(ascii: "\n") {
                    line += 1
                }
                value.append(byte)
            }
        } else {
            scan: while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break scan
                case UInt8(ascii: "\""):
                    throw TextError(line: line, message: "a quote inside a value that does not begin with one")
                default: value.append(bytes[position])
                }
                position += 1
            }
        }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw TextError(line: start, message: "the text is not UTF-8: save the sheet as \"CSV UTF-8\"")
        }
        return text
    }

    private static func takeComma(_ bytes: [UInt8], _ position: inout Int) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { return false }
        position += 1
        return true
    }

    private static func takeLineEnd(_ bytes: [UInt8], _ position: inout Int, _ line: inout Int) throws(TextError) {
        guard position < bytes.count else { return }
        if bytes[position] == UInt8(ascii: "\r") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
            position += 1
        } else if position < bytes.count {
            throw TextError(line: line, message: "something stands between a value's closing quote and the next comma")
        }
        line += 1
    }
}

extension CSVRecord {
    /// Values joined into one line of RFC 4180, without its line end.
    package static func written(_ values: [String]) -> String {
        values.map { value in
            guard value.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return value }
            return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }.joined(separator: ",")
    }
}
