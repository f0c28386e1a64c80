internal import ArgumentParser
internal import Cryptography
internal import Journal

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Check that a service's journal is only appended to.",
        discussion: """
            What a service acknowledges stands in its journal, a log that is never changed. Its head, a checkpoint, is \
            signed. Keep one: whoever has it finds out if the log was rewritten behind it. Nothing that stands in the log \
            is needed for that, so every unit may do it.

            Once, over a connection you trust, and then from time to time:
              qmctl journal key > submission.vkey
              qmctl journal checkpoint --key submission.vkey > kept.checkpoint
              qmctl journal verify --key submission.vkey --since kept.checkpoint
            """,
        subcommands: [
            JournalCheckpointCommand.self, JournalVerifyCommand.self, JournalCompareCommand.self,
            JournalTilesCommand.self, JournalKeyCommand.self,
        ])
}

/// Which journal a command is about, and whose word is taken for it.
struct JournalOptions: ParsableArguments {
    @Option(help: "Whose journal: submission or registry.") var journal = JournalName.submission
    @Option(
        help: ArgumentHelp(
            "The key that signs it: a file with a verifier key (journal key) or 64 hexadecimal digits, or the digits; may be "
                + "given more than once. Without it the key is the one that the service names.",
            valueName: "hex|file"))
    var key: [String] = []
    @OptionGroup var gateway: GatewayOptions

    func open() async throws -> ServedLog {
        ServedLog(
            journal: journal, keys: try key.map { key throws(CommandFailure) in try ReceiptKey(option: key) },
            transport: try await ConsoleEnvironment.current.connect(gateway), options: gateway.callOptions)
    }
}

struct JournalKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Fetch the key that signs a journal, as a verifier key.",
        discussion: """
            NAME+HASH+KEY, as tools for signed notes know it (C2SP), under the name of the log as it is now. Fetch it once, \
            over a connection you trust, and keep it.

            Example:
              qmctl journal key --journal registry > registry.vkey
            """)

    @Option(help: "Whose journal: submission or registry.") var journal = JournalName.submission
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        let environment = ConsoleEnvironment.current
        let log = ServedLog(
            journal: journal, keys: [], transport: try await environment.connect(gateway), options: gateway.callOptions)
        try environment.print(try await log.namedKey().text)
    }
}

struct JournalCheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Print the head of a journal: a signed note.",
        discussion: """
            Its signature is checked first. What is printed is the note as it came and nothing else: origin, size and root \
            of the log, and signatures (C2SP tlog-checkpoint).

            Example:
              qmctl journal checkpoint --key submission.vkey > kept.checkpoint
            """)

    @OptionGroup var options: JournalOptions

    func run() async throws {
        let log = try await options.open()
        let head = try await log.head()
        // The note ends with a newline, as what is printed does.
        try ConsoleEnvironment.current.print(String(head.signed.description.dropLast()))
    }
}
