import ArgumentParser
import Logging
import ServiceKit
import Storage
import SubmissionStorage

/// `qm-submission store rewrap`.
struct RewrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap", abstract: "Wrap the keys of personal data by another key.",
        discussion: """
            Stop all copies of the service first. The configuration is the service's, with store.wrappingKey as it was; the \
            file of --to is made if it is not there. It can be stopped at any time, and goes on when it is run again with the \
            same files; until it has ended the service does not start. Then set store.wrappingKey to the new file, at all \
            copies, and destroy the earlier one with its backups.

            Example:
              qm-submission store rewrap --config submission.yaml --to submission-2027.wrap
            """)

    @OptionGroup var arguments: ServiceArguments
    @Option(help: "The file of the key that is to wrap them from now on.") var to: String

    func run() async throws {
        await ServiceProcess.run("submission", arguments, defaultPort: 7102) { [to] process in
            guard try process.isStoreThere() else {
                throw StartError(.configuration, "there is no store yet (store.path or store.url): nothing is wrapped")
            }
            let (key, wrappingKey) = (try process.signingKey(), try process.wrappingKey())
            let store = try process.openStore(migrations: SubmissionSchema.migrations, key: key)
            let count = try await PersonalRewrapping(
                of: store, from: wrappingKey, to: process.newWrappingKey(path: to)
            ).run()
            process.logger.notice(
                "all keys of personal data are wrapped by the new key: set store.wrappingKey to its file",
                metadata: ["wrapped_now": "\(count)", "file": "\(to)"])
        }
    }
}
