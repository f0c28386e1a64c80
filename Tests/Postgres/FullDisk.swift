internal import Glibc
internal import TestSupport

extension PostgresServer {
    /// Files of a cluster, by what is in the paths of all of them and no others.
    package enum Files: String, Sendable {
        case tables = "/data/base/"
        /// Its log (pg_wal) too.
        case all = "/data/"
    }

    /// From now on nothing is written to these files: a disk without room. For a server that was made so:
    /// ``Options/diskCanFill``.
    package func fillDisk(for files: Files) throws {
        try TextFile.write(files.rawValue, to: fullDiskPath, mode: 0o644)
    }

    package func makeRoom() { unlink(fullDiskPath) }

    private var fullDiskPath: String { Self.fullDiskPath(in: directory) }

    private static func fullDiskPath(in directory: String) -> String { "\(directory)/full" }

    /// What a server's processes are started with, so that Shim/fulldisk.c is between them and the disk.
    static func fullDiskEnvironment(in directory: String) async throws -> [String] {
        let library = try await PreloadedLibrary.build("Postgres/Shim/fulldisk.c", in: directory)
        return ["LD_PRELOAD=\(library)", "QM_FULLDISK=\(fullDiskPath(in: directory))"]
    }
}
