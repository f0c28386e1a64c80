internal import ArgumentParser
internal import Messages
internal import RPC

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "What was reported, added up, and who has not reported.",
        subcommands: [StatsShowCommand.self])
}

struct StatsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the sums of a form's figures, or who is missing.",
        discussion: """
            Every sum says how many of how many units it covers: a figure that is missing is not a zero. Departments and \
            associations stand beside the places (marked *) and are in no sum of theirs.

            Examples:
              qmctl stats show henan-2019-open-day open-day-summary
              qmctl stats show fujian-2018-quality-month quality-month-statistics --field leaflets --field cases
              qmctl stats show henan-2019-open-day open-day-summary --by place --output csv
              qmctl stats show henan-2019-open-day open-day-summary --missing

            Statistics follows the reports. To be sure that the answer holds what you just pushed, hand in the receipts:
              qmctl stats show henan-2019-open-day open-day-summary --holding receipts
            """)

    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case line, place

        fileprivate var message: StatisticsV1.Grouping {
            switch self {
            case .line: .reportingLine
            case .place: .place
            }
        }
    }

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "The campaign's code.") var campaign: String
    @Argument(help: "The form's code.") var form: String
    @Option(help: "line: by who reports to whom. place: by where they lie.") var by = Grouping.line
    @Option(help: ArgumentHelp("A figure to show as a column; may be repeated.", valueName: "code"))
    var field: [String] = []
    @Flag(help: "Show who has reported and who has not, instead of sums.") var missing = false
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Receipts, or a directory of them, that the answer must hold.", valueName: "path"))
    var holding: [String] = []
    @Option(help: "table, json or csv.") var output = OutputFormat.table

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let watermark = try holding.isEmpty ? nil : StatisticsV1.Watermark(holding: holding)
        let client = StatisticsV1.StatisticsServiceClient(try await environment.connect(gateway))
        let answer: String
        do throws(RPCError) {
            if missing {
                let request = StatisticsV1.GetCompletenessRequest(campaign: campaign, form: form, atLeast: watermark)
                let response = try await client.getCompleteness(request, options: gateway.callOptions)
                answer = CompletenessView(response).written(as: output)
            } else {
                let request = StatisticsV1.GetRollupRequest(
                    campaign: campaign, form: form, grouping: by.message, atLeast: watermark)
                let response = try await client.getRollup(request, options: gateway.callOptions)
                answer = try RollupView(response, fields: field).written(as: output)
            }
        } catch {
            throw CommandFailure(error, doing: "statistics of \(form) in \(campaign)")
        }
        try environment.print(answer)
    }
}
