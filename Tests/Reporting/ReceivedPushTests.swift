import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Testing

@Suite("A push that is looked at where it lies")
struct ReceivedPushTests {
    private func received(_ report: SubmissionV1.Report) throws -> ReceivedPush {
        try ReceivedPush.decode(
            SubmissionV1.PushRequest(report: report, baseVersion: 3, idempotencyKey: "key-00000001").encodedBytes())
    }

    /// A push with this as its report's bytes.
    private func received(reportBytes: [UInt8]) throws -> ReceivedPush {
        #expect(reportBytes.count >= 128 && reportBytes.count < 16_384)
        let length = [UInt8(reportBytes.count & 0x7F) | 0x80, UInt8(reportBytes.count >> 7)]
        return try ReceivedPush.decode([0x0A] + length + reportBytes)
    }

    /// Reports of every kind, right and wrong.
    private static var reports: [Report] {
        var reports = [
            Sample.report, Sample.report(without: "visitors_total", "theme"),
            Report(campaign: "", form: "", formVersion: 0, reportingUnit: "", cells: [], rows: []),
            Sample.report(with: Cell("theme", .text(" \u{3000}\t"), explanation: "待补")),
            Sample.report(with: Cell("visitors_total", .notApplicable), Cell("visitors_staff", nil, unit: "人次")),
            Sample.report(with: Cell("fakes_value", .decimal(Decimal(parsing: "-36.500")!), unit: "元")),
            Sample.report(with: Cell("theme", .text(String(repeating: "质", count: 21)))),
            Sample.report(with: Cell("theme", .text("a\0b")), Cell("没有", .flag(false))),
            Sample.report(with: Cell("visitors_staff", .integer(40), unit: "人次", explanation: "说明")),
            Sample.report(with: Cell("opened_on", .text("2019-09-19")), Cell("plan_made", .integer(.min))),
            Sample.report(with: Cell("phone", .integer(138), unit: "号", explanation: "办公室")),
            Sample.report(with: Cell("phone", .notApplicable, explanation: "无"), Cell("contact", .text("张三"))),
        ]
        var turned = Sample.report
        turned.cells.reverse()
        turned.rows.reverse()
        reports.append(turned)
        var twice = Sample.report
        twice.cells += [twice.cells[0]]
        twice.rows += [twice.rows[0], Row(table: "guests", key: "", cells: twice.cells), twice.rows[1]]
        reports.append(twice)
        return reports
    }

    @Test("has the findings and the digest of the value", arguments: reports.indices)
    func same(index: Int) throws {
        let report = Self.reports[index]
        let looked = try received(SubmissionV1.Report(report)).read { push throws(RPCError) in
            try push.report().map { lent in
                (
                    Sample.checker.check(lent), ReportDigest.digest(of: lent, Sample.checker, Sample.sha256),
                    push.cellsAndRows
                )
            }
        }
        let (check, digest, cells) = try #require(looked)
        #expect(check == Sample.checker.check(report))
        #expect(digest == ReportDigest.digest(of: report, Sample.sha256))
        #expect(cells == SubmissionV1.Report(report).cellsAndRows)
    }

