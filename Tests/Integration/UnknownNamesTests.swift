import Foundation
import Messages
import RPC
import TestProcesses
import TestTurns
import Testing
import Transport
import Wire

@Suite("Names that nobody knows, with the real programs", .serialized, .takesTurnsWithProcesses)
struct UnknownNamesTests {
    private static let units = ManyUnits(count: 4)

    /// Submission may ask the registry 60 times a second, and far more names are given than that.
    private func startedSuite() async throws -> RunningSuite {
        let suite = try await RunningSuite()
        let shipped = try String(contentsOfFile: RunningSuite.project("compose/policy.yaml"), encoding: .utf8)
        let usual = "callers: {callsPerSecond: 1000, burstCalls: 2000, concurrentCalls: 500}"
        #expect(shipped.contains(usual))
        let tight = usual + "\n  roles: {\"service:submission\": {callsPerSecond: 60, burstCalls: 60}}"
        let policy = try suite.write(shipped.replacing(usual, with: tight), to: "policy.yaml")
        try await suite.start(.gateway, settings: ["policy": policy])
        for service: RunningSuite.Service in [.registry, .submission] { try await suite.start(service) }
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        return suite
    }

    private static func unknown(_ unit: String, _ campaign: Int) -> SubmissionV1.PushRequest {
        SubmissionV1.PushRequest(
            report: SubmissionV1.Report(
                campaign: "none-\(campaign)", form: "none", formVersion: 1, reportingUnit: unit),
            idempotencyKey: "unknown-\(campaign)")
    }

    /// The codes of a batch's verdicts.
    private func codes(
        _ client: SubmissionV1.SubmissionServiceClient, unit: String, _ campaigns: Range<Int>
    ) async throws -> Set<UInt32> {
        let answer = try await client.pushBatch(
            .init(items: campaigns.map { Self.unknown(unit, $0) }, atomicity: .each))
        return Set(
            answer.verdicts.map {
                guard case .refused(let refusal) = $0.outcome else { return 0 }
                return refusal.code
            })
    }

    @Test("are NOT_FOUND however many are given at once, and what was published a moment ago is taken in meanwhile")
    func flood() async throws {
        let suite = try await startedSuite()
        let file = try suite.write(Self.units.file, to: "campaign.yaml")
        try await suite.succeed(as: "top-publisher", "campaign", "publish", file)
        let transport = try await suite.client(as: "top-reporter")
        let client = SubmissionV1.SubmissionServiceClient(transport)
        // The campaign was published a moment ago.
        #expect(try await client.push(Self.units.request(0)).receipt != nil)
        // Ten batches at once, each of a hundred names.
        try await withThrowingTaskGroup(of: Set<UInt32>.self) { group in
            for batch in 0..<10 {
                group.addTask {
                    try await codes(client, unit: "unit-1", batch * 100..<(batch + 1) * 100)
                }
            }
            for try await codes in group { #expect(codes == [UInt32(StatusCode.notFound.rawValue)]) }
        }
        // Single pushes, one after the other, and a campaign that comes in their midst.
        for number in 1_000..<1_100 {
            let error = await #expect(throws: RPCError.self) { try await client.push(Self.unknown("unit-1", number)) }
            #expect(error?.code == .notFound, "\(String(describing: error))")
        }
        let another = Self.units.file.replacing("code: \(ManyUnits.campaign)", with: "code: another")
        try await suite.succeed(
            as: "top-publisher", "campaign", "publish", try suite.write(another, to: "another.yaml"))
        var request = Self.units.request(0)
        request.report?.campaign = "another"
        request.idempotencyKey = "another-0"
        #expect(try await client.push(request).receipt != nil)
        await transport.close()
    }

    @Test("are UNAVAILABLE by themselves while the registry is away, and of no unit is told whether there is one")
    func withoutRegistry() async throws {
        let suite = try await startedSuite()
        let file = try suite.write(Self.units.file, to: "campaign.yaml")
        try await suite.succeed(as: "top-publisher", "campaign", "publish", file)
        try await suite.identity(organisation: Self.units.code(0), "reporter")
        let transport = try await suite.client(as: "top-reporter")
        let client = SubmissionV1.SubmissionServiceClient(transport)
        #expect(try await client.push(Self.units.request(0)).receipt != nil)
        try await suite.stop(.registry)
        let items = [
            Self.units.request(1), Self.unknown(Self.units.code(1), 1), Self.unknown(Self.units.code(1), 2),
            Self.units.request(2), Self.unknown("unit-nowhere", 3),
        ]
        func codes(_ client: SubmissionV1.SubmissionServiceClient) async throws -> [StatusCode?] {
            try await client.pushBatch(.init(items: items, atomicity: .each)).verdicts.map { verdict in
                guard case .refused(let refusal) = verdict.outcome else { return .ok }
                return StatusCode(rawValue: UInt8(refusal.code))
            }
        }
        #expect(try await codes(client) == [.ok, .unavailable, .unavailable, .ok, .unavailable])
        // None of these units is known to be the caller's.
        let others = try await suite.client(as: "\(Self.units.code(0))-reporter")
        let foreign = try await codes(SubmissionV1.SubmissionServiceClient(others))
        #expect(foreign == Array(repeating: .unavailable, count: items.count))
        await others.close()
        await transport.close()
    }
}
