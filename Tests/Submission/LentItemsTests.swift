import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Testing
import Wire

/// Messages with many pushes, each of whose items is looked at where it lies, or becomes a value since it has a field that
/// nobody knows.
@Suite("Items that are looked at where they lie have the verdicts of values")
struct LentItemsTests {
    enum Shape: CaseIterable {
        case each, whole, stream
    }

    private typealias Methods = SubmissionV1.SubmissionService.Methods

    private struct Way {
        let bench: SubmissionBench

        init() async throws {
            bench = try await SubmissionBench.published()
        }

        func verdicts(
            _ items: [[UInt8]], _ shape: Shape
        ) async throws -> [SubmissionV1.Verdict] {
            let transport = InProcessTransport(bench.router, caller: Sample.reporter("henan"))
            switch shape {
            case .each, .whole:
                var batch: [UInt8] = [0x10, shape == .each ? 1 : 2]
                for item in items { batch += LentItemsTests.unknown + LentItemsTests.delimited(1, item) }
                return try await transport.unary(
                    Methods.pushBatch, ReceivedPush.decode(batch), returning: SubmissionV1.PushBatchResponse.self,
                    options: CallOptions()
                ).verdicts
            case .stream:
                let call = ClientStreamingCall<ReceivedPush, SubmissionV1.PushStreamResponse>(
                    try await transport.open(Methods.pushStream, options: CallOptions()))
                for item in items {
                    try await call.send(
                        ReceivedPush.decode(LentItemsTests.unknown + LentItemsTests.delimited(1, item)))
                }
                return try await call.response().verdicts
            }
        }

        /// What the journal tells, without what every store's own salt makes of personal values.
        func told() async throws -> [SubmissionV1.ReportAccepted] {
            try await bench.journal().filter { $0.kind == "report.accepted" }.map { entry in
                var accepted = try SubmissionV1.ReportAccepted.decode(entry.body)
                accepted.digest = []
                func mask(_ cell: inout TypeV1.Cell) {
                    if case .text(let text) = cell.kind, text.hasPrefix("commitment:") { cell.kind = .text("masked") }
                }
                for index in accepted.report?.cells.indices ?? 0..<0 { mask(&accepted.report!.cells[index]) }
                for row in accepted.report?.rows.indices ?? 0..<0 {
                    for index in accepted.report!.rows[row].cells.indices {
                        mask(&accepted.report!.rows[row].cells[index])
                    }
                }
                return accepted
            }
        }
    }

    /// A number, eight bytes, four and some, of fields that nobody knows.
    private static let unknown: [UInt8] =
        [0xF8, 0x07, 0x81, 0x01] + [0xF9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8] + [0xFD, 0x07, 1, 2, 3, 4] + [0xFA, 0x07, 1, 9]

