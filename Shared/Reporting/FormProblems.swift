/// Limits of a form definition. The largest form of the five notices has 60 fields.
public enum FormLimits {
    public static let fields = 500
    public static let tables = 20
    public static let rules = 200
    public static let rowsPerTable: UInt32 = 10_000
    public static let expectedReporters = 5000
    public static let textScalars: UInt32 = 20_000
    public static let codeBytes = 64
    public static let labelScalars = 200
}

extension FormDefinition {
    /// Everything that is wrong with this definition, all at once; empty when it can be published.
    ///
    /// `pointer` is where the form stands, e.g. "/forms/open-day-summary".
    public func problems(at pointer: String = "") -> [DefinitionProblem] {
        var problems = FormProblems(root: pointer)
        problems.checkHead(of: self)
        if fields.isEmpty, tables.isEmpty { problems.add("/fields", "表中没有任何项目") }
        problems.checkFields(fields, at: "/fields")
        problems.checkTables(tables)
        problems.checkRules(rules, fields: fields)
        problems.checkReporters(reporters)
        return problems.found
    }

    /// True for 1 to 64 lower-case letters, digits and `separator`, beginning with a letter.
    public static func isValidCode(_ code: String, separator: Unicode.Scalar) -> Bool {
        guard let first = code.unicodeScalars.first, ("a"..."z").contains(first),
            code.utf8.count <= FormLimits.codeBytes
        else { return false }
        return code.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == separator
        }
    }
}

private struct FormProblems {
    let root: String
    var found: [DefinitionProblem] = []

    init(root: String) {
        self.root = root
    }

    mutating func add(_ place: String, _ message: String) {
        found.append(DefinitionProblem(pointer: root + place, message: message))
    }

    mutating func checkHead(of form: FormDefinition) {
        if !FormDefinition.isValidCode(form.code, separator: "-") {
            add("/code", "表代码“\(form.code)”应为小写字母、数字和连字符，字母开头，不超过\(FormLimits.codeBytes)位")
        }
        if form.version == 0 { add("/version", "表的版本号从1开始") }
        if form.title.isBlank { add("/title", "表名不能为空") }
        if form.lockDate < form.dueDate {
            add("/lock_date", "截止锁定日期\(form.lockDate)不能早于上报期限\(form.dueDate)")
        }
    }

    mutating func checkFields(_ fields: [FieldDefinition], at place: String) {
        if fields.count > FormLimits.fields { add(place, "项目超过\(FormLimits.fields)个") }
        var codes: Set<String> = []
        for field in fields {
            let here = "\(place)/\(field.code)"
            if !FormDefinition.isValidCode(field.code, separator: "_") {
                add(here, "项目代码“\(field.code)”应为小写字母、数字和下划线，字母开头，不超过\(FormLimits.codeBytes)位")
            }
            if !codes.insert(field.code).inserted { add(here, "项目代码“\(field.code)”重复") }
            if field.label.isBlank { add(here, "项目“\(field.code)”没有名称") }
            if field.label.isLonger(thanScalars: FormLimits.labelScalars) {
                add(here, "项目“\(field.code)”的名称超过\(FormLimits.labelScalars)字")
            }
            checkNumber(field, here)
            checkText(field, here)
        }
    }

    private mutating func checkNumber(_ field: FieldDefinition, _ here: String) {
        if field.kind.isNumeric {
            if let minimum = field.minimum, let maximum = field.maximum, minimum > maximum {
                add(here, "项目“\(field.code)”的下限\(minimum)大于上限\(maximum)")
            }
            if let precision = field.precision, precision <= .zero {
                add(here, "项目“\(field.code)”的精度应大于零")
            }
        } else {
            if !field.unit.isEmpty { add(here, "项目“\(field.code)”不是数值，不能有计量单位“\(field.unit)”") }
            if field.minimum != nil || field.maximum != nil { add(here, "项目“\(field.code)”不是数值，不能有上下限") }
            if field.precision != nil { add(here, "项目“\(field.code)”不是数值，不能有精度") }
        }
        switch field.kind {
        case .decimal:
            if field.decimals > Decimal.maximumScale {
                add(here, "项目“\(field.code)”最多\(Decimal.maximumScale)位小数")
            }
        case .integer, .text, .flag, .date:
            if field.decimals != 0 { add(here, "项目“\(field.code)”不是小数，不能规定小数位数") }
        }
    }

