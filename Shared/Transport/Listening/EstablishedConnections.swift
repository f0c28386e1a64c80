internal import Wire

/// The connections of a server whose peers have proved who they are, by identity, and who of them gives way when there are
/// too many: an idle connection is worth less than a peer that wants to be served.
///
/// The order in which they give way, and a connection with open calls never does:
///
/// 1. that of a stranger before that of a process of the suite: whoever fills a service's places must not cut it off from
///    its gateway;
/// 2. of the identity with most connections: one that has few is not to go for one that has many;
/// 3. the one that has been idle for longest.
///
/// An identity that has as many connections as one may has its own oldest idle one give way.
///
/// Nobody gives way to an identity that has more connections than its own, the newcomer counted, and no process of the
/// suite to a stranger. Else those who have many would live on those who have few, and take turns for ever.
struct EstablishedConnections: Equatable {
    private struct Group: Equatable {
        /// Of the suite itself, a gateway or a service.
        let isService: Bool
        var ids: Set<UInt64> = []
    }

    private var groups: [String: Group] = [:]
    private var identities: [UInt64: String] = [:]

    var count: Int { identities.count }

    /// Answers with how many connections the identity has now.
    mutating func add(_ id: UInt64, _ peer: ConnectionCensus.Peer) -> Int {
        identities[id] = peer.identity
        groups[peer.identity, default: Group(isService: peer.isService)].ids.insert(id)
        return groups[peer.identity]?.ids.count ?? 0
    }

    mutating func remove(_ id: UInt64) {
        guard let identity = identities.removeValue(forKey: id) else { return }
        groups[identity]?.ids.remove(id)
        if groups[identity]?.ids.isEmpty == true { groups[identity] = nil }
    }

    /// Whether anybody could give way to somebody. Looks at as many as are in use, which is done only at the bound.
    func hasIdle(_ idleSince: (UInt64) -> MonotonicInstant?) -> Bool {
        identities.keys.contains { idleSince($0) != nil }
    }

    /// Who gives way to `newcomer`, which is one of these.
    ///
    /// - Parameters:
    ///   - amongOwn: only one of its own identity's.
    ///   - idleSince: `nil` for a connection that does not give way.
    func givesWay(
        to newcomer: UInt64, amongOwn: Bool = false, _ idleSince: (UInt64) -> MonotonicInstant?
    ) -> UInt64? {
        guard let own = identities[newcomer].flatMap({ groups[$0] }) else { return nil }
        var best: (id: UInt64, rank: Rank)?
        for group in amongOwn ? [own] : Array(groups.values) where Self.mayDisplace(own, group) {
            // Of most groups nothing more is looked at.
            if let best, best.rank.isBeyond(group.isService, group.ids.count) { continue }
            for id in group.ids where id != newcomer {
                guard let since = idleSince(id) else { continue }
                let rank = Rank(isService: group.isService, connections: group.ids.count, since: since, id: id)
                if best.map({ rank.precedes($0.rank) }) ?? true { best = (id, rank) }
            }
        }
        return best?.id
    }

    private static func mayDisplace(_ own: Group, _ other: Group) -> Bool {
        if own.isService != other.isService { return own.isService }
        return other.ids.count >= own.ids.count
    }

    private struct Rank {
        let isService: Bool
        let connections: Int
        let since: MonotonicInstant
        let id: UInt64

        /// It precedes whatever a group has.
        func isBeyond(_ isService: Bool, _ connections: Int) -> Bool {
            self.isService == isService ? self.connections > connections : isService
        }

        func precedes(_ other: Rank) -> Bool {
            if isService != other.isService { return other.isService }
            if connections != other.connections { return connections > other.connections }
            return (since, id) < (other.since, other.id)
        }
    }
}
