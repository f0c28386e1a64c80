internal import ArgumentParser
internal import ConsoleFiles
internal import MessageJSON
internal import Messages
internal import RPC

struct ReportPushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Send reports from JSON or CSV files.",
        discussion: """
            Each report stands alone unless --atomic is given, and each gets its verdict. A report without a key of its own \
            gets one made from its content: the same file sent again, after a timeout or by mistake, counts once and gets \
            its first receipts. The files' layout: compose/samples/README.md.

            Examples:
              qmctl report push arrangement.json --receipts receipts
              qmctl report push cities.csv --campaign fujian-2018-quality-month --form quality-month-statistics
              qmctl report push monday/*.json --atomic --output json

            A correction names the version it replaces: "base_version": 1 in the file, or --base-version 1.
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "Files that end in .json or .csv.") var files: [String]
    @Option(help: "The campaign of reports that name none.") var campaign: String?
    @Option(help: "The form of reports that name none.") var form: String?
    @Option(help: ArgumentHelp("The form version of reports that name none (1 if absent).", valueName: "n"))
    var formVersion: UInt32?
    @Option(help: ArgumentHelp("The version to replace, for a file with one report.", valueName: "n"))
    var baseVersion: UInt64?
    @Option(help: ArgumentHelp("The idempotency key, for a file with one report.", valueName: "text")) var key: String?
    @Flag(help: "All or none: one refusal refuses every report (at most 1000).") var atomic = false
    @Option(help: ArgumentHelp("Keep every receipt here, a file each.", valueName: "dir")) var receipts: String?
    @Option(help: "table, json or csv.") var output = OutputFormat.table

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let drafts = try drafts()
        if let receipts { try ConsoleEnvironment.makeDirectory(receipts) }
        let transport = try await environment.connect(gateway)
        let items = try await PushItem.items(drafts, registry: RegistryV1.RegistryServiceClient(transport), gateway)
        let pusher = ReportPusher(
            client: SubmissionV1.SubmissionServiceClient(transport), options: gateway.callOptions,
            environment: environment)
        let outcome = try await pusher.push(items, isAtomic: atomic)
        let verdicts = PushVerdicts(items: items, verdicts: outcome.verdicts)
        try tell(verdicts, environment)
        if let failure = outcome.failure {
            throw CommandFailure(
                failure.kind,
                "\(failure.message); \(items.count - outcome.verdicts.count) of \(items.count) reports have no verdict: "
                    + "run the same command again, nothing counts twice")
        }
        guard verdicts.refused == 0 else { throw ExitCode(CommandFailure.Kind.refused.rawValue) }
    }

    /// Keeps the receipts and shows the verdicts, each whatever becomes of the other.
    private func tell(_ verdicts: PushVerdicts, _ environment: ConsoleEnvironment) throws(CommandFailure) {
        var failure: CommandFailure?
        do throws(CommandFailure) {
            if let receipts { try verdicts.keepReceipts(in: receipts) }
        } catch {
            failure = error
        }
        do throws(CommandFailure) {
            try environment.print(verdicts.written(as: output))
        } catch {
            failure = failure ?? error
        }
        if let failure { throw verdicts.unwritten(failure) }
    }

    private func drafts() throws(CommandFailure) -> [ReportDraft] {
        let defaults = DraftDefaults(campaign: campaign, form: form, formVersion: formVersion)
        var drafts: [ReportDraft] = []
        for file in files { drafts += try ReportDraft.drafts(file: file, defaults: defaults) }
        guard !drafts.isEmpty else { throw CommandFailure(.input, "\(files.joined(separator: ", ")): no report in it") }
        if baseVersion != nil || key != nil {
            guard drafts.count == 1 else {
                throw CommandFailure(
                    .input,
                    "--base-version and --key are for one report, but there are \(drafts.count): write them in "
                        + "the file, as base_version and idempotency_key")
            }
            if let baseVersion { drafts[0].baseVersion = baseVersion }
            if let key { drafts[0].idempotencyKey = key }
        }
        return drafts
    }
}

extension ReportDraft {
    /// Reads a file by the end of its name.
    static func drafts(file: String, defaults: DraftDefaults) throws(CommandFailure) -> [ReportDraft] {
        let bytes = try ConsoleEnvironment.contents(of: file)
        do throws(TextError) {
            if file.hasSuffix(".json") { return try drafts(json: bytes, file: file, defaults: defaults) }
            if file.hasSuffix(".csv") { return try drafts(csv: bytes, file: file, defaults: defaults) }
        } catch {
            throw CommandFailure(error, file: file)
        }
        throw CommandFailure(.input, "\(file): a report file ends in .json or .csv")
    }
}
