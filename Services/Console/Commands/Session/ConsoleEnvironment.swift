internal import ArgumentParser
internal import Foundation
internal import MessageRuntime
internal import Messages
internal import RPC

/// What a command may touch of the outside: the gateway, the two streams, the terminal. Tests put their own in place.
struct ConsoleEnvironment: Sendable {
    @TaskLocal static var current = ConsoleEnvironment.process

    /// Opens a way to the gateway. The connection itself is made when the first call needs it.
    var connect: @Sendable (GatewayOptions) async throws -> any ClientTransport
    /// Ends what ``connect`` opened.
    var disconnect: @Sendable () async -> Void
    /// Writes a line to the standard output: the command's result. Throws when nobody takes it.
    var print: @Sendable (String) throws(CommandFailure) -> Void
    /// Writes text to the standard error as it is: progress and warnings.
    var report: @Sendable (String) -> Void
    /// Whether a person watches the standard error.
    var isTerminal: Bool
    /// What can be called by name.
    var catalogs: [MessageCatalog] = [.suite]
    /// Reads the standard input to its end.
    var readStandardInput: @Sendable () throws(CommandFailure) -> [UInt8] = { () throws(CommandFailure) in
        do {
            return Array(try FileHandle.standardInput.readToEnd() ?? Data())
        } catch {
            throw CommandFailure(.input, "standard input: cannot be read: \(error)")
        }
    }

    /// This process, its streams and the gateway that the options name.
    static let process = makeProcess()

    private static func makeProcess() -> ConsoleEnvironment {
        let connection = GatewayConnection()
        return ConsoleEnvironment(
            connect: { try await connection.open($0) },
            disconnect: { await connection.close() },
            print: { line throws(CommandFailure) in try writeResult(line + "\n") },
            // Where that cannot be written nobody is left to be told; the exit code says it.
            report: { text in try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) },
            isTerminal: isatty(STDERR_FILENO) == 1)
    }

    private static func writeResult(_ text: String) throws(CommandFailure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            throw CommandFailure(.output, "standard output: the result cannot be written: \(reason(error))")
        }
    }
}

extension ConsoleEnvironment {
    /// Reads a file whole, or says which one could not be read and why.
    static func contents(of path: String) throws(CommandFailure) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw CommandFailure(.input, "\(path): cannot be read: \(reason(error))")
        }
    }

    /// The same; `nil` when there is no such file.
    static func contentsIfAny(of path: String) throws(CommandFailure) -> [UInt8]? {
        FileManager.default.fileExists(atPath: path) ? try contents(of: path) : nil
    }

    /// Writes a file whole: there with all its bytes, or not at all.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(.input, "\(path): cannot be written: \(reason(error))")
        }
    }

    static func makeDirectory(_ path: String) throws(CommandFailure) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.input, "\(path): cannot be made a directory: \(reason(error))")
        }
    }

    /// Receipts' files: those named, and those kept in a directory that is named.
    static func receipts(at paths: [String]) throws(CommandFailure) -> [String] {
        var files: [String] = []
        for path in paths { files += try receipts(at: path) }
        return files
    }

    private static func receipts(at path: String) throws(CommandFailure) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            return [path]
        }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            return names.filter { $0.hasSuffix(".receipt.json") }.sorted().map { "\(path)/\($0)" }
        } catch {
            throw CommandFailure(.input, "\(path): cannot be read: \(reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        // The cause is an NSError on macOS and a value of Swift's on Linux; this cast takes both.
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        let cause = (underlying ?? error) as NSError
        return cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : "\(error)"
    }
}
