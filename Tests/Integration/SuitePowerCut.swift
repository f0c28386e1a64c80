import Foundation
import TestProcesses

/// Cuts the power of a service's machine: see Shim/powercut.c.
struct PowerCut: Sendable {
    private let database: String
    private let library: String

    /// Builds the library into the suite's directory. It watches the database of `service`.
    init(_ suite: RunningSuite, _ service: RunningSuite.Service) async throws {
        database = suite.storePath(of: service)
        library = try await suite.shim("powercut")
    }

    /// For the process whose power will be cut.
    var environment: [String: String] { ["LD_PRELOAD": library, "QM_POWERCUT_DATABASE": database] }

    /// Leaves of the database what was synced. The process must be dead, and have been one with ``environment``.
    func lose() throws {
        let files = FileManager.default
        for path in [database, database + "-wal", database + "-journal"] {
            try? files.removeItem(atPath: path)
            let durable = path + ".durable"
            if files.fileExists(atPath: durable) { try files.moveItem(atPath: durable, toPath: path) }
        }
        try? files.removeItem(atPath: database + "-shm")
    }
}
