internal import CPostgreSQL

extension PostgresError {
    /// The server's error in a result, or libpq's own where it has no SQLSTATE: the connection ended then.
    init(_ result: OpaquePointer, _ functions: UnsafePointer<cpostgresql_functions>) {
        func field(_ code: Int) -> String? {
            functions.pointee.resultErrorField(result, Int32(code)).map { String(cString: $0) }
        }
        let sqlState = field(CPOSTGRESQL_FIELD_SQLSTATE)
        let severity = field(CPOSTGRESQL_FIELD_SEVERITY_NONLOCALIZED) ?? field(CPOSTGRESQL_FIELD_SEVERITY)
        let message =
            field(CPOSTGRESQL_FIELD_MESSAGE)
            ?? functions.pointee.resultErrorMessage(result).map { String(cString: $0) } ?? ""
        guard !message.isEmpty else {
            self.init(.malformedAnswer, "an answer that is not understood here, as of COPY; the connection was closed")
            return
        }
        self.init(
            sqlState.map { Kind(sqlState: $0, severity: severity) } ?? .connectionLost, message.onOneLine,
            sqlState: sqlState, severity: severity, detail: field(CPOSTGRESQL_FIELD_DETAIL)?.onOneLine,
            hint: field(CPOSTGRESQL_FIELD_HINT)?.onOneLine)
    }

    /// A connection that was refused, from the text of a verbose error. A refusal of the server's reads
    ///
    ///     connection to server at "127.0.0.1", port 5432 failed: FATAL:  28P01: password authentication failed for user "a"
    ///     LOCATION:  auth_failed, auth.c:326
    ///
    /// in which the word FATAL may be of any language. Where there are several (of several addresses) the last counts.
    static func refusedConnection(_ text: String) -> PostgresError {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") }
        for line in lines.reversed() {
            guard let (before, state, message) = sqlState(in: line) else { continue }
            let kind = Kind(sqlState: state, severity: "FATAL")
            return PostgresError(kind, "\(before)\(message)", sqlState: state, severity: "FATAL")
        }
        let words = lines.joined(separator: "\n").onOneLine
        return PostgresError(.connectionLost, words.isEmpty ? "the database cannot be reached" : words)
    }

    /// The five characters between ":  " and ": ", with what stands before the severity and after them.
    private static func sqlState(in line: Substring) -> (before: Substring, state: String, message: Substring)? {
        var rest = line
        while let colon = rest.firstRange(of: ":  ") {
            let after = rest[colon.upperBound...]
            let state = after.prefix(5)
            if state.utf8.count == 5, state.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }),
                after.dropFirst(5).hasPrefix(": ")
            {
                let severity = line[..<colon.lowerBound].lastIndex(of: " ").map { line.index(after: $0) }
                return (line[..<(severity ?? line.startIndex)], String(state), after.dropFirst(7))
            }
            rest = after
        }
        return nil
    }
}

extension String {
    /// The lines that are not empty, behind each other.
    var onOneLine: String {
        split(whereSeparator: \.isNewline)
            .map { $0.trimmed }
            .filter { !$0.isEmpty }
            .joined(separator: "; ")
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text
    }
}
