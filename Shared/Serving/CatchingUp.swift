public import Following
public import RPC
internal import Wire

/// Has calls answered only when all journals that their answers are made of have been followed to their ends once since the
/// start: before that, what is here may be true of no moment at all, as "0 of 60 reported" of a replica that cannot read the
/// journal of reports, or half of an inbox that is built again.
public struct CatchingUp: Sendable {
    private let followers: [JournalFollower]
    private let places: WaitingPlaces
    private let clock: any MonotonicClock

    /// - Parameter clock: the one that deadlines are kept on.
    public init(_ followers: [JournalFollower], places: WaitingPlaces, clock: any MonotonicClock) {
        self.followers = followers
        self.places = places
        self.clock = clock
    }

    /// Returns at once, or after a while in a place for calls that wait. UNAVAILABLE and not started when it lasts longer.
    public func wait(_ context: ServerContext, at place: String) async throws(RPCError) {
        if followers.allSatisfy({ $0.progress.hasCaughtUp }) { return }
        try await places.waiting(context, for: "journals to be followed", at: place) { () throws(RPCError) in
            let limit = PatientWait.limit(for: context, clock: clock)
            let isDone = await PatientWait.isDone(until: limit, clock: clock) {
                for follower in followers { try await follower.waitUntilCaughtUp() }
            }
            guard isDone else {
                throw .notStarted(
                    "this replica has not followed the journals to their ends since it started", at: place,
                    remedy: "ask again, or another replica")
            }
        }
    }
}
