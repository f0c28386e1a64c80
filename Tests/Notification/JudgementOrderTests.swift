import Messages
import RPC
import Reporting
import TestStores
import Testing
import Wire

@Suite("Who may is judged before anything is told, by every method of notification")
struct NotificationJudgementOrderTests {
    private typealias Methods = NotificationV1.NotificationService.Methods
    let directory = TemporaryDirectory()

    /// A question about a unit's inbox that is wrong in every other way.
    private static func ask(
        _ method: MethodDescriptor, about unit: String, _ client: NotificationV1.NotificationServiceClient
    ) async throws {
        switch method {
        case Methods.listInbox:
            _ = try await client.listInbox(.init(organisation: unit, pageSize: 100_000, afterID: .max))
        case Methods.readMessage: _ = try await client.readMessage(.init(organisation: unit, id: .max))
        case Methods.acknowledgeMessage:
            _ = try await client.acknowledgeMessage(.init(organisation: unit, id: .max))
        default: Issue.record("\(method.name) is not judged here")
        }
    }

    @Test(
        "another's inbox, and one of nobody, are PERMISSION_DENIED, whatever is wrong",
        arguments: NotificationV1.NotificationService.Methods.all)
    func denied(method: MethodDescriptor) async throws {
        let registry = try JournalSource.registry(in: directory)
        try await registry.publish(Sample.campaign, Sample.organisations)
        let submission = try JournalSource.submission(in: directory)
        let process = try NotificationProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let told = await answers(about: ["kaifeng", "henan", "nowhere"]) { unit in
            try await Self.ask(method, about: unit, process.client("org/zhengzhou/reporter"))
        }
        #expect(told.count == 1, "\(told)")
        #expect(told.allSatisfy { $0.hasPrefix("PERMISSION_DENIED: ") }, "\(told)")
        for unit in ["kaifeng", ""] {
            let error = await #expect(throws: RPCError.self) {
                try await Self.ask(method, about: unit, process.client("org/kaifeng/clerk"))
            }
            #expect(error?.code == .permissionDenied)
        }
        // Its own is told that what it asks for is not there.
        let own = await answers(about: ["kaifeng"]) { unit in
            try await Self.ask(method, about: unit, process.client("org/kaifeng/reporter"))
        }
        #expect(!own.contains { $0.hasPrefix("PERMISSION_DENIED") }, "\(own)")
    }
}
