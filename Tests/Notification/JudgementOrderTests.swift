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

    private func error(
        _ process: NotificationProcess, _ method: MethodDescriptor, _ unit: String, _ caller: String
    ) async -> RPCError? {
        let client = process.client(caller)
        do {
            switch method {
            case Methods.listInbox:
                _ = try await client.listInbox(.init(organisation: unit, pageSize: 100_000, afterID: .max))
            case Methods.readMessage: _ = try await client.readMessage(.init(organisation: unit, id: .max))
            case Methods.acknowledgeMessage:
                _ = try await client.acknowledgeMessage(.init(organisation: unit, id: .max))
            default: Issue.record("\(method.name) is not judged here")
            }
            return nil
        } catch {
            return error
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
        var messages: Set<String> = []
        for unit in ["kaifeng", "henan", "nowhere"] {
            let error = await error(process, method, unit, "org/zhengzhou/reporter")
            #expect(error?.code == .permissionDenied, "\(unit): \(String(describing: error))")
            messages.insert(error?.message.replacing("'\(unit)'", with: "UNIT") ?? "")
        }
        #expect(messages.count == 1)
        for unit in ["kaifeng", ""] {
            #expect(await error(process, method, unit, "org/kaifeng/clerk")?.code == .permissionDenied)
        }
        // Its own is told that what it asks for is not there.
        #expect(await error(process, method, "kaifeng", "org/kaifeng/reporter")?.code != .permissionDenied)
    }
}
