internal import Glibc

/// A library in C that a test has preloaded into a program of its own, so that the system fails for that alone (LD_PRELOAD).
package enum PreloadedLibrary {
    /// Builds one of a file in Tests/, e.g. "Integration/Shim/hungdisk.c", into a directory; returns its path.
    package static func build(_ source: String, in directory: String) async throws -> String {
        let tests = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
        let name = source.split(separator: "/").last?.split(separator: ".").first ?? ""
        let (library, log) = ("\(directory)/\(name).so", "\(directory)/\(name).log")
        var actions = SpawnActions()
        actions.open(log, as: 1)
        actions.duplicate(1, as: 2)
        let compiler = try actions.spawn(
            [
                "/usr/bin/env", "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library,
                "\(tests)/\(source)", "-ldl",
            ], ["PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin")"])
        var status: Int32 = 0
        try await Patience.until("clang ends") { waitpid(compiler, &status, WNOHANG) == compiler }
        guard status == 0 else { throw SpawnError("\(source): see \(log)") }
        return library
    }
}
