public import Messages
public import Reporting

extension RegistryV1.FormDefinition {
    /// With the instants that follow from the form's dates.
    public init(_ value: FormDefinition) {
        let reporters: RegistryV1.ReporterGroup =
            switch value.reporters {
            case .listed: .listed
            case .hosts: .hosts
            }
        self.init(
            code: value.code, version: value.version, title: value.title, annex: value.annex,
            fields: value.fields.map { RegistryV1.Field($0) },
            tables: value.tables.map { table in
                RegistryV1.Table(
                    code: table.code, label: table.label, fields: table.fields.map { RegistryV1.Field($0) },
                    minimumRows: table.minimumRows, maximumRows: table.maximumRows)
            },
            rules: value.rules.map { RegistryV1.Rule($0) }, reporters: reporters,
            expectedReporters: value.expectedReporters, dueDate: TypeV1.Date(value.dueDate),
            lockDate: TypeV1.Date(value.lockDate), dueUnixUs: value.dueUnixMicroseconds,
            lockUnixUs: value.lockUnixMicroseconds)
    }
}

extension RegistryV1.Field {
    public init(_ value: FieldDefinition) {
        let kind: RegistryV1.FieldKind =
            switch value.kind {
            case .integer: .integer
            case .decimal: .decimal
            case .text: .text
            case .flag: .flag
            case .date: .date
            }
        self.init(
            code: value.code, label: value.label, section: value.section, kind: kind, unit: value.unit,
            required: value.isRequired, minimum: value.minimum.map { TypeV1.Decimal($0) },
            maximum: value.maximum.map { TypeV1.Decimal($0) }, decimals: UInt32(value.decimals),
            textLimit: value.textLimitScalars, personal: value.isPersonal,
            precision: value.precision.map { TypeV1.Decimal($0) })
    }
}

extension RegistryV1.Rule {
    public init(_ value: LinearRule) {
        let comparison: RegistryV1.Comparison =
            switch value.comparison {
            case .equal: .equal
            case .atMost: .atMost
            case .atLeast: .atLeast
            }
        func terms(_ terms: [LinearRule.Term]) -> [RegistryV1.Term] {
            terms.map { RegistryV1.Term(field: $0.field, factor: $0.factor) }
        }
        self.init(
            code: value.code, left: terms(value.left), comparison: comparison, right: terms(value.right),
            severity: TypeV1.Severity(value.severity), message: value.message)
    }
}

extension FormDefinition {
    /// Reads a form; throws with every place that has no meaning. Whether the form is right, ``problems(at:)`` says.
    public init(_ message: RegistryV1.FormDefinition) throws(TranslationError) {
        var reading = DefinitionReading()
        let form = reading.form(message, at: "")
        if let error = reading.error { throw error }
        self = form
    }
}

/// Reads definitions to the end, noting all that is wrong on the way. Where something is wrong a stand-in takes its
/// place, and nothing that was read may be used.
struct DefinitionReading {
    private(set) var problems: [DefinitionProblem] = []

    var error: TranslationError? { problems.isEmpty ? nil : TranslationError(problems) }

    mutating func note(_ pointer: String, _ message: String) {
        problems.append(DefinitionProblem(pointer: pointer, message: message))
    }

    mutating func form(_ message: RegistryV1.FormDefinition, at place: String) -> FormDefinition {
        let reporters: FormDefinition.Reporters
        switch message.reporters {
        case .listed: reporters = .listed(message.expectedReporters)
        case .hosts: reporters = .hosts
        case .unspecified, .unrecognized:
            note("\(place)/reporters", "应报单位范围未填或无法识别")
            reporters = .hosts
        }
        return FormDefinition(
            code: message.code, version: message.version, title: message.title, annex: message.annex,
            fields: message.fields.map { field($0, at: "\(place)/fields/\($0.code)") },
            tables: message.tables.map { table in
                TableDefinition(
                    code: table.code, label: table.label,
                    fields: table.fields.map { field($0, at: "\(place)/tables/\(table.code)/fields/\($0.code)") },
                    minimumRows: table.minimumRows, maximumRows: table.maximumRows)
            },
            rules: message.rules.map { rule($0, at: "\(place)/rules/\($0.code)") }, reporters: reporters,
            dueDate: date(message.dueDate, at: "\(place)/due_date"),
            lockDate: date(message.lockDate, at: "\(place)/lock_date"))
    }

    private mutating func field(_ message: RegistryV1.Field, at place: String) -> FieldDefinition {
        let kind: FieldDefinition.Kind
        switch message.kind {
        case .integer: kind = .integer
        case .decimal: kind = .decimal
        case .text: kind = .text
        case .flag: kind = .flag
        case .date: kind = .date
        case .unspecified, .unrecognized:
            note("\(place)/kind", "项目类型未填或无法识别")
            kind = .text
        }
        let decimals = UInt8(exactly: message.decimals)
        if decimals == nil { note("\(place)/decimals", "小数位数\(message.decimals)过多") }
        return FieldDefinition(
            code: message.code, label: message.label, section: message.section, kind: kind, unit: message.unit,
            isRequired: message.required, minimum: decimal(message.minimum, at: "\(place)/minimum"),
            maximum: decimal(message.maximum, at: "\(place)/maximum"), decimals: decimals ?? 0,
            textLimitScalars: message.textLimit, isPersonal: message.personal,
            precision: decimal(message.precision, at: "\(place)/precision"))
    }

    private mutating func rule(_ message: RegistryV1.Rule, at place: String) -> LinearRule {
        let comparison: LinearRule.Comparison
        switch message.comparison {
        case .equal: comparison = .equal
        case .atMost: comparison = .atMost
        case .atLeast: comparison = .atLeast
        case .unspecified, .unrecognized:
            note("\(place)/comparison", "比较方式未填或无法识别")
            comparison = .equal
        }
        let severity = Severity(message.severity)
        if severity == nil { note("\(place)/severity", "严重程度未填或无法识别") }
        // A factor that is not set is 1 (registry.proto).
        func terms(_ terms: [RegistryV1.Term]) -> [LinearRule.Term] {
            terms.map { LinearRule.Term(field: $0.field, factor: $0.factor == 0 ? 1 : $0.factor) }
        }
        return LinearRule(
            code: message.code, left: terms(message.left), comparison: comparison, right: terms(message.right),
            severity: severity ?? .blocking, message: message.message)
    }

    private mutating func decimal(_ message: TypeV1.Decimal?, at place: String) -> Decimal? {
        guard let message else { return nil }
        let value = Decimal(message)
        if value == nil { note(place, "最多\(Decimal.maximumScale)位小数") }
        return value
    }

    mutating func date(_ message: TypeV1.Date?, at place: String) -> CivilDate {
        if let value = message.flatMap({ CivilDate($0) }) { return value }
        note(place, message == nil ? "日期未填" : "日期不存在，或不在2000年至2100年之间")
        return Self.standInDate
    }

    private static let standInDate = CivilDate(year: 2000, month: 1, day: 1).unsafelyUnwrapped
}
