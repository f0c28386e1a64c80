internal import Yams

/// Why a text is no YAML, in one line for whoever wrote it. Yams' own words show the text's lines, and are four to six.
public struct YAMLFault: Error, Sendable, Hashable {
    /// Counted from 1; 0 where none is known.
    public var line: Int
    public var column: Int
    /// What is wrong there.
    public var message: String

    /// Translates what Yams threw; any other error stays what it says.
    public init(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let inside = context.map { " (\($0.text) since line \($0.mark.line))" } ?? ""
            line = mark.line
            column = mark.column
            message = "is not YAML here: \(problem)\(inside); look for a missing quote, bracket or space"
        case .duplicatedKeysInMapping(let keys, let context):
            line = context.mark.line
            column = context.mark.column
            message = "has the key '\(keys.sorted().joined(separator: "', '"))' twice: keep one of them"
        case .reader(let problem, _, _, _):
            (line, column) = (0, 0)
            message = "cannot be read as text: \(problem)"
        default:
            (line, column) = (0, 0)
            message = "cannot be read: \(error)"
        }
    }

    /// "FILE:LINE:COLUMN: is not YAML here: ...".
    public func text(file: String) -> String {
        line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)"
    }
}
