internal import ArgumentParser
internal import MessageJSON
internal import Messages
internal import RPC

struct ReportGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show a report as the service holds it.",
        discussion: """
            The JSON is what report push reads: change it, set base_version and push it again to correct the report.

            Examples:
              qmctl report get henan-2019-open-day open-day-arrangement henan-zhengzhou
              qmctl report get henan-2019-open-day open-day-arrangement henan-zhengzhou --version 1 --receipt first.json
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "The campaign's code.") var campaign: String
    @Argument(help: "The form's code.") var form: String
    @Argument(help: "The reporting unit's code.") var unit: String
    @Option(help: ArgumentHelp("A version; else the one in force.", valueName: "n")) var version: UInt64 = 0
    @Option(help: ArgumentHelp("Keep its receipt in this file.", valueName: "file")) var receipt: String?

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = SubmissionV1.SubmissionServiceClient(try await environment.connect(gateway))
        let response: SubmissionV1.GetReportResponse
        do throws(RPCError) {
            let request = SubmissionV1.GetReportRequest(
                campaign: campaign, form: form, reportingUnit: unit, version: version)
            response = try await client.getReport(request, options: gateway.callOptions)
        } catch {
            throw CommandFailure(error, doing: "report \(campaign) \(form) of \(unit)")
        }
        if let receipt, let kept = response.receipt {
            try ConsoleEnvironment.write(Array((kept.json.written() + "\n").utf8), to: receipt)
        }
        try environment.print((response.report ?? .init()).json(baseVersion: response.currentVersion).written())
    }
}

struct ReportListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the reports that you may see.",
        discussion: """
            Examples:
              qmctl report list henan-2019-open-day
              qmctl report list henan-2019-open-day --form open-day-summary --output csv
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "The campaign's code.") var campaign: String
    @Option(help: "Only this form.") var form = ""
    @Option(help: "Only this reporting unit.") var unit = ""
    @Option(help: "table, json or csv.") var output = OutputFormat.table

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = SubmissionV1.SubmissionServiceClient(try await environment.connect(gateway))
        var reports: [SubmissionV1.ReportSummary] = []
        var token = ""
        repeat {
            do throws(RPCError) {
                let request = SubmissionV1.ListReportsRequest(
                    campaign: campaign, form: form, reportingUnit: unit, pageSize: 1000, pageToken: token)
                let page = try await client.listReports(request, options: gateway.callOptions)
                reports += page.reports
                token = page.nextPageToken
            } catch {
                throw CommandFailure(error, doing: "reports of \(campaign)")
            }
        } while !token.isEmpty

        switch output {
        case .json: try environment.print(JSONValue.array(reports.map(\.json)).written())
        case .csv: try environment.print(Self.table(reports).writtenAsCSV)
        case .table:
            try environment.print(Self.table(reports).written)
            try environment.print("\(reports.count) reports")
        }
    }

    private static func table(_ reports: [SubmissionV1.ReportSummary]) -> TextTable {
        var table = TextTable([
            .init("unit"), .init("form"), .init("version", .right), .init("timeliness"),
            .init("first sealed (Asia/Shanghai)"), .init("this version sealed"), .init("digest"),
        ])
        for report in reports {
            table.append([
                report.reportingUnit, report.form, String(report.version),
                report.timeliness.words + (report.correctedLate ? ", corrected late" : ""),
                shanghaiTime(report.firstSealedUnixUs), shanghaiTime(report.sealedUnixUs),
                Hexadecimal.written(report.digest.prefix(6)),
            ])
        }
        return table
    }
}

extension SubmissionV1.ReportSummary {
    fileprivate var json: JSONValue {
        .object([
            "campaign": .text(campaign), "form": .text(form), "reporting_unit": .text(reportingUnit),
            "version": .number(version), "timeliness": .text(timeliness.words), "corrected_late": .flag(correctedLate),
            "first_sealed_unix_us": .number(firstSealedUnixUs), "sealed_unix_us": .number(sealedUnixUs),
            "digest": .text(Hexadecimal.written(digest)),
        ])
    }
}

extension SubmissionV1.Report {
    /// The layout that report push reads, as the next version upon `baseVersion`.
    fileprivate func json(baseVersion: UInt64) -> JSONValue {
        var tables: [(name: String, rows: [JSONValue])] = []
        for row in rows {
            let json = JSONValue.object(["key": .text(row.key), "cells": Self.json(row.cells)])
            if let index = tables.firstIndex(where: { $0.name == row.table }) {
                tables[index].rows.append(json)
            } else {
                tables.append((row.table, [json]))
            }
        }
        let members = tables.map { JSONValue.Member(name: $0.name, value: .array($0.rows)) }
        return .object([
            "campaign": .text(campaign), "form": .text(form), "form_version": .number(formVersion),
            "reporting_unit": .text(reportingUnit), "base_version": .number(baseVersion), "cells": Self.json(cells),
            "rows": JSONValue(.object(members)),
        ])
    }

    private static func json(_ cells: [TypeV1.Cell]) -> JSONValue {
        JSONValue(.object(cells.map { JSONValue.Member(name: $0.field, value: $0.json) }))
    }
}

extension TypeV1.Cell {
    fileprivate var json: JSONValue {
        let value: JSONValue =
            switch kind {
            case .integer(let integer): .number(integer)
            case .decimal(let decimal): JSONValue(.number(decimal.words))
            case .text(let text): .text(text)
            case .flag(let flag): .flag(flag)
            case .date(let date): .text(date.words)
            case .notApplicable: .flag(true)
            case nil: .null
            }
        let name = if case .notApplicable = kind { "not_applicable" } else { "value" }
        guard !unit.isEmpty || !explanation.isEmpty || name == "not_applicable" else { return value }
        var members = [JSONValue.Member(name: name, value: value)]
        if !unit.isEmpty { members.append(.init(name: "unit", value: .text(unit))) }
        if !explanation.isEmpty { members.append(.init(name: "explanation", value: .text(explanation))) }
        return JSONValue(.object(members))
    }
}
