internal import ArgumentParser

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Reports: push, get, list.",
        subcommands: [ReportPushCommand.self, ReportGetCommand.self, ReportListCommand.self])
}
