import ArgumentParser
import Messages
import RPC
import Synchronization
import Transport
import Wire

struct Push: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pushes 30-value reports through the gateway: checked, journaled, synced to disk, receipted.")

    @OptionGroup var identity: IdentityOptions
    @Option(help: "Directory of the identity that publishes the campaign, as --identity.") var publisher: String
    @Option(help: "The gateway, HOST:PORT.") var target: String
    @Option var connections = 4
    @Option(help: "Pushes in flight on each connection.") var inflight = 32
    @Option var seconds = 4.0

    /// Another one each time, so that every push is new.
    static let campaign = "benchmark-\(UInt32.random(in: 0...UInt32.max))"
    static let form = "benchmark-form"
    static let issuer = "province"

    func run() async throws {
        let load = try await LoadClient(identity, target: target, service: "gateway", connections: connections)
        let callers = connections * inflight
        var publisherIdentity = identity
        publisherIdentity.identity = publisher
        let publishing = try await LoadClient(publisherIdentity, target: target, service: "gateway", connections: 1)
        try await publish(RegistryV1.RegistryServiceClient(publishing.client), units: callers)
        await publishing.client.close()
        let client = SubmissionV1.SubmissionServiceClient(load.client)
        let turns = Mutex((0..<callers).map { Self.reportingUnit($0) }.map { Turn(unit: $0) })
        let run = await LoadRun.measure(
            callers: callers, seconds: seconds, executor: load.loops.all[0]
        ) { () async throws(RPCError) in
            guard var turn = turns.withLock({ $0.popLast() }) else { return }
            _ = try await client.push(turn.nextPush())
            turn.version += 1
            let next = turn
            turns.withLock { $0.append(next) }
        }
        print(run.summary)
        await load.client.close()
    }

    /// Whose report is pushed next, on top of which version: each unit's pushes follow each other.
    private struct Turn {
        var unit: String
        var version: UInt64 = 0

        func nextPush() -> SubmissionV1.PushRequest {
            SubmissionV1.PushRequest(
                report: SubmissionV1.Report(
                    campaign: Push.campaign, form: Push.form, formVersion: 1, reportingUnit: unit,
                    cells: (0..<30).map {
                        TypeV1.Cell(field: "visitors_total_\($0)", kind: .integer(Int64($0 * 997) + Int64(version)))
                    }),
                baseVersion: version, idempotencyKey: "\(Push.campaign)-\(unit)-\(version + 1)")
        }
    }

    private static func reportingUnit(_ index: Int) -> String { "unit-\(index)" }

    private func publish(_ registry: RegistryV1.RegistryServiceClient, units: Int) async throws {
        let organisations =
            [
                RegistryV1.Organisation(
                    code: Self.issuer, name: "省局", kind: .authority, divisionCode: "410000", reportsTo: "")
            ]
            + (0..<units).map {
                RegistryV1.Organisation(
                    code: Self.reportingUnit($0), name: "单位\($0)", kind: .authority, divisionCode: "410100",
                    reportsTo: Self.issuer)
            }
        let form = RegistryV1.FormDefinition(
            code: Self.form, version: 1, title: "统计表", annex: "附件1",
            fields: (0..<30).map {
                RegistryV1.Field(
                    code: "visitors_total_\($0)", label: "接待参观来访人员总数\($0)", section: "活动成效", kind: .integer)
            },
            reporters: .listed, expectedReporters: (0..<units).map(Self.reportingUnit),
            dueDate: TypeV1.Date(year: 2099, month: 12, day: 30), lockDate: TypeV1.Date(year: 2099, month: 12, day: 31))
        let campaign = RegistryV1.Campaign(
            code: Self.campaign, title: "质量月", year: 2099, issuer: Self.issuer, theme: "质量第一",
            beginsOn: TypeV1.Date(year: 2099, month: 9, day: 1), endsOn: TypeV1.Date(year: 2099, month: 9, day: 30),
            notices: [
                RegistryV1.Notice(
                    documentNumber: "豫市监办〔2099〕1号", title: "通知", issuer: Self.issuer,
                    issuedOn: TypeV1.Date(year: 2099, month: 8, day: 1))
            ],
            forms: [form])
        _ = try await registry.publishCampaign(
            RegistryV1.PublishCampaignRequest(campaign: campaign, organisations: organisations))
    }
}