    private static func delimited(_ field: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        var encoded = [field << 3 | 2]
        var length = bytes.count
        while length >= 0x80 {
            encoded.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        return encoded + [UInt8(length)] + bytes
    }

    private static func item(
        _ report: SubmissionV1.Report?, base: UInt64 = 0, key: String, reportBytes extra: [UInt8] = []
    ) throws -> [UInt8] {
        let bytes = try report.map { delimited(1, try $0.encodedBytes() + extra) } ?? []
        return bytes + (base > 0 ? [0x10, UInt8(base)] : []) + delimited(3, Array(key.utf8))
    }

    /// Personal values, a field that nobody knows, a second version of the first and its copy among them.
    private static func right(asValues: Bool) throws -> [[UInt8]] {
        let extra = asValues ? unknown : []
        return [
            try item(.init(Sample.count(events: 1)), key: "right-item-1", reportBytes: extra),
            try item(.init(Sample.report("henan-kaifeng")), key: "right-item-2", reportBytes: extra),
            try item(.init(Sample.count("henan-kaifeng", events: 2)), key: "right-item-3", reportBytes: unknown),
            try item(.init(Sample.report()), key: "right-item-4", reportBytes: extra),
            try item(.init(Sample.count(events: 5)), base: 1, key: "right-item-5", reportBytes: extra),
            try item(.init(Sample.count(events: 1)), key: "right-item-1", reportBytes: extra),
        ]
    }

    private static func wrong(asValues: Bool) throws -> [[UInt8]] {
        let extra = asValues ? unknown : []
        func item(_ report: SubmissionV1.Report?, base: UInt64 = 0, key: String) throws -> [UInt8] {
            try Self.item(report, base: base, key: key, reportBytes: extra)
        }
        var report = SubmissionV1.Report(Sample.report("zhengzhou-erqi"))
        func changed(_ change: (inout SubmissionV1.Report) -> Void) -> SubmissionV1.Report {
            var changed = report
            change(&changed)
            return changed
        }
        report.cells[0].unit = "人"
        return [
            try item(report, key: "wrong-unit"), try item(nil, key: "wrong-nothing"), try item(report, key: "?"),
            try item(changed { $0.campaign = "nowhere" }, key: "wrong-campaign"),
            try item(changed { $0.reportingUnit = "fujian" }, key: "wrong-reporter"),
            try item(changed { $0.formVersion = 2 }, key: "wrong-version"),
            try item(changed { $0.cells[3].kind = .date(.init(year: 2019, month: 13, day: 1)) }, key: "wrong-date"),
            try item(changed { $0.cells += $0.cells }, key: "wrong-twice"),
            try item(changed { $0.rows += $0.rows }, key: "wrong-rows"),
            try item(changed { $0.cells[1].explanation = String(repeating: "长", count: 6000) }, key: "wrong-length"),
            try item(
                changed { $0.cells += (0..<300).map { TypeV1.Cell(field: "unknown-\($0)") } }, key: "wrong-fields"),
            try item(
                changed { $0.cells = Array(repeating: .init(), count: FormChecker.maximumCells + 1) }, key: "wrong-size"
            ),
            try item(.init(Sample.count("zhengzhou-erqi", events: 1)), base: 7, key: "wrong-base"),
        ]
    }

    /// Sends the same both ways, the second time to be told the same again.
    private func compare(_ items: (_ asValues: Bool) throws -> [[UInt8]], _ shape: Shape, isRight: Bool) async throws {
        var told: [[SubmissionV1.ReportAccepted]] = []
        for asValues in [false, true] {
            let way = try await Way()
            let first = try await way.verdicts(try items(asValues), shape)
            let entries = try await way.bench.journal().count
            let second = try await way.verdicts(try items(!asValues), shape)
            #expect(first.count == (try items(asValues)).count)
            #expect(first.map(\.content) == second.map(\.content))
            #expect(first.filter(\.isAccepted).isEmpty == !isRight)
            #expect(!second.contains { $0.isAccepted && !$0.isRepeated }, "the same content has the same digest")
            #expect(try await way.bench.journal().count == entries, "the same refusals have the same digests")
            told.append(try await way.told())
        }
        #expect(told[0] == told[1])
        #expect(told[0].count == (isRight ? 5 : 0))
    }

    @Test("pushes that are right", arguments: Shape.allCases)
    func right(shape: Shape) async throws {
        try await compare(Self.right(asValues:), shape, isRight: true)
    }

    @Test("pushes that are wrong in every way among them", arguments: Shape.allCases)
    func wrong(shape: Shape) async throws {
        try await compare(
            { try Self.wrong(asValues: $0) + Self.right(asValues: $0) + Self.wrong(asValues: $0) }, shape,
            isRight: shape != .whole)
    }

    @Test("text that is not UTF-8 in the second of three refuses the message", arguments: Shape.allCases)
    func notText(shape: Shape) async throws {
        let wrongs = [
            try Self.item(.init(Sample.report()), key: "second-item", reportBytes: [0x2A, 3, 0x0A, 1, 0xFF]),
            try Self.item(
                .init(Sample.report()), key: "second-item", reportBytes: Self.unknown + [0x2A, 3, 0x0A, 1, 0xFF]),
            try Self.item(.init(Sample.report()), key: "") + [0x1A, 2, 0x78, 0x80],
            [0x1A, 2, 0x78, 0x80],
        ]
        let right = try Self.right(asValues: false)
        let way = try await Way()
        for wrong in wrongs {
            let error = await #expect(throws: RPCError.self) {
                try await way.verdicts([right[0], wrong, right[1]], shape)
            }
            #expect(error?.code == .invalidArgument)
            #expect(try await way.bench.journal().isEmpty)
        }
    }

    @Test(
        "of a report that its sender may not push no cell is looked at, whether or not its unit exists",
        arguments: [Shape.each, .stream], ["fujian", "fujian-nowhere"])
    func notTheirs(shape: Shape, unit: String) async throws {
        let theirs = SubmissionV1.Report(Sample.report(unit))
        let right = try Self.right(asValues: false)
        let wrong = try Self.item(theirs, key: "second-item", reportBytes: [0x2A, 3, 0x0A, 1, 0xFF])
        let verdicts = try await Way().verdicts([right[0], wrong, right[1]], shape)
        #expect(verdicts.map(\.isAccepted) == [true, false, true])
        #expect(verdicts.map(\.idempotencyKey)[1] == "second-item")
    }

    @Test("an item with nothing in it, and a message without any, are refused by themselves")
    func nothing() async throws {
        let way = try await Way()
        let right = try Self.right(asValues: false)[0]
        #expect(try await way.verdicts([[], right], .each).map(\.isAccepted) == [false, true])
        #expect(try await way.verdicts([], .each).isEmpty)
        let call = ClientStreamingCall<ReceivedPush, SubmissionV1.PushStreamResponse>(
            try await InProcessTransport(way.bench.router, caller: Sample.reporter("henan")).open(
                Methods.pushStream, options: CallOptions()))
        try await call.send(ReceivedPush.decode([]))
        #expect(try await call.response().verdicts.map(\.isAccepted) == [false])
    }

    @Test("a message that is cut off within an item is refused")
    func cutOff() async throws {
        let way = try await Way()
        let item = Self.delimited(1, try Self.right(asValues: false)[0])
        for count in [1, 2, item.count - 1] {
            let error = await #expect(throws: RPCError.self) {
                try await InProcessTransport(way.bench.router, caller: Sample.reporter("henan")).unary(
                    Methods.pushBatch, ReceivedPush.decode([0x10, 1] + item + item[..<count]),
                    returning: SubmissionV1.PushBatchResponse.self, options: CallOptions())
            }
            #expect(error?.code == .invalidArgument)
        }
        #expect(try await way.bench.journal().isEmpty)
    }
}

extension SubmissionV1.Verdict {
    fileprivate var isAccepted: Bool { if case .accepted = outcome { true } else { false } }

    fileprivate var isRepeated: Bool {
        if case .accepted(let response) = outcome { response.repeatedPush } else { false }
    }

    /// Without whether it was said before.
    fileprivate var content: SubmissionV1.Verdict {
        guard case .accepted(var response) = outcome else { return self }
        response.repeatedPush = false
        var verdict = self
        verdict.outcome = .accepted(response)
        return verdict
    }
}
