internal import Messages

/// A form as somebody needs it who is to fill it in: every field with its code, kind, unit and bounds, and the rules.
struct FormView {
    private let form: RegistryV1.FormDefinition

    init(_ form: RegistryV1.FormDefinition) {
        self.form = form
    }

    var written: String {
        var parts = ["\(form.annex)  \(form.title)  (\(form.code), version \(form.version))", fields.written]
        if !form.rules.isEmpty { parts.append(rules.written) }
        return parts.joined(separator: "\n\n")
    }

    private var fields: TextTable {
        var table = TextTable([
            .init("field"), .init("kind"), .init("unit"), .init("required"), .init("bounds"), .init("label"),
        ])
        for field in form.fields { table.append(Self.row(field, named: field.code)) }
        for section in form.tables {
            for field in section.fields { table.append(Self.row(field, named: "\(section.code).\(field.code)")) }
        }
        return table
    }

    private static func row(_ field: RegistryV1.Field, named name: String) -> [String] {
        let bounds = [field.minimum.map { ">= \($0.words)" }, field.maximum.map { "<= \($0.words)" }]
        let label = field.section.isEmpty ? field.label : "\(field.section) / \(field.label)"
        return [
            name, field.kind.words(decimals: field.decimals), field.unit, field.required ? "yes" : "",
            bounds.compactMap { $0 }.joined(separator: ", "), label + (field.personal ? " (personal)" : ""),
        ]
    }

    private var rules: TextTable {
        var table = TextTable([.init("rule"), .init("severity"), .init("what"), .init("message")])
        for rule in form.rules {
            let what = "\(Self.words(rule.left)) \(rule.comparison.words) \(Self.words(rule.right))"
            table.append([rule.code, rule.severity.words, what, rule.message])
        }
        return table
    }

    private static func words(_ terms: [RegistryV1.Term]) -> String {
        terms.isEmpty
            ? "0"
            : terms.map { $0.factor == 0 || $0.factor == 1 ? $0.field : "\($0.factor) x \($0.field)" }
                .joined(separator: " + ")
    }
}

extension RegistryV1.FieldKind {
    fileprivate func words(decimals: UInt32) -> String {
        switch self {
        case .integer: "integer"
        case .decimal: "decimal, \(decimals) digits"
        case .text: "text"
        case .flag: "yes or no"
        case .date: "date"
        case .unspecified: "-"
        case .unrecognized(let number): "kind \(number)"
        }
    }
}

extension RegistryV1.Comparison {
    fileprivate var words: String {
        switch self {
        case .equal: "="
        case .atMost: "<="
        case .atLeast: ">="
        case .unspecified, .unrecognized: "?"
        }
    }
}