    private mutating func checkText(_ field: FieldDefinition, _ here: String) {
        if field.kind != .text, field.textLimitScalars != 0 {
            add(here, "项目“\(field.code)”不是文字，不能规定字数")
        }
        if field.textLimitScalars > FormLimits.textScalars {
            add(here, "项目“\(field.code)”的字数上限不能超过\(FormLimits.textScalars)")
        }
        // What the journal keeps of a personal value is a text: a commitment.
        if field.isPersonal, field.kind != .text { add(here, "项目“\(field.code)”含个人信息，只能是文字") }
    }

    mutating func checkTables(_ tables: [TableDefinition]) {
        if tables.count > FormLimits.tables { add("/tables", "子表超过\(FormLimits.tables)张") }
        var codes: Set<String> = []
        for table in tables {
            let here = "/tables/\(table.code)"
            if !FormDefinition.isValidCode(table.code, separator: "_") {
                add(here, "子表代码“\(table.code)”应为小写字母、数字和下划线，字母开头，不超过\(FormLimits.codeBytes)位")
            }
            if !codes.insert(table.code).inserted { add(here, "子表代码“\(table.code)”重复") }
            if table.label.isBlank { add(here, "子表“\(table.code)”没有名称") }
            if table.fields.isEmpty { add(here, "子表“\(table.code)”没有任何项目") }
            if table.maximumRows > FormLimits.rowsPerTable {
                add(here, "子表“\(table.code)”的最多行数不能超过\(FormLimits.rowsPerTable)")
            }
            if table.minimumRows > table.effectiveMaximumRows {
                add(here, "子表“\(table.code)”的最少行数\(table.minimumRows)大于最多行数\(table.effectiveMaximumRows)")
            }
            checkFields(table.fields, at: "\(here)/fields")
        }
    }

    mutating func checkRules(_ rules: [LinearRule], fields: [FieldDefinition]) {
        if rules.count > FormLimits.rules { add("/rules", "规则超过\(FormLimits.rules)条") }
        let kinds = Dictionary(fields.map { ($0.code, $0.kind) }, uniquingKeysWith: { $1 })
        var codes: Set<String> = []
        for rule in rules {
            let here = "/rules/\(rule.code)"
            if !FormDefinition.isValidCode(rule.code, separator: "_") {
                add(here, "规则代码“\(rule.code)”应为小写字母、数字和下划线，字母开头，不超过\(FormLimits.codeBytes)位")
            }
            if BuiltInRule(rawValue: rule.code) != nil { add(here, "规则代码“\(rule.code)”是系统保留的") }
            if !codes.insert(rule.code).inserted { add(here, "规则代码“\(rule.code)”重复") }
            if rule.left.isEmpty || rule.right.isEmpty { add(here, "规则“\(rule.code)”两边都要有项目") }
            if max(rule.left.count, rule.right.count) > LinearRule.maximumTerms {
                add(here, "规则“\(rule.code)”一边超过\(LinearRule.maximumTerms)项")
            }
            for term in rule.left + rule.right {
                switch kinds[term.field] {
                case nil: add(here, "规则“\(rule.code)”引用了不存在的项目“\(term.field)”")
                case .some(let kind) where !kind.isNumeric:
                    add(here, "规则“\(rule.code)”引用的项目“\(term.field)”不是数值")
                case .some: break
                }
                if term.factor == 0 || term.factor.magnitude > LinearRule.maximumFactor.magnitude {
                    add(here, "规则“\(rule.code)”中“\(term.field)”的系数应在±\(LinearRule.maximumFactor)之内且不为零")
                }
            }
        }
    }

    mutating func checkReporters(_ reporters: FormDefinition.Reporters) {
        guard case .listed(let codes) = reporters else { return }
        if codes.isEmpty { add("/expected_reporters", "没有列出应报单位") }
        if codes.count > FormLimits.expectedReporters {
            add("/expected_reporters", "应报单位超过\(FormLimits.expectedReporters)个")
        }
        var seen: Set<String> = []
        for code in codes {
            if !Organisation.isValidCode(code) { add("/expected_reporters/\(code)", "应报单位代码“\(code)”不合规定") }
            if !seen.insert(code).inserted { add("/expected_reporters/\(code)", "应报单位“\(code)”重复") }
        }
    }
}

extension String {
    /// Counts scalars only when the bytes leave it open: most texts are short.
    fileprivate func isLonger(thanScalars limit: Int) -> Bool {
        utf8.count > limit && unicodeScalars.count > limit
    }
}
