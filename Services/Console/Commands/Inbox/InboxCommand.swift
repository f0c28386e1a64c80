internal import ArgumentParser
internal import MessageJSON
internal import Messages
internal import RPC

struct InboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox", abstract: "What an organisation was told: list, read, acknowledge.",
        subcommands: [InboxListCommand.self, InboxReadCommand.self, InboxAcknowledgeCommand.self])
}

struct InboxListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List an organisation's messages, the oldest first.",
        discussion: """
            Examples:
              qmctl inbox list henan-zhengzhou
              qmctl inbox list henan-zhengzhou --unread --output json
            """)

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "The organisation's code.") var organisation: String
    @Flag(help: "Only what nobody has read.") var unread = false
    @Option(help: "table, json or csv.") var output = OutputFormat.table

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let client = NotificationV1.NotificationServiceClient(try await environment.connect(gateway))
        var messages: [NotificationV1.InboxMessage] = []
        var page = NotificationV1.ListInboxResponse()
        repeat {
            let request = NotificationV1.ListInboxRequest(
                organisation: organisation, unreadOnly: unread, pageSize: 1000, afterID: messages.last?.id ?? 0)
            do throws(RPCError) {
                page = try await client.listInbox(request, options: gateway.callOptions)
            } catch {
                throw CommandFailure(error, doing: "inbox of \(organisation)")
            }
            messages += page.messages
        } while page.more && !page.messages.isEmpty

        switch output {
        case .json: try environment.print(JSONValue.array(messages.map(\.json)).written())
        case .csv: try environment.print(Self.table(messages).writtenAsCSV)
        case .table:
            try environment.print(Self.table(messages).written)
            try environment.print("\(page.unread) unread")
        }
    }

    private static func table(_ messages: [NotificationV1.InboxMessage]) -> TextTable {
        var table = TextTable([
            .init("id", .right), .init("when (Asia/Shanghai)"), .init("kind"), .init("state"), .init("subject"),
        ])
        for message in messages {
            table.append([
                String(message.id), shanghaiTime(message.occurredUnixUs), message.kind.words, message.state,
                message.subject,
            ])
        }
        return table
    }
}

/// Which message a command is about.
struct InboxMessageOptions: ParsableArguments {
    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "The organisation's code.") var organisation: String
    @Argument(help: "The message's id, from inbox list.") var id: UInt64

    /// Makes the call; a failure names the message.
    func call<Response>(
        _ body: (NotificationV1.NotificationServiceClient, CallOptions) async throws(RPCError) -> Response
    ) async throws -> Response {
        let client = NotificationV1.NotificationServiceClient(try await ConsoleEnvironment.current.connect(gateway))
        do throws(RPCError) {
            return try await body(client, gateway.callOptions)
        } catch {
            throw CommandFailure(error, doing: "message \(id) of \(organisation)")
        }
    }
}

struct InboxReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Show one message and mark it read.",
        discussion: """
            Example:
              qmctl inbox read henan-zhengzhou 1
            """)

    @OptionGroup var message: InboxMessageOptions

    func run() async throws {
        let response = try await message.call { (client, options) throws(RPCError) in
            try await client.readMessage(.init(organisation: message.organisation, id: message.id), options: options)
        }
        try ConsoleEnvironment.current.print(response.message?.letter ?? "")
    }
}

struct InboxAcknowledgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Say that a message has been taken note of.",
        discussion: """
            Example:
              qmctl inbox ack henan-zhengzhou 1
            """)

    @OptionGroup var message: InboxMessageOptions

    func run() async throws {
        let response = try await message.call { (client, options) throws(RPCError) in
            try await client.acknowledgeMessage(
                .init(organisation: message.organisation, id: message.id), options: options)
        }
        try ConsoleEnvironment.current.print("acknowledged \(shanghaiTime(response.message?.acknowledgedUnixUs ?? 0))")
    }
}

extension NotificationV1.InboxMessageKind {
    fileprivate var words: String {
        switch self {
        case .campaignPublished: "campaign published"
        case .reportReceived: "report received"
        case .reportRejected: "report rejected"
        case .epochBegun: "check earlier receipts"
        case .unspecified: "-"
        case .unrecognized(let number): "kind \(number)"
        }
    }
}

extension NotificationV1.InboxMessage {
    fileprivate var state: String {
        acknowledgedUnixUs != 0 ? "acknowledged" : readUnixUs != 0 ? "read" : "new"
    }

    fileprivate var letter: String {
        """
        \(subject)
        \(kind.words), \(shanghaiTime(occurredUnixUs)) (Asia/Shanghai), \(state)

        \(body)
        """
    }

    fileprivate var json: JSONValue {
        .object([
            "id": .number(id), "organisation": .text(organisation), "kind": .text(kind.words),
            "subject": .text(subject), "body": .text(body), "campaign": .text(campaign), "form": .text(form),
            "occurred_unix_us": .number(occurredUnixUs), "read_unix_us": .number(readUnixUs),
            "acknowledged_unix_us": .number(acknowledgedUnixUs),
        ])
    }
}
