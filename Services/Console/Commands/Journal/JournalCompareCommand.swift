internal import ArgumentParser
internal import Journal

struct JournalCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Hold a journal against checkpoints that were kept earlier.",
        discussion: """
            FILE holds any number of checkpoints, one after the other, as journal checkpoint prints them and as a service \
            appends them to its store.checkpointFile. Each must be signed, and the service must prove that its log begins with \
            what it covers. So a history that was rewritten is found out by whoever kept one checkpoint of it, also when all \
            signatures were made again.

            Says which hold. At the first that does not it ends with exit code 1, and says why: a second history, a shorter \
            log, a log of another epoch, or a signature that is none.

            Example:
              qmctl journal compare --key submission.vkey shipped.checkpoints
            """)

    @OptionGroup var options: JournalOptions
    @Argument(help: "The checkpoints that were kept.") var file: String

    func run() async throws {
        let kept = try KeptCheckpoint.all(in: file)
        let log = try await options.open()
        let head = try await log.head(since: kept.first)
        try ConsoleEnvironment.current.print(head.words)
        var last: SignedCheckpoint?
        for older in kept {
            // One that was appended twice.
            if older.signed != last { try await log.check(head, goesOnFrom: older) }
            last = older.signed
            try ConsoleEnvironment.current.print("holds: \(older.size) entries, \(older.signed.checkpoint.root.base64)")
        }
        try ConsoleEnvironment.current.print("all \(kept.count) checkpoints of \(file) hold")
    }
}
