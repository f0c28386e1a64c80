public import Reporting

/// A message that says something the domain has no value for: every such place of it, in Chinese.
public struct TranslationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// At least one.
    public var problems: [DefinitionProblem]

    public init(_ problems: [DefinitionProblem]) {
        self.problems = problems
    }

    init(_ pointer: String, _ message: String) {
        problems = [DefinitionProblem(pointer: pointer, message: message)]
    }

    public var description: String { problems.map(\.description).joined(separator: "; ") }
}
