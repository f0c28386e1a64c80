internal import ArgumentParser
internal import ConsoleFiles
internal import MessageJSON
internal import Messages
internal import RPC

struct CampaignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campaign", abstract: "Campaigns: publish, list, show.",
        subcommands: [CampaignPublishCommand.self, CampaignListCommand.self, CampaignShowCommand.self])
}

struct CampaignPublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish a campaign with its notices, forms and expected reporters.",
        discussion: """
            Publishing freezes who is expected to report. The same file again changes nothing; another campaign under the \
            same code is refused. The file's layout: compose/campaigns/README.md.

            Example:
              qmctl campaign publish compose/campaigns/henan-2019-open-day.yaml
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "A campaign file (YAML).") var file: String

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let request: RegistryV1.PublishCampaignRequest
        let bytes = try ConsoleEnvironment.contents(of: file)
        do throws(CampaignFileError) {
            request = try CampaignFile.read(bytes, name: file)
        } catch {
            throw CommandFailure(.input, "this campaign file cannot be published\n\(error)")
        }
        let client = RegistryV1.RegistryServiceClient(try await environment.connect(gateway))
        let response: RegistryV1.PublishCampaignResponse
        do throws(RPCError) {
            response = try await client.publishCampaign(request, options: gateway.callOptions)
        } catch {
            let findings = (try? TypeV1.ErrorDetail.decode(error.details))?.findings ?? []
            environment.report(findings.map { $0.words + "\n" }.joined())
            throw CommandFailure(error, doing: file)
        }
        let campaign = response.campaign ?? .init()
        try environment.print(
            "\(campaign.code): \(response.alreadyPublished ? "was published before, nothing changed" : "published"): "
                + campaign.title)
        try environment.print(CampaignShowCommand.forms(of: campaign).written)
    }
}

struct CampaignListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the campaigns that are published.",
        discussion: """
            Example:
              qmctl campaign list
            """)

    @OptionGroup var gateway: GatewayOptions
    @Option(help: "table, json or csv.") var output = OutputFormat.table

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = RegistryV1.RegistryServiceClient(try await environment.connect(gateway))
        let campaigns: [RegistryV1.CampaignSummary]
        do throws(RPCError) {
            campaigns = try await client.listCampaigns(.init(), options: gateway.callOptions).campaigns
        } catch {
            throw CommandFailure(error, doing: "campaigns")
        }
        var table = TextTable([
            .init("code"), .init("year", .right), .init("issuer"), .init("published (Asia/Shanghai)"), .init("title"),
        ])
        for campaign in campaigns {
            table.append([
                campaign.code, String(campaign.year), campaign.issuer, shanghaiTime(campaign.publishedUnixUs),
                campaign.title,
            ])
        }
        switch output {
        case .table: try environment.print(table.written)
        case .csv: try environment.print(table.writtenAsCSV)
        case .json:
            let values = campaigns.map { campaign in
                JSONValue.object([
                    "code": .text(campaign.code), "title": .text(campaign.title), "year": .number(campaign.year),
                    "issuer": .text(campaign.issuer), "theme": .text(campaign.theme),
                    "published_unix_us": .number(campaign.publishedUnixUs),
                ])
            }
            try environment.print(JSONValue.array(values).written())
        }
    }
}

struct CampaignShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a campaign: its notices, its forms and their fields.",
        discussion: """
            Examples:
              qmctl campaign show henan-2019-open-day
              qmctl campaign show henan-2019-open-day --form open-day-summary     # every field, as a report names it
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "The campaign's code.") var code: String
    @Option(help: "Show this form's fields.") var form: String?

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = RegistryV1.RegistryServiceClient(try await environment.connect(gateway))
        let campaign: RegistryV1.Campaign
        do throws(RPCError) {
            campaign = try await client.getCampaign(.init(code: code), options: gateway.callOptions).campaign ?? .init()
        } catch {
            throw CommandFailure(error, doing: "campaign \(code)")
        }
        guard let form else {
            try environment.print(Self.overview(campaign))
            return
        }
        guard let definition = campaign.forms.first(where: { $0.code == form }) else {
            let known = campaign.forms.map(\.code).joined(separator: ", ")
            throw CommandFailure(.refused, "campaign \(code) has no form \(form); it has: \(known)")
        }
        try environment.print(FormView(definition).written)
    }

    private static func overview(_ campaign: RegistryV1.Campaign) -> String {
        var lines = ["\(campaign.code)  \(campaign.title)  (\(campaign.year), \(campaign.issuer))"]
        if !campaign.theme.isEmpty { lines.append("主题：\(campaign.theme)") }
        if let begins = campaign.beginsOn, let ends = campaign.endsOn {
            lines.append("\(begins.words) – \(ends.words)")
        }
        lines += campaign.slogans.map { "  · \($0)" }
        lines += campaign.notices.map { "\($0.documentNumber)  \($0.title)" }
        return lines.joined(separator: "\n") + "\n\n" + forms(of: campaign).written
    }

    /// A line a form: what is due, when, from how many.
    static func forms(of campaign: RegistryV1.Campaign) -> TextTable {
        var table = TextTable([
            .init("form"), .init("version", .right), .init("annex"), .init("due, last day"), .init("locked after"),
            .init("reporters", .right), .init("title"),
        ])
        for form in campaign.forms {
            table.append([
                form.code, String(form.version), form.annex, form.dueDate?.words ?? "-", form.lockDate?.words ?? "-",
                form.reporters == .hosts ? "hosts" : String(form.expectedReporters.count), form.title,
            ])
        }
        return table
    }
}
