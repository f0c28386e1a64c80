internal import Foundation

/// `check.go`, built once for a run of the tests.
package enum ForeignTools {
    package struct Answer: Sendable {
        /// "good" or "bad".
        package let verdict: String
        /// The fields behind it.
        package let rest: [String]
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let directory = FileManager.default.temporaryDirectory.appending(
        path: "foreign-\(ProcessInfo.processInfo.processIdentifier)")

    private static let program: Result<URL, any Error> = Result {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: ForeignTools.directory) }
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "check.go")
        let program = directory.appending(path: "check")
        do {
            _ = try run(
                URL(filePath: "/usr/bin/env"), ["go", "build", "-o", program.path, source.path], input: "",
                environment: [
                    "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOPROXY": "off",
                    "GOTOOLCHAIN": "local", "GOCACHE": directory.appending(path: "cache").path,
                ])
        } catch {
            throw Failure(
                description: """
                    The check by a stranger's tools cannot be built. It needs golang-go and golang-golang-x-mod-dev: \
                    run compose/install-packages. \(error)
                    """)
        }
        return program
    }

    /// What the program answers to each question.
    package static func ask(_ questions: [String]) throws -> [Answer] {
        let output = try run(try program.get(), [], input: questions.map { $0 + "\n" }.joined(), environment: [:])
        let answers = output.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Answer(verdict: fields[0], rest: Array(fields.dropFirst()))
        }
        guard answers.count == questions.count else {
            throw Failure(description: "\(answers.count) answers to \(questions.count) questions")
        }
        return answers
    }

    /// Runs a program to its end, with files for its input and output: neither can fill up and hold it.
    private static func run(
        _ program: URL, _ arguments: [String], input: String, environment: [String: String]
    ) throws -> String {
        let files = directory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let inputFile = files.appending(path: "input")
        let outputFile = files.appending(path: "output")
        try Data(input.utf8).write(to: inputFile)
        try Data().write(to: outputFile)
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        let output = try FileHandle(forWritingTo: outputFile)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        let said = String(decoding: try Data(contentsOf: outputFile), as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program.lastPathComponent) ended with \(process.terminationStatus): \(said)")
        }
        return said
    }
}
