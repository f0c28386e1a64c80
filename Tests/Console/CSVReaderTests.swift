import MessageJSON
import Testing

@testable import Console
@testable import ConsoleFiles

@Suite("CSV is read as RFC 4180 has it")
struct CSVReaderTests {
    private func read(_ text: String) throws -> [CSVRecord] {
        try CSVReader.records(Array(text.utf8))
    }

    @Test("quotes, doubled quotes, commas and line breaks inside a value; the record's line is its first")
    func quoting() throws {
        let records = try read("a,\"b,\"\"c\"\"\"\r\n\"1\n2\",\n\"\",x")
        #expect(
            records == [
                CSVRecord(line: 1, values: ["a", "b,\"c\""]), CSVRecord(line: 2, values: ["1\n2", ""]),
                CSVRecord(line: 4, values: ["", "x"]),
            ])
    }

    @Test("a byte order mark, remarks at the top and empty lines are skipped, and counted")
    func skipping() throws {
        #expect(
            try read("\u{FEFF}# 样例\n#\na\n\n#b\n") == [
                CSVRecord(line: 3, values: ["a"]), CSVRecord(line: 5, values: ["#b"]),
            ])
    }

    @Test("broken quoting is refused with its line", arguments: ["a\n\"b", "a\nb\"c", "a\n\"b\"c"])
    func refused(_ text: String) {
        let error = #expect(throws: TextError.self) { try read(text) }
        #expect(error?.line == 2)
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        let values = ["plain", "with,comma", "with \"quotes\"", "two\r\nlines", "", "质量"]
        #expect(try read(CSVRecord.written(values) + "\n").first?.values == values)
    }
}
