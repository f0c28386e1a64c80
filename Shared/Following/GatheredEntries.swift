internal import Journal
internal import Storage
internal import Synchronization

/// What a call has brought and has not taken effect yet: one task adds what comes, another takes all that is there as one
/// transaction. What comes while that one is stored makes up the next.
final class GatheredEntries: Sendable {
    /// What may be waiting, before the other side is made to wait: 1,000 entries, since each changes a few rows and databases
    /// limit a transaction to some thousands; and not many megabytes. What one response brings, or one group commit, comes
    /// in full.
    static let countLimit = 1_000
    static let bytesLimit = 2 << 20

    private struct Contents {
        /// Before `end`.
        var covered: [JournalEntry] = []
        var end: IncomingLog.End?
        /// Behind it.
        var uncovered: [JournalEntry] = []

        mutating func add(_ entries: [JournalEntry], _ end: IncomingLog.End?) {
            guard let end else { return uncovered += entries }
            covered += uncovered + entries
            uncovered = []
            self.end = end
        }
    }

    /// What the two tasks wait for: small, since whoever is woken gets a copy.
    private struct Level {
        var count = 0
        var bytes = 0
        /// Something may take effect.
        var hasEnd = false
        /// No more comes: for this reason.
        var outcome: Result<Void, any Error>?

        var isFull: Bool { hasEnd && (count >= countLimit || bytes >= bytesLimit) }
        var isReady: Bool { hasEnd || outcome != nil }
    }

    private let contents = Mutex(Contents())
    private let level = Watched(Level())

    /// Adds what a response brought. Returns when there is room for the next.
    func add(_ entries: [JournalEntry], _ end: IncomingLog.End?) async throws {
        contents.withLock { $0.add(entries, end) }
        let bytes = Self.bytes(entries)
        level.update { level in
            level.count += entries.count
            level.bytes += bytes
            if end != nil { level.hasEnd = true }
        }
        if level.value.isFull { _ = try await level.wait { !$0.isFull } }
    }

    /// No more comes.
    func finish(_ outcome: Result<Void, any Error>) {
        level.update { $0.outcome = outcome }
    }

    /// All that is there up to the last checkpoint that came; waits for one. `nil` after the last; what ``finish(_:)`` was
    /// told is thrown then.
    func next() async throws -> (entries: [JournalEntry], end: IncomingLog.End)? {
        while true {
            let ready = try await level.wait { $0.isReady }
            guard ready.hasEnd else {
                try ready.outcome?.get()
                return nil
            }
            let (entries, end) = contents.withLock { contents in
                defer { (contents.covered, contents.end) = ([], nil) }
                return (contents.covered, contents.end)
            }
            let bytes = Self.bytes(entries)
            level.update { level in
                level.count -= entries.count
                level.bytes -= bytes
                // More may have come since: its end was noted in the contents before it is said here.
                level.hasEnd = contents.withLock { $0.end != nil }
            }
            // Taken before it was said.
            guard let end else { continue }
            return (entries, end)
        }
    }

    private static func bytes(_ entries: [JournalEntry]) -> Int {
        entries.reduce(0) { $0 + $1.kind.utf8.count + $1.statement.count + $1.body.count }
    }
}
