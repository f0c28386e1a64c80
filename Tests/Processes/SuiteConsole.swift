internal import Foundation
internal import TestSupport
package import Testing

/// What a run of qmctl left behind.
package struct ConsoleResult: Sendable {
    package let exitCode: Int32
    package let output: String
    package let errors: String

    /// The output as JSON.
    package func json() throws -> Any {
        try JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed)
    }
}

extension RunningSuite {
    /// Runs qmctl as `identity` ("CODE-ROLE") and waits for its end.
    package func qmctl(as identity: String? = nil, _ arguments: String...) async throws -> ConsoleResult {
        try await qmctl(as: identity, arguments)
    }

    package func qmctl(as identity: String?, _ arguments: [String]) async throws -> ConsoleResult {
        let run = directory + "/run-" + UUID().uuidString
        var environment = ["QM_GATEWAY": "127.0.0.1:\(port(of: .gateway))", "QM_TIMEOUT": "\(Patience.seconds)"]
        if let identity { environment["QM_IDENTITY"] = identityDirectory(identity) }
        let process = try SuiteProcess(
            path: Self.executable("qmctl"), arguments: arguments, environment: environment,
            outputPath: run + ".out", errorPath: run + ".err")
        guard case .exited(let code) = await process.ending() else {
            throw SuiteError("qmctl \(arguments.joined(separator: " ")) was killed: \(process.log)")
        }
        return ConsoleResult(
            exitCode: code, output: try String(contentsOfFile: run + ".out", encoding: .utf8),
            errors: try String(contentsOfFile: run + ".err", encoding: .utf8))
    }

    /// The same where only success will do; what went wrong is recorded with all that was said.
    @discardableResult
    package func succeed(
        as identity: String? = nil, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ConsoleResult {
        try await succeed(as: identity, arguments, sourceLocation: sourceLocation)
    }

    @discardableResult
    package func succeed(
        as identity: String? = nil, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ConsoleResult {
        let result = try await qmctl(as: identity, arguments)
        #expect(
            result.exitCode == 0, "qmctl \(arguments.joined(separator: " "))\n\(result.output)\(result.errors)",
            sourceLocation: sourceLocation)
        return result
    }

    /// Publishes a campaign as "top-publisher" and pushes all of its reports as "top-reporter"; returns where the receipts
    /// are.
    package func publishAndPush(_ units: ManyUnits) async throws -> String {
        try await succeed(as: "top-publisher", "campaign", "publish", try write(units.file, to: "campaign.yaml"))
        let receipts = directory + "/receipts"
        try await succeed(
            as: "top-reporter", "report", "push", try write(units.sheet, to: "reports.csv"), "--receipts", receipts)
        return receipts
    }
}
