import MessageJSON
import Reporting
import Testing

@testable import Console
@testable import ConsoleFiles

@Suite("Report files")
struct ReportDraftTests {
    private func json(_ text: String) throws -> [ReportDraft] {
        try ReportDraft.drafts(json: Array(text.utf8), file: "f.json", defaults: DraftDefaults())
    }

    private func csv(_ text: String, defaults: DraftDefaults = DraftDefaults()) throws -> [ReportDraft] {
        try ReportDraft.drafts(csv: Array(text.utf8), file: "f.csv", defaults: defaults)
    }

    private let head = "\"campaign\": \"c\", \"form\": \"f\", \"form_version\": 1, \"reporting_unit\": \"u\""

    private let form = FormDefinition(
        code: "f", version: 1, title: "表", annex: "附件1",
        fields: [
            FieldDefinition(code: "leaflets", label: "传单", kind: .integer, unit: "份"),
            FieldDefinition(code: "value", label: "货值", kind: .decimal, unit: "万元", decimals: 2),
            FieldDefinition(code: "theme", label: "主题", kind: .text),
            FieldDefinition(code: "planned", label: "方案", kind: .flag),
            FieldDefinition(code: "day", label: "日期", kind: .date),
        ],
        tables: [
            TableDefinition(
                code: "hosts", label: "单位",
                fields: [
                    FieldDefinition(code: "name", label: "名称", kind: .text),
                    FieldDefinition(code: "visitors", label: "人数", kind: .integer, unit: "人次"),
                ])
        ],
        reporters: .hosts, dueDate: CivilDate(year: 2019, month: 9, day: 1)!,
        lockDate: CivilDate(year: 2019, month: 12, day: 31)!)

    @Test("one report and the same in a sheet are the same report")
    func sameInBoth() throws {
        let fromJSON = try json(
            """
            {\(head), "note": "样例", "cells": {
              "leaflets": {"value": 120000, "unit": "份"},
              "value": {"value": 36.50, "unit": "万元", "explanation": "大案"},
              "theme": "质量", "planned": true, "day": "2019-09-19"},
             "rows": {"hosts": [
              {"key": "H1", "cells": {"name": "甲", "visitors": {"not_applicable": true}}},
              {"key": "H2", "cells": {"name": "乙", "visitors": {"value": 7, "unit": "人次"}}}]}}
            """)
        let fromCSV = try csv(
            """
            campaign,form,form_version,reporting_unit,leaflets[份],value[万元],value!,theme,planned,day,hosts.key,hosts.name,hosts.visitors[人次]
            c,f,1,u,120000,36.50,大案,质量,是,2019-09-19,H1,甲,不适用
            c,f,1,u,,,,,,,H2,乙,7
            """)
        let report = try #require(try fromJSON.first?.report(form: form))
        #expect(fromJSON.count == 1 && fromCSV.count == 1)
        #expect(try fromCSV.first?.report(form: form) == report)
        #expect(report.cells[0] == Cell("leaflets", .integer(120_000), unit: "份"))
        #expect(report.cells[1].value == .decimal(Decimal(unscaled: 3650, scale: 2)!))
        #expect(report.cells[1].explanation == "大案")
        #expect(report.cells[4].value == .date(CivilDate(year: 2019, month: 9, day: 19)!))
        #expect(report.rows[0].cells[1].value == .notApplicable)
        #expect(PushItem.key(for: report, baseVersion: 0) != PushItem.key(for: report, baseVersion: 1))
    }

    @Test("a figure passes through no binary floating point number")
    func exact() throws {
        let draft = try #require(try json("{\(head), \"cells\": {\"value\": 9007199254740993.01}}").first)
        #expect(
            try draft.report(form: form).cells[0].value
                == .decimal(Decimal(unscaled: 900_719_925_474_099_301, scale: 2)!))
    }

    @Test("missing and not applicable are two things, and neither is zero")
    func states() throws {
        let report = try json(
            "{\(head), \"cells\": {\"leaflets\": null, \"value\": {\"not_applicable\": true}, \"theme\": \"\"}}")[0]
            .report(form: form)
        #expect(report.state(of: "leaflets") == .missing)
        #expect(report.state(of: "value") == .notApplicable)
        #expect(try csv("campaign,form,reporting_unit,leaflets[份]\nc,f,u,\n")[0].cells.isEmpty)
    }

    @Test("what does not suit its field is sent as it stands, for the service to judge")
    func unsuitable() throws {
        let report = try json("{\(head), \"cells\": {\"leaflets\": \"many\", \"nobody\": 1.5, \"day\": \"9月\"}}")[0]
            .report(form: form)
        #expect(report.cells.map(\.value) == [.text("many"), .decimal(Decimal(unscaled: 15, scale: 1)!), .text("9月")])
    }

    @Test(
        "a number that no report can carry is refused with its line",
        arguments: ["1e3", "0.0000000001", "99999999999999999999"])
    func noFigure(_ number: String) throws {
        let draft = try json("{\(head), \"cells\": {\n\"leaflets\": \(number)}}")[0]
        let error = #expect(throws: TextError.self) { try draft.report(form: form) }
        #expect(error?.line == 2)
    }

    @Test("a misspelt name is refused with its line, never passed over")
    func unknownName() {
        let error = #expect(throws: TextError.self) { try json("{\(head),\n \"cels\": {}}") }
        #expect(error?.line == 2)
        #expect(error?.message.contains("\"cels\"") == true)
    }

    @Test("a report without its unit, or a line of a table without its key, is refused")
    func incomplete() {
        #expect(throws: TextError.self) { try json("{\"campaign\": \"c\", \"form\": \"f\"}") }
        #expect(throws: TextError.self) { try json("{\(head), \"rows\": {\"hosts\": [{\"cells\": {}}]}}") }
        #expect(throws: TextError.self) { try csv("campaign,form,reporting_unit,hosts.name\nc,f,u,甲\n") }
    }

    @Test("a sheet's faults are told with their line")
    func sheetFaults() {
        for (sheet, line) in [
            ("campaign,form,reporting_unit,a,a\n", 1), ("campaign,form,reporting_unit,传单\n", 1),
            ("campaign,form,reporting_unit,a\nc,f,u\n", 2), ("campaign,form,reporting_unit,a!\nc,f,u,why\n", 2),
            ("campaign,form,reporting_unit,form_version\nc,f,u,one\n", 2),
            ("campaign,form,reporting_unit,a\nc,f,u,1\nc,f,u,2\n", 3), ("", 1),
        ] {
            let error = #expect(throws: TextError.self) { try csv(sheet) }
            #expect(error?.line == line, "\(sheet)")
        }
    }

    @Test("the command line says what a sheet leaves out")
    func defaults() throws {
        let draft = try csv(
            "reporting_unit,leaflets[份]\nu,5\n", defaults: DraftDefaults(campaign: "c", form: "f", formVersion: 3))[0]
        #expect(draft.campaign == "c" && draft.form == "f" && draft.formVersion == 3)
        #expect(draft.source == SourcePlace(file: "f.csv", line: 2))
    }
}
