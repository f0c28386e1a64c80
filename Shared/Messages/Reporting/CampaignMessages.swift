public import Messages
public import Reporting

extension RegistryV1.Campaign {
    public init(_ value: Campaign) {
        self.init(
            code: value.code, title: value.title, year: value.year, issuer: value.issuer, theme: value.theme,
            slogans: value.slogans, beginsOn: TypeV1.Date(value.beginsOn), endsOn: TypeV1.Date(value.endsOn),
            notices: value.notices.map { notice in
                RegistryV1.Notice(
                    documentNumber: notice.documentNumber, title: notice.title, issuer: notice.issuer,
                    issuedOn: notice.issuedOn.map { TypeV1.Date($0) }, forwards: notice.forwards, body: notice.body)
            },
            forms: value.forms.map { RegistryV1.FormDefinition($0) })
    }
}

extension Campaign {
    /// Reads a campaign; throws with every place that has no meaning. Whether the campaign is right is for the
    /// registry's rules to say.
    public init(_ message: RegistryV1.Campaign) throws(TranslationError) {
        var reading = DefinitionReading()
        let notices = message.notices.map { notice in
            Notice(
                documentNumber: notice.documentNumber, title: notice.title, issuer: notice.issuer,
                issuedOn: notice.issuedOn.map { reading.date($0, at: "/notices/\(notice.documentNumber)/issued_on") },
                forwards: notice.forwards, body: notice.body)
        }
        let campaign = Campaign(
            code: message.code, title: message.title, year: message.year, issuer: message.issuer,
            theme: message.theme, slogans: message.slogans, beginsOn: reading.date(message.beginsOn, at: "/begins_on"),
            endsOn: reading.date(message.endsOn, at: "/ends_on"), notices: notices,
            forms: message.forms.map { reading.form($0, at: "/forms/\($0.code)") })
        if let error = reading.error { throw error }
        self = campaign
    }
}
