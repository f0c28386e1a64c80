public import Wire

/// When an endpoint is taken out for a while although it can be reached. After Envoy's outlier detection, made to be
/// right for two or three replicas: consecutive failures only, since a rate needs more hosts to compare.
public struct EjectionSettings: Sendable, Hashable {
    /// Failures in a row that eject.
    public var consecutiveFailures: Int
    /// The first ejection lasts so long, the n-th in a row n times as long.
    public var baseSeconds: UInt64
    public var maximumSeconds: UInt64
    /// At most so many of the endpoints are out at once, rounded down, and never the last one. One may be out whatever
    /// the percentage, if there are others and it is not zero: with two or three endpoints nothing would ever be left out
    /// otherwise.
    public var maximumPercent: Int

    public init(
        consecutiveFailures: Int = 5, baseSeconds: UInt64 = 30, maximumSeconds: UInt64 = 300, maximumPercent: Int = 50
    ) {
        self.consecutiveFailures = max(1, consecutiveFailures)
        self.baseSeconds = baseSeconds
        self.maximumSeconds = maximumSeconds
        self.maximumPercent = maximumPercent
    }
}

/// Judges the endpoints of one service by what became of the calls to them.
///
/// An endpoint that is out comes back with one probe: the next call goes there, and its outcome decides. Endpoints are
/// known by ids of the owner's choosing.
public struct OutlierDetection: Sendable {
    public enum Failure: Sendable, Hashable {
        /// A call failed in a way that speaks against the endpoint: UNAVAILABLE that does not come of draining, or RESET.
        case call
        /// A connection that had worked broke.
        case connection
    }

    public enum OnOutcome: Sendable, Hashable {
        case unchanged
        /// Send no calls there until ``expire(at:)`` says so.
        case ejected
        /// It counts again, and warms up anew.
        case admitted
        /// The probe told nothing: the next call is one.
        case probeAgain
    }

    private enum State: Sendable, Hashable {
        case admitted
        case ejected(until: MonotonicInstant)
        /// The next call is the probe.
        case awaitingProbe
        /// Its outcome is due; when none comes by then, there is another probe.
        case probing(until: MonotonicInstant)
    }

    private struct Member: Sendable {
        var failures = 0
        /// How many ejections in a row.
        var ejections: UInt64 = 0
        var admittedAt = MonotonicInstant(nanoseconds: 0)
        var state = State.admitted
    }

    private let settings: EjectionSettings
    private var members: [Int: Member] = [:]

    public init(settings: EjectionSettings) {
        self.settings = settings
    }

    public mutating func add(_ id: Int) {
        members[id] = Member()
    }

    public mutating func remove(_ id: Int) {
        members[id] = nil
    }

    /// Whether calls go to the endpoint, the probe aside.
    public func isAdmitted(_ id: Int) -> Bool { members[id]?.state == .admitted }

    /// When the ejection of an endpoint ends; `nil` for one that is not out, or whose next call decides.
    public func ejectedUntil(_ id: Int) -> MonotonicInstant? {
        guard case .ejected(let until) = members[id]?.state else { return nil }
        return until
    }

    /// Whether successes of this endpoint are of interest at all: they need not be reported otherwise.
    public func awaitsSuccess(_ id: Int) -> Bool {
        guard let member = members[id] else { return false }
        return member.failures > 0 || member.state != .admitted
    }

    public var ejectedCount: Int { members.values.count { $0.state != .admitted } }

    private var maximumEjected: Int {
        guard settings.maximumPercent > 0 else { return 0 }
        return min(members.count - 1, max(1, members.count * settings.maximumPercent / 100))
    }

    /// A call was answered, whatever the answer.
    public mutating func succeeded(_ id: Int, at now: MonotonicInstant) -> OnOutcome {
        guard var member = members[id] else { return .unchanged }
        defer { members[id] = member }
        member.failures = 0
        switch member.state {
        case .admitted, .ejected: return .unchanged
        case .awaitingProbe, .probing:
            member.state = .admitted
            member.admittedAt = now
            return .admitted
        }
    }

    public mutating func failed(_ id: Int, _ failure: Failure, at now: MonotonicInstant) -> OnOutcome {
        guard var member = members[id] else { return .unchanged }
        defer { members[id] = member }
        switch member.state {
        case .ejected: return .unchanged
        case .awaitingProbe, .probing:
            eject(&member, at: now)
            return .ejected
        case .admitted:
            member.failures += 1
            guard member.failures >= settings.consecutiveFailures, ejectedCount < maximumEjected else {
                return .unchanged
            }
            // Ejections are forgotten one by one while the endpoint works.
            let quiet = now.microseconds(since: member.admittedAt) / 1_000_000 / max(1, settings.baseSeconds)
            member.ejections -= min(member.ejections, quiet)
            eject(&member, at: now)
            return .ejected
        }
    }

    private func eject(_ member: inout Member, at now: MonotonicInstant) {
        member.failures = 0
        member.ejections += 1
        let seconds = min(settings.baseSeconds * member.ejections, settings.maximumSeconds)
        member.state = .ejected(until: now.advanced(byMicroseconds: seconds * 1_000_000))
    }

    /// A call to the endpoint ended in a way that tells nothing about it: cancelled, too late, or not taken because the
    /// endpoint drains.
    public mutating func endedWithoutVerdict(_ id: Int) -> OnOutcome {
        guard case .probing = members[id]?.state else { return .unchanged }
        members[id]?.state = .awaitingProbe
        return .probeAgain
    }

    /// When to call ``expire(at:)`` next.
    public var nextExpiry: MonotonicInstant? {
        members.values.compactMap { member -> MonotonicInstant? in
            switch member.state {
            case .ejected(let until), .probing(let until): until
            case .admitted, .awaitingProbe: nil
            }
        }.min()
    }

    /// The endpoints whose next call is a probe.
    public mutating func expire(at now: MonotonicInstant) -> [Int] {
        var due: [Int] = []
        for (id, member) in members {
            switch member.state {
            case .ejected(let until) where until <= now, .probing(let until) where until <= now:
                members[id]?.state = .awaitingProbe
                due.append(id)
            case .ejected, .probing, .admitted, .awaitingProbe: break
            }
        }
        return due.sorted()
    }

    /// A call goes to the endpoint as its probe.
    public mutating func probeSent(_ id: Int, at now: MonotonicInstant) {
        guard members[id]?.state == .awaitingProbe else { return }
        members[id]?.state = .probing(until: now.advanced(byMicroseconds: settings.baseSeconds * 1_000_000))
    }
}
