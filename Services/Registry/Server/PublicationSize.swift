internal import Messages
internal import RegistryRules
internal import Reporting

extension RegistryV1.PublishCampaignRequest {
    /// What is more than a publication may have, by the limits of rules and forms. Counted before anything is translated,
    /// looked up or compared: what the checks do with a list grows faster than the list.
    var sizeProblems: [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        func check(_ place: String, _ what: String, _ count: Int, _ limit: Int) {
            guard count > limit else { return }
            problems.append(DefinitionProblem(pointer: place, message: "\(what)有\(count)个，超过上限\(limit)个"))
        }
        check("/organisations", "机构", organisations.count, PublicationLimits.organisations)
        guard let campaign else { return problems }
        check("/slogans", "口号", campaign.slogans.count, PublicationLimits.slogans)
        check("/notices", "通知", campaign.notices.count, PublicationLimits.notices)
        check("/forms", "报表", campaign.forms.count, PublicationLimits.forms)
        guard problems.isEmpty else { return problems }
        check(
            "/forms", "各报表的应报单位", campaign.forms.reduce(0) { $0 + $1.expectedReporters.count },
            PublicationLimits.expectedReporters)
        for form in campaign.forms {
            let here = "/forms/\(form.code)"
            check("\(here)/fields", "项目", form.fields.count, FormLimits.fields)
            check("\(here)/tables", "子表", form.tables.count, FormLimits.tables)
            check("\(here)/rules", "规则", form.rules.count, FormLimits.rules)
            check("\(here)/expected_reporters", "应报单位", form.expectedReporters.count, FormLimits.expectedReporters)
            for table in form.tables {
                check("\(here)/tables/\(table.code)/fields", "项目", table.fields.count, FormLimits.fields)
            }
            for rule in form.rules {
                check(
                    "\(here)/rules/\(rule.code)", "一边的项", max(rule.left.count, rule.right.count),
                    LinearRule.maximumTerms)
            }
        }
        return problems
    }
}
