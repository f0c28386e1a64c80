import TestProcesses
import TestSupport

extension RunningSuite {
    /// Builds a library of Shim/ into the suite's directory; returns its path, for LD_PRELOAD.
    func shim(_ name: String) async throws -> String {
        try await PreloadedLibrary.build("Integration/Shim/\(name).c", in: directory)
    }
}
