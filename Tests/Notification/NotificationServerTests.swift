import Following
import Journal
import Logging
import Messages
import NotificationRules
import NotificationServer
import NotificationStorage
import RPC
import Reporting
import ReportingMessages
import Storage
import TestStores
import TestSupport
import Testing
import Wire

@Suite("Inboxes, filled from real journals") struct NotificationServerTests {
    let directory = TemporaryDirectory()

    private func sources(
        registryEpoch: UInt8 = 1, submissionEpoch: UInt8 = 2
    ) async throws -> (registry: JournalSource, submission: JournalSource) {
        let registry = try JournalSource.registry(in: directory, epoch: registryEpoch)
        try await registry.publish(Sample.campaign, Sample.organisations)
        let submission = try JournalSource.submission(in: directory, epoch: submissionEpoch)
        try await submission.reject("kaifeng")
        try await submission.accept("kaifeng", findings: [Sample.notice])
        try await submission.accept("zhengzhou")
        return (registry, submission)
    }

    @Test("a campaign, a rejection and a receipt are told to the unit they concern, with titles")
    func filled() async throws {
        let (registry, submission) = try await sources()
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let kaifeng = try await process.inbox("kaifeng")
        #expect(kaifeng.map(\.kind) == [.campaignPublished, .reportRejected, .reportReceived])
        #expect(
            kaifeng.map(\.subject) == ["【活动发布】河南省2019年“质量开放日”活动", "【未受理】《活动总结表》", "【已收到】《活动总结表》第1版"])
        #expect(kaifeng[1].body.contains(Sample.finding.message))
        #expect(kaifeng.allSatisfy { $0.readUnixUs == 0 && $0.occurredUnixUs == 1_567_300_000_000_000 })
        #expect(kaifeng.map(\.id) == kaifeng.map(\.id).sorted())
        #expect(try await process.inbox("zhengzhou").map(\.kind) == [.campaignPublished, .reportReceived])
        #expect(try await process.inbox("henan").isEmpty)
    }

    @Test("an inbox that is not whole yet is UNAVAILABLE and not started")
    func neverCaughtUp() async throws {
        let (registry, submission) = try await sources()
        let process = try NotificationProcess(in: directory, following: registry, submission)
        // Half of it.
        let registryAlone = Task { try await process.following.registry.run() }
        try await process.following.registry.waitUntilCaughtUp()
        registryAlone.cancel()
        try await registryAlone.value
        let call = Task { () throws(RPCError) in try await process.client().listInbox(.init(organisation: "kaifeng")) }
        let end = process.clock.now.advanced(byMicroseconds: PatientWait.longestMicroseconds)
        try await Patience.until("the request waits") { process.clock.nextWake == end }
        process.clock.advance(by: .microseconds(Int64(PatientWait.longestMicroseconds)))
        let error = await #expect(throws: RPCError.self) { try await call.value }
        #expect(error?.code == .unavailable && error?.isNotStarted == true)
        let waiting = Task { () throws(RPCError) in
            try await process.client().listInbox(.init(organisation: "kaifeng"))
        }
        try await process.catchUp(registry, submission)
        #expect(try await waiting.value.messages.count == 3)
    }

    @Test("a question that was given up is no error of anybody's")
    func givenUpQuestion() async throws {
        let (registry, submission) = try await sources()
        let process = try NotificationProcess(in: directory, following: registry, submission)
        let handler = process.handler
        let error = await givenUp(NotificationV1.NotificationService.Methods.listInbox, by: "service/console") {
            (context) throws(RPCError) in
            try await handler.listInbox(.init(organisation: "kaifeng"), context: context)
        }
        #expect(error?.code == .cancelled)
        #expect(process.log.lines(from: .info).isEmpty)
    }

    @Test("the same rejection again is told once; another is told")
    func repeatedRejection() async throws {
        let (registry, submission) = try await sources()
        for _ in 0..<3 { try await submission.reject("kaifeng") }
        try await submission.reject("kaifeng", digest: 2)
        try await submission.reject("kaifeng", findings: [Sample.notice])
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        #expect(try await process.inbox("kaifeng").count { $0.kind == .reportRejected } == 3)
    }

    @Test("a report itself is not read: what its entry says of it is told all the same")
    func reportNotRead() async throws {
        let (registry, submission) = try await sources()
        let findings = try SubmissionV1.ReportAcceptedFindings(findings: [.init(Sample.notice)]).encodedBytes()
        // The field `report`, three bytes that are no message.
        let body: [UInt8] = [0x0a, 3, 0xff, 0xff, 0xff] + findings
        #expect(throws: RPCError.self) { try SubmissionV1.ReportAccepted.decode(body) }
        try await submission.store.deciding {
            $0.append(
                kind: AcceptedReport.journalKind, statement: Sample.accepted("zhengzhou", version: 2).statement,
                body: body)
        }
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let last = try #require(try await process.inbox("zhengzhou").last)
        #expect(last.subject == "【已收到】《活动总结表》第2版")
        #expect(last.body.contains(Sample.notice.message))
    }

    @Test("reading and acknowledging mark a message once: the first instants stay")
    func marks() async throws {
        let (registry, submission) = try await sources()
        let ids: [UInt64]
        do {
            let first = try NotificationProcess(in: directory, following: registry, submission, wallClock: { 1_000 })
            try await first.catchUp(registry, submission)
            ids = try await first.inbox("kaifeng").map(\.id)
            let read = try await first.client("org/kaifeng/viewer").readMessage(
                .init(organisation: "kaifeng", id: ids[0]))
            #expect(read.message?.readUnixUs == 1_000)
            #expect(read.message?.acknowledgedUnixUs == 0)
            first.store.close()
        }
        let process = try NotificationProcess(in: directory, following: registry, submission, wallClock: { 2_000 })
        try await process.catchUp(registry, submission)
        let unit = process.client("org/kaifeng/reporter")
        #expect(try await unit.readMessage(.init(organisation: "kaifeng", id: ids[0])).message?.readUnixUs == 1_000)
        let acknowledged = try await unit.acknowledgeMessage(.init(organisation: "kaifeng", id: ids[0])).message
        #expect(acknowledged?.readUnixUs == 1_000)
        #expect(acknowledged?.acknowledgedUnixUs == 2_000)
        let other = try await unit.acknowledgeMessage(.init(organisation: "kaifeng", id: ids[1])).message
        #expect([other?.readUnixUs, other?.acknowledgedUnixUs] == [2_000, 2_000])
        #expect(try await unit.acknowledgeMessage(.init(organisation: "kaifeng", id: ids[1])).message == other)
        let unread = try await unit.listInbox(.init(organisation: "kaifeng", unreadOnly: true))
        #expect(unread.messages.map(\.id) == [ids[2]])
        #expect(unread.unread == 1)
    }

    @Test("a long inbox comes in pages, each message once")
    func pages() async throws {
        let (registry, submission) = try await sources()
        for digest in 2...60 as ClosedRange<UInt8> { try await submission.reject("kaifeng", digest: digest) }
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        var ids: [UInt64] = []
        var more = true
        while more {
            let page = try await process.client().listInbox(
                .init(organisation: "kaifeng", pageSize: 7, afterID: ids.last ?? 0))
            #expect(page.unread == 62)
            #expect(page.messages.count <= 7)
            ids += page.messages.map(\.id)
            more = page.more
        }
        #expect(ids.count == 62)
        #expect(ids == Set(ids).sorted())
    }

    @Test("an inbox is for its unit and those above; only the unit itself leaves marks")
    func access() async throws {
        let (registry, submission) = try await sources()
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let id = try #require(try await process.inbox("kaifeng").first?.id)
        for caller in ["org/henan/viewer", "service/console"] {
            let looking = process.client(caller)
            #expect(try await looking.listInbox(.init(organisation: "kaifeng")).messages.count == 3)
            #expect(try await looking.readMessage(.init(organisation: "kaifeng", id: id)).message?.readUnixUs == 0)
        }
        #expect(try await process.client("org/kaifeng/viewer").listInbox(.init(organisation: "kaifeng")).unread == 3)
        func code(_ body: () async throws -> Void) async -> StatusCode? {
            do {
                try await body()
                return nil
            } catch {
                return (error as? RPCError)?.code
            }
        }
        for caller in ["org/zhengzhou/reporter", "org/kaifeng/clerk"] {
            #expect(
                await code { _ = try await process.client(caller).listInbox(.init(organisation: "kaifeng")) }
                    == .permissionDenied)
        }
        for caller in ["org/henan/publisher", "org/kaifeng/viewer", "service/console"] {
            #expect(
                await code {
                    _ = try await process.client(caller).acknowledgeMessage(.init(organisation: "kaifeng", id: id))
                } == .permissionDenied)
        }
        let unit = process.client("org/kaifeng/reporter")
        for wrong in [id + 1 << 30, UInt64.max, 0] {
            #expect(
                await code { _ = try await unit.readMessage(.init(organisation: "kaifeng", id: wrong)) } == .notFound)
        }
        #expect(await code { _ = try await unit.listInbox(.init(organisation: "")) } == .invalidArgument)
        #expect(
            await code { _ = try await unit.listInbox(.init(organisation: "kaifeng", pageSize: 1001)) }
                == .invalidArgument)
    }

    @Test("a restart in the middle tells everything once")
    func restart() async throws {
        let (registry, submission) = try await sources()
        do {
            let process = try NotificationProcess(in: directory, following: registry, submission)
            try await process.catchUp(registry, submission)
            process.store.close()
        }
        try await submission.accept("kaifeng", version: 2, digest: 2)
        let again = try NotificationProcess(in: directory, following: registry, submission)
        try await again.catchUp(registry, submission)
        let fresh = try NotificationProcess(in: directory, following: registry, submission, name: "fresh")
        try await fresh.catchUp(registry, submission)
        #expect(try await again.inbox("kaifeng").count == 4)
        #expect(try await again.inbox("kaifeng") == (try await fresh.inbox("kaifeng")))
    }

    @Test("an inbox built again has the same messages, and marks of what is the same stay")
    func rebuild() async throws {
        let (registry, submission) = try await sources()
        // Only the journal that is lost told of this one.
        try await submission.accept("kaifeng", version: 2, digest: 9)
        do {
            let process = try NotificationProcess(in: directory, following: registry, submission)
            try await process.catchUp(registry, submission)
            let unit = process.client("org/kaifeng/reporter")
            for message in try await process.inbox("kaifeng") {
                _ = try await unit.acknowledgeMessage(.init(organisation: "kaifeng", id: message.id))
            }
            process.store.close()
        }
        let (newRegistry, newSubmission) = try await sources(registryEpoch: 3, submissionEpoch: 4)
        let rebuilt = try NotificationProcess(in: directory, following: newRegistry, newSubmission)
        try await rebuilt.catchUp(newRegistry, newSubmission)
        let fresh = try NotificationProcess(in: directory, following: newRegistry, newSubmission, name: "fresh")
        try await fresh.catchUp(newRegistry, newSubmission)
        var kaifeng = try await rebuilt.inbox("kaifeng")
        #expect(kaifeng.count == 3)
        #expect(kaifeng.allSatisfy { $0.readUnixUs != 0 && $0.acknowledgedUnixUs != 0 })
        for index in kaifeng.indices {
            kaifeng[index].readUnixUs = 0
            kaifeng[index].acknowledgedUnixUs = 0
        }
        #expect(kaifeng == (try await fresh.inbox("kaifeng")))
    }

    @Test("a journal that goes on in a new epoch is told to those who have receipts of the earlier one, once")
    func epochBegun() async throws {
        let (registry, submission) = try await sources()
        try await submission.append(
            "epoch.begun",
            TypeV1.EpochBegun(
                earlierEpoch: Array(repeating: 7, count: 16), earlierSize: 3, stateUnixUs: 1_567_300_000_000_000,
                reason: "restored from a backup", receiptHolders: ["kaifeng"]))
        for name in ["notification", "again"] {
            let process = try NotificationProcess(in: directory, following: registry, submission, name: name)
            try await process.catchUp(registry, submission)
            let told = try await process.inbox("kaifeng").filter { $0.kind == .epochBegun }
            #expect(told.count == 1)
            #expect(told.first?.body.contains("序号为3及以上的：报告已丢失") == true)
            #expect(told.first?.campaign == "")
            #expect(try await process.inbox("zhengzhou").allSatisfy { $0.kind != .epochBegun })
        }
    }

    @Test(
        "who had receipts that are lost is told too, though the journal knows nothing of them, also after another start"
    )
    func lostReceipts() async throws {
        let (registry, submission) = try await sources()
        do {
            let process = try NotificationProcess(in: directory, following: registry, submission)
            try await process.catchUp(registry, submission)
            process.store.close()
        }
        func restored(epoch: UInt8) async throws -> JournalSource {
            let restored = try JournalSource.submission(in: directory, epoch: epoch)
            try await restored.reject("kaifeng")
            try await restored.accept("kaifeng", findings: [Sample.notice])
            return restored
        }
        // It is gone again before it has said what it goes on from.
        let second = try await restored(epoch: 4)
        do {
            let process = try NotificationProcess(in: directory, following: registry, second)
            try await process.catchUp(registry, second)
            #expect(try await process.inbox("zhengzhou").map(\.kind) == [.campaignPublished])
            process.store.close()
        }
        let third = try await restored(epoch: 5)
        try await third.append(
            "epoch.begun",
            TypeV1.EpochBegun(
                earlierEpoch: Array(repeating: 2, count: 16), earlierSize: 2, reason: "restored from a backup",
                receiptHolders: ["kaifeng"]))
        let process = try NotificationProcess(in: directory, following: registry, third)
        try await process.catchUp(registry, third)
        for unit in ["kaifeng", "zhengzhou"] {
            #expect(try await process.inbox(unit).count { $0.kind == .epochBegun } == 1, "\(unit)")
        }
        #expect(try await process.inbox("henan").isEmpty)
    }

    @Test("the same entries again put nothing into any inbox")
    func duplicates() async throws {
        let (registry, submission) = try await sources()
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let before = try await process.inbox("kaifeng")
        for source in [registry, submission] {
            let epoch = source.store.epoch
            let entries = try await source.entries()
            try await process.store.commit(NotificationIntake(registry: entries))
            try await process.store.commit(NotificationIntake(submission: entries, epoch: epoch))
        }
        #expect(try await process.inbox("kaifeng") == before)
    }
}
