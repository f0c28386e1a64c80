public import RPC
public import Wire

/// How long a call waits for what a journal has yet to bring.
public enum PatientWait {
    /// The longest. Of its deadline a call takes half: the other half is for another replica.
    public static let longestMicroseconds: UInt64 = 5_000_000

    /// When a call that begins to wait now gives up.
    public static func limit(for context: ServerContext, clock: any MonotonicClock) -> MonotonicInstant {
        let now = clock.now
        var wait = longestMicroseconds
        if let deadline = context.deadline { wait = min(wait, deadline.microseconds(since: now) / 2) }
        return now.advanced(byMicroseconds: wait)
    }

    /// Carries out `wait`, at most until `limit`. False when it did not return by then.
    public static func isDone(
        until limit: MonotonicInstant, clock: any MonotonicClock, _ wait: @escaping @Sendable () async throws -> Void
    ) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await wait()
                    return true
                } catch {
                    return false
                }
            }
            group.addTask {
                await clock.sleep(until: limit)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }
}
