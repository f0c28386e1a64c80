import Cryptography
import Messages
import RPC
import Reporting
import ReportingMessages
import Testing

@Suite("Messages and the domain's words")
struct ReportingMessagesTests {
    @Test("a report comes back from its message")
    func report() throws {
        #expect(try Report(SubmissionV1.Report(Sample.report)) == Sample.report)
        let states = Sample.report(with: Cell("theme", nil), Cell("visitors_total", .notApplicable))
        #expect(try Report(SubmissionV1.Report(states)) == states)
    }

    @Test("a form and a campaign come back from their messages")
    func definitions() throws {
        #expect(try FormDefinition(RegistryV1.FormDefinition(Sample.form)) == Sample.form)
        let campaign = Campaign(
            code: "henan-2019-open-day", title: "质量开放日", year: 2019, issuer: "henan", theme: "质量开放日",
            slogans: ["质量第一"], beginsOn: Sample.dueDate, endsOn: Sample.lockDate,
            notices: [
                Notice(documentNumber: "豫市监办〔2019〕26号", title: "通知", issuer: "河南省市场监督管理局", issuedOn: nil)
            ], forms: [Sample.form])
        #expect(try Campaign(RegistryV1.Campaign(campaign)) == campaign)
    }

    @Test("organisations and divisions come back from their messages", arguments: Organisation.Kind.allCases)
    func organisations(kind: Organisation.Kind) throws {
        let organisation = Organisation(
            code: "henan-gongyi", name: "巩义市市场监督管理局", kind: kind, divisionCode: "410181", reportsTo: "henan")
        #expect(try Organisation(RegistryV1.Organisation(organisation)) == organisation)
        let division = Division(
            code: "410181", name: "巩义市", level: .county, parentCode: "410100", effectiveFrom: Sample.dueDate)
        #expect(try Division(RegistryV1.Division(division)) == division)
    }

    @Test("what has no meaning in a campaign is named, all of it")
    func meaningless() {
        var message = RegistryV1.Campaign(code: "x", endsOn: TypeV1.Date(year: 2019, month: 2, day: 30))
        var form = RegistryV1.FormDefinition(Sample.form)
        form.fields[0].kind = .unspecified
        form.rules[0].severity = .unrecognized(9)
        form.dueDate = nil
        message.forms = [form]
        let error = #expect(throws: TranslationError.self) { try Campaign(message) }
        #expect(
            error?.problems.map(\.pointer) == [
                "/begins_on", "/ends_on", "/forms/open-day-summary/fields/visitors_total/kind",
                "/forms/open-day-summary/rules/visitors_sum/severity", "/forms/open-day-summary/due_date",
            ])
    }

    @Test("cells that hold no value are findings beside those of the form")
    func malformedCells() {
        var message = SubmissionV1.Report(Sample.report(with: Cell("theme", .integer(1))))
        message.cells[0] = TypeV1.Cell(
            field: "visitors_total", kind: .decimal(TypeV1.Decimal(unscaledValue: 1, scale: 12)), unit: "人次")
        message.rows[0].cells.append(
            TypeV1.Cell(field: "a/b", kind: .date(TypeV1.Date(year: 2019, month: 2, day: 29))))
        var malformed: [Finding] = []
        let report = Report(message, malformed: &malformed)
        let check = Sample.checker.check(report, malformed: malformed)
        #expect(!check.isAcceptable)
        #expect(
            check.findings.map { "\($0.pointer) \($0.rule)" } == [
                "/cells/visitors_total decimals", "/rows/hosts/H1/a~1b kind", "/cells/theme kind",
            ])
    }

    @Test("a flipped bit anywhere in an encoded receipt fails to decode or to verify")
    func flippedReceipt() throws {
        let key = try SigningKey.generate()
        let receipt = try ReceiptTests.receipt(key: key)
        let bytes = try TypeV1.Receipt(receipt).encodedBytes()
        #expect(try Receipt(encoded: bytes) == receipt)
        #expect(ReceiptTests.fault(receipt, key.verifyingKey) == nil)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                guard let altered = try? Receipt(encoded: flipped) else { continue }
                #expect(ReceiptTests.fault(altered, key.verifyingKey) != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("a receipt cut short or with something added fails to decode or to verify")
    func cutReceipt() throws {
        let key = try SigningKey.generate()
        let bytes = try TypeV1.Receipt(ReceiptTests.receipt(key: key)).encodedBytes()
        for count in 0..<bytes.count {
            guard let cut = try? Receipt(encoded: Array(bytes.prefix(count))) else { continue }
            #expect(ReceiptTests.fault(cut, key.verifyingKey) != nil)
        }
        // An unknown field 1000 with the value 0.
        #expect(throws: TranslationError.self) { try Receipt(encoded: bytes + [0xC0, 0x3E, 0x00]) }
    }
}
