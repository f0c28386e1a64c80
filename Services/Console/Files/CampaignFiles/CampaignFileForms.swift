internal import Messages
internal import Yams

// What stands under each key of the format (compose/campaigns/README.md), in the file's order.

extension CampaignFile {
    static func request(_ file: inout CampaignFileMapping) -> RegistryV1.PublishCampaignRequest {
        var campaign = file.mapping("campaign", campaign) ?? .init()
        campaign.notices = file.mappings("notices", notice)
        let organisations = file.mappings("organisations", organisation)
        campaign.forms = file.mappings("forms", form)
        return RegistryV1.PublishCampaignRequest(campaign: campaign, organisations: organisations)
    }

    private static func campaign(_ map: inout CampaignFileMapping) -> RegistryV1.Campaign {
        RegistryV1.Campaign(
            code: map.text("code"), title: map.text("title"), year: map.number("year"), issuer: map.text("issuer"),
            theme: map.optionalText("theme"), slogans: map.texts("slogans"), beginsOn: map.date("begins_on"),
            endsOn: map.date("ends_on"))
    }

    private static func notice(_ map: inout CampaignFileMapping) -> RegistryV1.Notice {
        RegistryV1.Notice(
            documentNumber: map.text("document_number"), title: map.text("title"), issuer: map.text("issuer"),
            issuedOn: map.optionalDate("issued_on"), forwards: map.optionalText("forwards"),
            body: map.optionalText("body"))
    }

    private static func organisation(_ map: inout CampaignFileMapping) -> RegistryV1.Organisation {
        RegistryV1.Organisation(
            code: map.text("code"), name: map.text("name"),
            kind: map.choice(
                "kind",
                [
                    "authority": .authority, "department": .department, "association": .association,
                    "enterprise": .enterprise,
                ]) ?? .unspecified,
            divisionCode: map.text("division"), reportsTo: map.optionalText("reports_to"))
    }

    private static func form(_ map: inout CampaignFileMapping) -> RegistryV1.FormDefinition {
        var form = RegistryV1.FormDefinition(
            code: map.text("code"), version: map.number("version"), title: map.text("title"),
            annex: map.optionalText("annex"))
        form.dueDate = map.date("due_date")
        form.lockDate = map.date("lock_date")
        form.reporters = map.choice("reporters", ["listed": .listed, "hosts": .hosts]) ?? .unspecified
        form.expectedReporters = map.texts("expected_reporters")
        form.fields = map.mappings("sections", section).flatMap(\.self)
        form.tables = map.mappings("tables", table)
        form.rules = map.mappings("rules", rule)
        return form
    }

    private static func section(_ map: inout CampaignFileMapping) -> [RegistryV1.Field] {
        let title = map.optionalText("title")
        var fields = map.mappings("fields", field)
        for index in fields.indices {
            fields[index].section = title
        }
        return fields
    }

    private static func table(_ map: inout CampaignFileMapping) -> RegistryV1.Table {
        RegistryV1.Table(
            code: map.text("code"), label: map.text("label"), fields: map.mappings("fields", field),
            minimumRows: map.number("minimum_rows", default: 0), maximumRows: map.number("maximum_rows", default: 0))
    }

    private static func field(_ map: inout CampaignFileMapping) -> RegistryV1.Field {
        var field = RegistryV1.Field(code: map.text("code"), label: map.text("label"), unit: map.optionalText("unit"))
        let kind = map.choice(
            "kind",
            [
                "count": (RegistryV1.FieldKind.integer, true), "integer": (.integer, false),
                "decimal": (.decimal, false), "text": (.text, false), "flag": (.flag, false), "date": (.date, false),
            ])
        field.kind = kind?.0 ?? .unspecified
        field.required = map.flag("required")
        field.minimum = map.optionalDecimal("minimum") ?? (kind?.1 == true ? TypeV1.Decimal() : nil)
        field.maximum = map.optionalDecimal("maximum")
        field.decimals = map.number("decimals", default: 0)
        field.precision = map.optionalDecimal("precision")
        field.textLimit = map.number("text_limit", default: 0)
        field.personal = map.flag("personal")
        return field
    }

    private static func rule(_ map: inout CampaignFileMapping) -> RegistryV1.Rule {
        RegistryV1.Rule(
            code: map.text("code"), left: terms("left", &map),
            comparison: map.choice(
                "comparison", ["equal": .equal, "at_most": .atMost, "at_least": .atLeast]) ?? .unspecified,
            right: terms("right", &map),
            severity: map.choice(
                "severity", ["blocking": .blocking, "verify": .verify, "notice": .notice]) ?? .unspecified,
            message: map.text("message"))
    }

    /// Fields that are added up: `CODE`, or `{ field: CODE, factor: N }`.
    private static func terms(_ key: String, _ map: inout CampaignFileMapping) -> [RegistryV1.Term] {
        let faults = map.faults
        return map.items(key).compactMap { item in
            if case .scalar(let code) = item.node { return RegistryV1.Term(field: code.string, factor: 1) }
            return CampaignFileMapping.read(item.node, at: item.place, faults) { term in
                RegistryV1.Term(field: term.text("field"), factor: term.number("factor", default: 1))
            }
        }
    }
}
