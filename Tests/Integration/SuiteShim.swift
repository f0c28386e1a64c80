import Foundation
import TestProcesses

extension RunningSuite {
    /// Builds a library of Shim/ into the suite's directory; returns its path, for LD_PRELOAD.
    func shim(_ name: String) async throws -> String {
        let library = "\(directory)/\(name).so"
        let compiler = try SuiteProcess(
            path: "/usr/bin/env",
            arguments: [
                "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library,
                Self.project("Tests/Integration/Shim/\(name).c"), "-ldl",
            ], logPath: "\(directory)/\(name).log")
        guard await compiler.ending() == .exited(0) else { throw SuiteError("\(name).c: \(compiler.log)") }
        return library
    }
}
