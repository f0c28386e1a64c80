internal import Glibc
internal import TestSupport

/// A directory for the clusters of this process, and a process beside it that ends their servers and removes it once this
/// one is gone, however it went.
///
/// A signal at the parent's death (PR_SET_PDEATHSIG) would come when the thread that started a server ends, which
/// Swift's threads do, and it removes no directory. The guard waits for the end of a pipe instead, which only this process
/// holds open; its group of processes holds all servers.
package final class PostgresGuard: Sendable {
    package let directory: String
    /// Of the guard and of all servers.
    let group: pid_t

    static let shared = Result { try PostgresGuard() }

    /// SIGQUIT has a server end at once and in order. A server that was killed leaves its segment of shared memory (line 7
    /// of postmaster.pid). A process that came later may have the number of one that is gone: nobody is killed by number.
    private static let script = """
        trap '' INT TERM HUP QUIT
        cat >/dev/null
        kill -QUIT 0
        for file in "$1"/*/data/postmaster.pid; do
            waited=0
            while [ -e "$file" ] && [ $waited -lt 100 ]; do
                kill -0 "$(head -n 1 "$file")" 2>/dev/null || break
                sleep 0.1
                waited=$((waited + 1))
            done
            [ ! -e "$file" ] || ipcrm -m "$(sed -n '7s/.* //p' "$file")" 2>/dev/null
        done
        rm -rf "$1"
        """

    private let held: Int32

    package init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/qm-postgres-XXXXXX".utf8CString)
        directory = try template.withUnsafeMutableBufferPointer { buffer in
            guard mkdtemp(buffer.baseAddress!) != nil else {
                throw SpawnError("\(parent): no directory, errno \(errno)")
            }
            return String(cString: buffer.baseAddress!)
        }
        // The servers' user passes through.
        chmod(directory, 0o755)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SpawnError("no pipe: errno \(errno)") }
        // Another program that this process starts must not hold the guard back.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = SpawnActions()
        actions.duplicate(ends[0], as: 0)
        group = try actions.spawn(["/bin/sh", "-c", Self.script, "sh", directory], ["PATH=/usr/bin:/bin"], group: 0)
        held = ends[1]
    }

    /// What the guard sees when this process is gone.
    package func release() { close(held) }
}