    @Test("the form's order never stands above that of the bytes")
    func order() throws {
        // "é" comes behind "z", and spelt in two characters, which is the same text, before it.
        let codes = ["z", "\u{E9}", "Z", "f10", "f2", "质量", "\u{212B}"]
        let form = FormDefinition(
            code: "form", version: 1, title: "表",
            fields: codes.map { FieldDefinition(code: $0, label: $0, kind: .flag) }, reporters: .hosts,
            dueDate: Sample.dueDate, lockDate: Sample.lockDate)
        let checker = FormChecker(form)
        let spellings = ["z", "e\u{301}", "Z", "f10", "f2", "质量", "\u{C5}", "A\u{30A}", "nobody's"]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let fields = (codes + spellings).shuffled(using: &generator).prefix(.random(in: 1...codes.count))
            let report = Report(
                campaign: "campaign", form: "form", formVersion: 1, reportingUnit: "unit",
                cells: fields.map { Cell($0, .flag(true)) })
            let digest = try received(SubmissionV1.Report(report)).read { push throws(RPCError) in
                try push.report().map { ReportDigest.digest(of: $0, checker, Sample.sha256) }
            }
            #expect(digest == ReportDigest.digest(of: report, Sample.sha256), "\(fields)")
        }
    }

    @Test("what it says of itself is read before anything of its report")
    func head() throws {
        let head = try received(SubmissionV1.Report(Sample.report)).read { push throws(RPCError) in
            [try push.campaign(), try push.form(), try push.reportingUnit(), try push.idempotencyKey()]
                + ["\(push.formVersion)", "\(push.baseVersion)"]
        }
        #expect(
            head == [
                "henan-2019-open-day", "open-day-summary", "henan-zhengzhou", "key-00000001", "1", "3",
            ])
        #expect(try ReceivedPush.decode([0x10, 3]).read { _ throws(RPCError) in true } == nil, "no report")
    }

    @Test("its report's bytes are what an accepted report begins with", arguments: reports.indices)
    func asItCame(index: Int) throws {
        let message = SubmissionV1.Report(Self.reports[index])
        let push = try received(message)
        let field = try push.read { lent throws(RPCError) in lent.reportField(in: push.bytes) }
        #expect(try field.map(Array.init) == SubmissionV1.ReportAccepted(report: message).encodedBytes())
    }

    @Test("with commitments in the place of personal values it is the value with them", arguments: reports.indices)
    func withCommitments(index: Int) async throws {
        let (report, salt) = (Self.reports[index], [UInt8](repeating: 7, count: 32))
        let (rest, values) = await Sample.checker.withoutPersonalValues(
            report, commitment: { $0.commitment(salt: salt, Sample.sha256) }, worked: { _ in })
        let lent = try received(SubmissionV1.Report(report)).read { push throws(RPCError) in
            try push.report().map { lent in
                Sample.checker.withCommitments(in: lent, salt: salt, Sample.sha256) { lent, personal in
                    (
                        personal.map(\.value), ReportDigest.digest(of: lent, Sample.checker, Sample.sha256),
                        Array(push.reportField(lent, replaced: personal))
                    )
                }
            }
        }
        let (lentValues, digest, field) = try #require(lent)
        #expect(lentValues == values)
        #expect(digest == ReportDigest.digest(of: rest, Sample.sha256))
        #expect(try field == SubmissionV1.ReportAccepted(report: SubmissionV1.Report(rest)).encodedBytes())
    }

    /// Field 127, a number.
    private static let unknown: [UInt8] = [0xF8, 0x07, 0x01]

    @Test("a field that nobody knows, at any depth, is not kept")
    func unknownFields() throws {
        let report = try SubmissionV1.Report(Sample.report).encodedBytes()
        let cell = try TypeV1.Cell(field: "theme", kind: .text("x")).encodedBytes() + Self.unknown
        let decimal = try TypeV1.Decimal(unscaledValue: 1, scale: 2).encodedBytes() + Self.unknown
        let row = try TypeV1.Row(table: "hosts", key: "H3").encodedBytes() + Self.unknown
        func delimited(_ field: UInt8, _ bytes: [UInt8]) -> [UInt8] { [field << 3 | 2, UInt8(bytes.count)] + bytes }
        for extra in [
            Self.unknown, delimited(5, cell), delimited(5, delimited(3, decimal)), delimited(6, row),
            delimited(6, delimited(3, cell)),
        ] {
            let push = try received(reportBytes: report + extra)
            let isLent = try push.read { push throws(RPCError) in try push.report() != nil }
            #expect(isLent == false)
            #expect(throws: Never.self) { try push.value() }
        }
    }

    @Test("what has another encoding than the shortest, which may hide something, is packed again")
    func otherEncodings() throws {
        let report = try SubmissionV1.Report(Sample.report).encodedBytes()
        func field(_ push: ReceivedPush) throws -> SubmissionV1.Report? {
            let field = try push.read { lent throws(RPCError) in Array(lent.reportField(in: push.bytes)) } ?? []
            let report = try SubmissionV1.ReportAccepted.decode(field).report
            #expect(try report == push.value().report)
            #expect(try field == SubmissionV1.ReportAccepted(report: report).encodedBytes())
            return report
        }
        #expect(try field(received(reportBytes: report)) != nil)
        // A form before the form, a form version of nothing before the real one, and a cell with its unit twice.
        for extra: [UInt8] in [[0x12, 1, 0x78], [0x18, 0], [0x2A, 6, 0x42, 1, 0x78, 0x42, 1, 0x79]] {
            #expect(try field(received(reportBytes: extra + report)) != nil)
        }
        let request = try Array(received(reportBytes: report).bytes)
        // A length of three bytes where two do, and the base version before the report.
        #expect(try field(ReceivedPush.decode([0x0A, request[1], request[2] | 0x80, 0] + request[3...])) != nil)
        #expect(try field(ReceivedPush.decode([0x10, 3] + request)) != nil)
    }

    @Test("text that is not UTF-8 is refused as when the message is decoded")
    func notText() throws {
        let report = try SubmissionV1.Report(Sample.report).encodedBytes()
        for extra: [UInt8] in [
            [0x2A, 3, 0x0A, 1, 0xFF], [0x2A, 3, 0x22, 1, 0xC0], [0x2A, 4, 0x42, 2, 0x78, 0x80],
            [0x32, 3, 0x12, 1, 0xE4], [0x32, 5, 0x1A, 3, 0x4A, 1, 0xFF],
        ] {
            let push = try received(reportBytes: report + extra)
            let lent = #expect(throws: RPCError.self) {
                _ = try push.read { push throws(RPCError) in try push.report() != nil }
            }
            let decoded = #expect(throws: RPCError.self) { try push.value() }
            #expect(lent != nil && lent?.code == decoded?.code && lent?.message == decoded?.message)
        }
        for wrong: [UInt8] in [[0x0A], [0x0A, 1, 0x0A]] {
            #expect(throws: RPCError.self) { try ReceivedPush.decode(wrong).read { _ throws(RPCError) in true } }
        }
    }
}

extension ReceivedPush {
    fileprivate static func decode(_ bytes: ArraySlice<UInt8>) throws -> ReceivedPush { try decode(Array(bytes)) }
}
