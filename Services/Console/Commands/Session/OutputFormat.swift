internal import ArgumentParser
internal import ConsoleFiles

/// How a command writes its result to the standard output.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For a person.
    case table
    /// For a program: figures as numbers with all their digits, instants in microseconds and hashes in hexadecimal.
    case json
    /// For a sheet.
    case csv
}

extension TextTable {
    /// The columns' titles and the rows as a sheet.
    var writtenAsCSV: String {
        ([columns.map(\.title)] + rows).map(CSVRecord.written).joined(separator: "\n")
    }
}
