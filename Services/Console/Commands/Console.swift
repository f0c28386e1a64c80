public import ArgumentParser
internal import Foundation
internal import ServiceKit

/// `qmctl`: everything a person or a script does with the suite, as an ordinary client of the gateway.
public struct Console: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "qmctl",
        abstract: "The command line of the quality month: publish campaigns, push reports, read what they add up to.",
        discussion: """
            Set the gateway and your identity once:

              export QM_GATEWAY=127.0.0.1:7100
              export QM_IDENTITY=$HOME/.qm/henan-zhengzhou     # cert.pem, key.pem, ca.pem

            A city's first report, its receipts kept and checked:

              qmctl campaign show henan-2019-open-day
              qmctl report push arrangement.json --receipts receipts
              qmctl receipt verify receipts --key receipt-key.hex

            Exit codes: 0 done; 1 refused, in whole or in part; 2 the command line or a file is not right; 3 the gateway \
            or a service does not answer now, try again; 4 done, but the result or a receipt cannot be written here.
            """,
        version: SuiteVersion.text,
        subcommands: [
            PKICommand.self, CampaignCommand.self, ReportCommand.self, ReceiptCommand.self, JournalCommand.self,
            StatsCommand.self, InboxCommand.self, HealthCommand.self, CallCommand.self, DescribeCommand.self,
        ])

    public init() {}

    /// Carries out a command line (without the program's name) and returns the exit code.
    public static func run(_ arguments: [String]) async -> Int32 {
        let code = await carryOut(arguments)
        await ConsoleEnvironment.current.disconnect()
        return code
    }

    private static func carryOut(_ arguments: [String]) async -> Int32 {
        let environment = ConsoleEnvironment.current
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let failure as CommandFailure {
            return told(failure, environment)
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let message = fullMessage(for: error)
            guard exitCode(for: error) == .success else {
                environment.report(message + "\n")
                return CommandFailure.Kind.input.rawValue
            }
            return help(message, environment)
        }
    }

    private static func help(_ text: String, _ environment: ConsoleEnvironment) -> Int32 {
        do throws(CommandFailure) {
            try environment.print(text)
            return 0
        } catch {
            return told(error, environment)
        }
    }

    private static func told(_ failure: CommandFailure, _ environment: ConsoleEnvironment) -> Int32 {
        environment.report("qmctl: \(failure.message)\n")
        return failure.kind.rawValue
    }
}
