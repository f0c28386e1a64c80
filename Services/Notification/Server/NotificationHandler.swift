public import Logging
public import Messages
internal import NotificationRules
public import NotificationStorage
public import RPC
internal import Reporting
public import Serving
internal import Wire

/// Notification's RPC surface (notification.proto). An inbox is shown once it is whole: see ``Serving/CatchingUp``.
public struct NotificationHandler: NotificationV1.NotificationServiceHandler {
    static let defaultPageSize: UInt32 = 200
    static let greatestPageSize: UInt32 = 1000

    private let inboxes: InboxStore
    private let catchingUp: CatchingUp
    private let faults: ServiceFaults

    /// - Parameter catchingUp: with those that fill the inboxes.
    public init(_ inboxes: InboxStore, catchingUp: CatchingUp, logger: Logger) {
        self.inboxes = inboxes
        self.catchingUp = catchingUp
        faults = ServiceFaults("notification", logger)
    }

    /// Serves every method, those with large answers off the event loops.
    public func serve(on router: inout Router) {
        register(on: &router)
        let methods = NotificationV1.NotificationService.Methods.self
        router.continueOffLoop([methods.listInbox])
        router.takePlaces([methods.readMessage, methods.acknowledgeMessage])
    }

    public func listInbox(
        _ request: NotificationV1.ListInboxRequest, context: ServerContext
    ) async throws(RPCError) -> NotificationV1.ListInboxResponse {
        let place = "inbox of '\(request.organisation)'"
        let permit = try await access(request.organisation, place, context).permit
        guard request.pageSize <= Self.greatestPageSize else {
            throw .refusal(
                .invalidArgument, "a page of \(request.pageSize) messages is too large", at: place,
                remedy: "ask for at most \(Self.greatestPageSize), then for those after the last id")
        }
        return try await storing(place) {
            let page = try await inboxes.page(
                of: permit, after: request.afterID,
                limit: Int(request.pageSize == 0 ? Self.defaultPageSize : request.pageSize),
                unreadOnly: request.unreadOnly)
            let campaigns = try await inboxes.campaigns(Set(page.entries.map(\.item.campaign)))
            return NotificationV1.ListInboxResponse(
                messages: page.entries.map { $0.message(campaigns[$0.item.campaign]) }, more: page.hasMore,
                unread: UInt32(clamping: page.unread))
        }
    }

    public func readMessage(
        _ request: NotificationV1.ReadMessageRequest, context: ServerContext
    ) async throws(RPCError) -> NotificationV1.ReadMessageResponse {
        let place = "message \(request.id) of '\(request.organisation)'"
        let access = try await access(request.organisation, place, context)
        // Marks share a commit, and wait for it without a place.
        if access.marksRead { context.call.leavePlace() }
        let message = try await message(place) {
            access.marksRead
                ? try await marked(.read, of: access.permit, id: request.id)
                : try await inboxes.entry(of: access.permit, id: request.id)
        }
        return NotificationV1.ReadMessageResponse(message: message)
    }

    public func acknowledgeMessage(
        _ request: NotificationV1.AcknowledgeMessageRequest, context: ServerContext
    ) async throws(RPCError) -> NotificationV1.AcknowledgeMessageResponse {
        let place = "message \(request.id) of '\(request.organisation)'"
        let access = try await access(request.organisation, place, context)
        do throws(AccessDenial) {
            try access.acknowledge()
        } catch {
            throw .denied(error, context.caller, at: place)
        }
        context.call.leavePlace()
        let message = try await message(place) {
            try await marked(.acknowledged, of: access.permit, id: request.id)
        }
        return NotificationV1.AcknowledgeMessageResponse(message: message)
    }

    // MARK: What the methods share

    private func access(
        _ organisation: String, _ place: String, _ context: ServerContext
    ) async throws(RPCError) -> InboxAccess {
        let caller = Caller(context.caller)
        do throws(AccessDenial) {
            try UnitAccess.reading.role(of: caller)
        } catch {
            throw .denied(error, context.caller, at: place)
        }
        guard !organisation.isEmpty else {
            throw .refusal(
                .invalidArgument, "no organisation is named", at: "organisation", remedy: "name whose inbox to open")
        }
        try await catchingUp.wait(context, at: place)
        let superiors = try await storing(place) { try await inboxes.superiors(of: organisation) }
        do throws(AccessDenial) {
            return try InboxAccess(caller, to: organisation, superiors: superiors)
        } catch {
            throw .denied(error, context.caller, at: place)
        }
    }

    private func marked(_ mark: InboxStore.Mark, of permit: UnitPermit, id: UInt64) async throws -> InboxEntry? {
        guard let marked = try await inboxes.mark(mark, of: permit, id: id) else { return nil }
        if marked.isNew { faults.wrote() }
        return marked.entry
    }

    private func message(
        _ place: String, _ find: () async throws -> InboxEntry?
    ) async throws(RPCError) -> NotificationV1.InboxMessage {
        let found = try await storing(place) { () -> NotificationV1.InboxMessage? in
            guard let entry = try await find() else { return nil }
            return entry.message(try await inboxes.campaigns([entry.item.campaign])[entry.item.campaign])
        }
        guard let found else {
            throw .refusal(
                .notFound, "there is no such message", at: place, remedy: "list the inbox to see its messages")
        }
        return found
    }

    /// Carries out what needs the store; translates what it throws.
    private func storing<Value>(
        _ place: String, _ body: () async throws -> Value
    ) async throws(RPCError) -> Value {
        do {
            return try await body()
        } catch {
            throw faults.status(of: error, doing: place)
        }
    }
}

extension InboxEntry {
    func message(_ campaign: Campaign?) -> NotificationV1.InboxMessage {
        let text = InboxText(item, campaign: campaign)
        let kind: NotificationV1.InboxMessageKind =
            switch item.fact {
            case .campaignPublished: .campaignPublished
            case .reportReceived: .reportReceived
            case .reportRejected: .reportRejected
            case .epochBegun: .epochBegun
            }
        return NotificationV1.InboxMessage(
            id: item.id, organisation: item.organisation, kind: kind, subject: text.subject, body: text.body,
            campaign: item.campaign, form: item.form, occurredUnixUs: item.occurredUnixMicroseconds,
            readUnixUs: readUnixMicroseconds ?? 0, acknowledgedUnixUs: acknowledgedUnixMicroseconds ?? 0)
    }
}
