/// A campaign (活动): its notices, and the forms that are reported for it.
public struct Campaign: Sendable, Hashable {
    /// e.g. "henan-2019-open-day".
    public var code: String
    public var title: String
    public var year: UInt32
    /// The organisation that publishes it.
    public var issuer: String
    public var theme: String
    public var slogans: [String]
    public var beginsOn: CivilDate
    public var endsOn: CivilDate
    public var notices: [Notice]
    public var forms: [FormDefinition]

    public init(
        code: String, title: String, year: UInt32, issuer: String, theme: String = "", slogans: [String] = [],
        beginsOn: CivilDate, endsOn: CivilDate, notices: [Notice] = [], forms: [FormDefinition]
    ) {
        self.code = code
        self.title = title
        self.year = year
        self.issuer = issuer
        self.theme = theme
        self.slogans = slogans
        self.beginsOn = beginsOn
        self.endsOn = endsOn
        self.notices = notices
        self.forms = forms
    }

    public func form(_ code: String) -> FormDefinition? { forms.first { $0.code == code } }
}

/// A notice (通知) that a campaign was announced with, or that forwards another.
public struct Notice: Sendable, Hashable {
    /// e.g. "豫市监办〔2019〕26号".
    public var documentNumber: String
    public var title: String
    public var issuer: String
    public var issuedOn: CivilDate?
    /// The document number of the notice that this one forwards; empty if none.
    public var forwards: String
    public var body: String

    public init(
        documentNumber: String, title: String, issuer: String, issuedOn: CivilDate?, forwards: String = "",
        body: String = ""
    ) {
        self.documentNumber = documentNumber
        self.title = title
        self.issuer = issuer
        self.issuedOn = issuedOn
        self.forwards = forwards
        self.body = body
    }
}
