import Messages
import RPC
import Synchronization
import Transport
import Wire

/// A campaign of its own for each measurement, so that every push is new: one form of 30 figures.
struct BenchmarkCampaign: Sendable {
    static let issuer = "province"
    static let form = "benchmark-form"
    private static let figures = 30
    private static let fields = (0..<figures).map { "visitors_total_\($0)" }
    /// A publication brings so many organisations along, the issuer among them, and a form lists no more.
    private static let publishedUnits = 4_999
    private static let registrationsInFlight = 128

    /// Who reports, and to whom.
    struct Unit: Sendable {
        var code: String
        var reportsTo = BenchmarkCampaign.issuer

        fileprivate var organisation: RegistryV1.Organisation {
            RegistryV1.Organisation(
                code: code, name: "单位\(code)", kind: .authority, divisionCode: "410100", reportsTo: reportsTo)
        }
    }

    var code = "benchmark-\(UInt32.random(in: 0...UInt32.max))"
    var units: [Unit]
    /// A thirty-first field holds a person's telephone number, which submission encrypts.
    var hasPersonalField = false

    /// A unit's code.
    static func unit(_ index: Int) -> String { "unit-\(index)" }

    /// A report of all 30 figures, on top of version `version`. The same again is the same push.
    func push(_ unit: String, on version: UInt64) -> SubmissionV1.PushRequest {
        SubmissionV1.PushRequest(
            report: report(
                unit,
                Self.fields.enumerated().map {
                    TypeV1.Cell(field: $1, kind: .integer(Int64($0 * 997) + Int64(version)))
                }),
            baseVersion: version, idempotencyKey: "\(code)-\(unit)-\(version + 1)")
    }

    /// A report of so many times the same telephone number, of which one would be right.
    func repetitive(_ unit: String, cells: Int) -> SubmissionV1.PushRequest {
        let cell = TypeV1.Cell(field: "contact", kind: .text("0371-000"))
        return SubmissionV1.PushRequest(
            report: report(unit, [TypeV1.Cell](repeating: cell, count: cells)), idempotencyKey: "\(code)-\(unit)-cells")
    }

    private func report(_ unit: String, _ cells: [TypeV1.Cell]) -> SubmissionV1.Report {
        SubmissionV1.Report(
            campaign: code, form: Self.form, formVersion: 1, reportingUnit: unit, cells: cells)
    }

    /// Units beyond those that a publication may bring along are registered one by one: they report unlisted.
    func publish(_ registry: RegistryV1.RegistryServiceClient) async throws {
        let published = units.prefix(Self.publishedUnits)
        let organisations =
            [
                RegistryV1.Organisation(
                    code: Self.issuer, name: "省局", kind: .authority, divisionCode: "410000", reportsTo: "")
            ]
            + published.map(\.organisation)
        let campaign = RegistryV1.Campaign(
            code: code, title: "质量月", year: 2099, issuer: Self.issuer, theme: "质量第一",
            beginsOn: TypeV1.Date(year: 2099, month: 9, day: 1), endsOn: TypeV1.Date(year: 2099, month: 9, day: 30),
            notices: [
                RegistryV1.Notice(
                    documentNumber: "豫市监办〔2099〕1号", title: "通知", issuer: Self.issuer,
                    issuedOn: TypeV1.Date(year: 2099, month: 8, day: 1))
            ],
            forms: [formDefinition])
        _ = try await registry.publishCampaign(
            RegistryV1.PublishCampaignRequest(campaign: campaign, organisations: organisations))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, unit) in units.dropFirst(Self.publishedUnits).enumerated() {
                if index >= Self.registrationsInFlight { try await group.next() }
                group.addTask {
                    _ = try await registry.registerOrganisation(
                        RegistryV1.RegisterOrganisationRequest(organisation: unit.organisation))
                }
            }
            try await group.waitForAll()
        }
    }

    private var formDefinition: RegistryV1.FormDefinition {
        var fields = Self.fields.enumerated().map {
            RegistryV1.Field(code: $1, label: "接待参观来访人员总数\($0)", section: "活动成效", kind: .integer)
        }
        if hasPersonalField {
            fields.append(
                RegistryV1.Field(code: "contact", label: "联系电话", section: "联系人", kind: .text, personal: true))
        }
        return RegistryV1.FormDefinition(
            code: Self.form, version: 1, title: "统计表", annex: "附件1", fields: fields,
            reporters: .listed, expectedReporters: units.prefix(Self.publishedUnits).map(\.code),
            dueDate: TypeV1.Date(year: 2099, month: 12, day: 30), lockDate: TypeV1.Date(year: 2099, month: 12, day: 31))
    }
}

/// Whose report is pushed next, on top of which version: each unit's pushes follow each other.
final class PushTurns: Sendable {
    private struct Turn {
        var unit: String
        var version: UInt64 = 0
    }

    private let campaign: BenchmarkCampaign
    private let turns: Mutex<[Turn]>

    init(_ campaign: BenchmarkCampaign, units: [String]) {
        self.campaign = campaign
        turns = Mutex(units.map { Turn(unit: $0) })
    }

    /// Pushes one report. RESOURCE_EXHAUSTED when a push of every unit is under way.
    @discardableResult
    func push(_ client: SubmissionV1.SubmissionServiceClient) async throws(RPCError) -> SubmissionV1.PushResponse {
        guard var turn = turns.withLock({ $0.popLast() }) else {
            throw RPCError(.resourceExhausted, "a push of every unit is under way")
        }
        defer { turns.withLock { $0.append(turn) } }
        let response = try await client.push(campaign.push(turn.unit, on: turn.version))
        turn.version += 1
        return response
    }
}
