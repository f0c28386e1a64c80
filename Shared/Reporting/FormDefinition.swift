/// A form (表) as data: its fields, tables and rules, who reports it and by when. A new form needs no build.
public struct FormDefinition: Sendable, Hashable {
    /// Who is expected to report a form.
    public enum Reporters: Sendable, Hashable {
        /// The organisations the form names, frozen at publication.
        case listed([String])
        /// The hosts that accepted arrangement tables list (附件3).
        case hosts
    }

    /// e.g. "open-day-summary".
    public var code: String
    /// From 1; every report names the version it was made with.
    public var version: UInt32
    /// As printed, e.g. "2019年“质量开放日”活动总结表".
    public var title: String
    /// e.g. "附件3".
    public var annex: String
    public var fields: [FieldDefinition]
    public var tables: [TableDefinition]
    public var rules: [LinearRule]
    public var reporters: Reporters
    /// The last civil date on which a report is on time.
    public var dueDate: CivilDate
    /// The last civil date on which anything is accepted without an extension.
    public var lockDate: CivilDate

    public init(
        code: String, version: UInt32, title: String, annex: String = "", fields: [FieldDefinition],
        tables: [TableDefinition] = [], rules: [LinearRule] = [], reporters: Reporters, dueDate: CivilDate,
        lockDate: CivilDate
    ) {
        self.code = code
        self.version = version
        self.title = title
        self.annex = annex
        self.fields = fields
        self.tables = tables
        self.rules = rules
        self.reporters = reporters
        self.dueDate = dueDate
        self.lockDate = lockDate
    }

    /// The first instant that is late: 00:00 +08:00 of the day after ``dueDate``, in microseconds since 1970 (UTC).
    public var dueUnixMicroseconds: Int64 { dueDate.endUnixMicroseconds }

    /// The first instant at which nothing is accepted without an extension: 00:00 +08:00 of the day after ``lockDate``.
    public var lockUnixMicroseconds: Int64 { lockDate.endUnixMicroseconds }

    /// Organisation codes of ``Reporters/listed(_:)``, else none.
    public var expectedReporters: [String] {
        switch reporters {
        case .listed(let codes): codes
        case .hosts: []
        }
    }

    public func field(_ code: String) -> FieldDefinition? { fields.first { $0.code == code } }
    public func table(_ code: String) -> TableDefinition? { tables.first { $0.code == code } }

    /// True when a field of the form or of a table holds personal data.
    public var hasPersonalFields: Bool {
        fields.contains(where: \.isPersonal) || tables.contains { $0.fields.contains(where: \.isPersonal) }
    }
}

/// One field of a form or of a table in it.
public struct FieldDefinition: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case integer
        case decimal
        case text
        case flag
        case date

        public var isNumeric: Bool { self == .integer || self == .decimal }

        /// For messages to a person: "整数".
        public var chineseName: String {
            switch self {
            case .integer: "整数"
            case .decimal: "小数"
            case .text: "文字"
            case .flag: "是/否"
            case .date: "日期"
            }
        }
    }

    /// A text field without a limit of its own takes this many Unicode scalars.
    public static let defaultTextLimitScalars: UInt32 = 2000

    /// Lower-case letters, digits and underscores, e.g. "visitors_total".
    public var code: String
    /// As printed, e.g. "接待参观来访人员总数".
    public var label: String
    /// The printed section the field stands in.
    public var section: String
    public var kind: Kind
    /// 家, 次, 人次, 万元 ...; empty for fields that measure nothing.
    public var unit: String
    public var isRequired: Bool
    /// Bounds of a number, in ``unit``, both included.
    public var minimum: Decimal?
    public var maximum: Decimal?
    /// At most this many digits after the point; 0 for integers.
    public var decimals: UInt8
    /// At most this many Unicode scalars of a text; 0: ``defaultTextLimitScalars``.
    public var textLimitScalars: UInt32
    /// Shown to the unit and its superiors only; kept out of the journal and of digests.
    public var isPersonal: Bool
    /// What figures are rounded to a multiple of, e.g. 0.01; `nil`: they are exact.
    public var precision: Decimal?

    public init(
        code: String, label: String, section: String = "", kind: Kind, unit: String = "", isRequired: Bool = false,
        minimum: Decimal? = nil, maximum: Decimal? = nil, decimals: UInt8 = 0, textLimitScalars: UInt32 = 0,
        isPersonal: Bool = false, precision: Decimal? = nil
    ) {
        self.code = code
        self.label = label
        self.section = section
        self.kind = kind
        self.unit = unit
        self.isRequired = isRequired
        self.minimum = minimum
        self.maximum = maximum
        self.decimals = decimals
        self.textLimitScalars = textLimitScalars
        self.isPersonal = isPersonal
        self.precision = precision
    }

    /// ``textLimitScalars`` or the default.
    public var effectiveTextLimitScalars: Int {
        Int(textLimitScalars == 0 ? Self.defaultTextLimitScalars : textLimitScalars)
    }
}

/// A table inside a form: each row has these fields (附件2 lists one host unit a row).
public struct TableDefinition: Sendable, Hashable {
    public var code: String
    public var label: String
    public var fields: [FieldDefinition]
    public var minimumRows: UInt32
    /// 0: as many as any table may have, ``FormLimits/rowsPerTable``.
    public var maximumRows: UInt32

    public init(
        code: String, label: String, fields: [FieldDefinition], minimumRows: UInt32 = 0, maximumRows: UInt32 = 0
    ) {
        self.code = code
        self.label = label
        self.fields = fields
        self.minimumRows = minimumRows
        self.maximumRows = maximumRows
    }

    /// ``maximumRows`` or the default.
    public var effectiveMaximumRows: UInt32 { maximumRows == 0 ? FormLimits.rowsPerTable : maximumRows }

    public func field(_ code: String) -> FieldDefinition? { fields.first { $0.code == code } }
}

/// sum(left) compared with sum(right). A missing value makes it unevaluable, not false.
public struct LinearRule: Sendable, Hashable {
    public enum Comparison: Sendable, Hashable {
        case equal
        case atMost
        case atLeast
    }

    /// `factor` times the figure of a numeric field of the form.
    public struct Term: Sendable, Hashable {
        public var field: String
        public var factor: Int64

        public init(field: String, factor: Int64 = 1) {
            self.field = field
            self.factor = factor
        }
    }

    public var code: String
    public var left: [Term]
    public var comparison: Comparison
    public var right: [Term]
    public var severity: Severity
    /// For a person, in Chinese.
    public var message: String

    public init(
        code: String, left: [Term], comparison: Comparison, right: [Term], severity: Severity = .blocking,
        message: String = ""
    ) {
        self.code = code
        self.left = left
        self.comparison = comparison
        self.right = right
        self.severity = severity
        self.message = message
    }
}

/// What a finding means for the report it was found in.
public enum Severity: Sendable, Hashable, CaseIterable {
    /// 强制性: the report is refused.
    case blocking
    /// 核实性: accepted only with a written explanation, which travels upward.
    case verify
    /// 提示性: informs.
    case notice
}
