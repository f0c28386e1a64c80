internal import Wire

/// Where a connection comes from, as slots are counted: an IPv4 address, or the network of an IPv6 one (its first 64
/// bits), since whoever has such a network has all its addresses.
struct PeerNetwork: Hashable {
    enum Family: UInt8 {
        case ipv4, ipv6
        /// A socket of this machine, or an address that is not known.
        case other
    }

    let family: Family
    let bits: UInt64

    static let other = PeerNetwork(family: .other, bits: 0)

    static func ipv4(_ address: UInt32) -> PeerNetwork { PeerNetwork(family: .ipv4, bits: UInt64(address)) }

    /// `high` and `low` are the halves of the address. One that stands for an IPv4 address (::ffff:a.b.c.d) is that.
    static func ipv6(high: UInt64, low: UInt64) -> PeerNetwork {
        if high == 0, low >> 32 == 0xffff { return .ipv4(UInt32(truncatingIfNeeded: low)) }
        return PeerNetwork(family: .ipv6, bits: high)
    }
}

/// Who may be in a TLS handshake: before it is over nobody knows who a peer is, and a stranger can open sockets faster
/// than anybody can refuse them. So there are slots, in all and for each network, and when they are taken somebody gives
/// way instead of everybody being shut out.
///
///     arrived ──▶ silent ──spoke──▶ speaking ──completed──▶ (a peer; its network is remembered)
///                   │ gone            │ gone, or after `fairNanoseconds`
///                   ▼ gives way       ▼ gives way
///
/// When a slot is needed, this one gives way, of several the oldest:
///
/// 1. one that has said nothing yet of a network that was not here before, or that has had its fair time (an honest
///    handshake takes two round trips);
/// 2. for a peer of a network that was here before, one of a network that was not, also when it has begun;
/// 3. for such a peer, one that has said nothing yet of a network that was here before, too.
///
/// Else the newcomer is refused. A newcomer beyond its own network's share takes a slot of that network only.
///
/// Invalid, and ignored: to speak, complete or go without having arrived, or twice.
struct HandshakeSlots: Equatable {
    /// How long a peer that has begun may take before others come first.
    static let fairNanoseconds: UInt64 = 1_000_000_000
    /// So long a network counts as one that was here before.
    static let memoryNanoseconds: UInt64 = 3_600_000_000_000
    /// Networks that are remembered; beyond it the one that was here longest ago is forgotten.
    static let rememberedNetworks = 4_096

    private struct Slot: Equatable {
        let network: PeerNetwork
        let since: MonotonicInstant
        /// Its network was here before.
        let isKnown: Bool
        var hasSpoken = false
    }

    enum OnArrival: Equatable {
        case take
        /// End the handshake of this id first: its slot is the newcomer's.
        case takeInsteadOf(UInt64)
        /// The network has its share, and nobody of it gives way.
        case refuseNetwork(count: Int)
        /// All slots are taken, and nobody gives way.
        case refuse(count: Int)
    }

    private var slots: [UInt64: Slot] = [:]
    private var counts: [PeerNetwork: Int] = [:]
    private var known: [PeerNetwork: MonotonicInstant] = [:]

    var count: Int { slots.count }

    /// A peer has connected. `id` is the caller's choice, greater than all before.
    mutating func arrived(
        _ id: UInt64, from network: PeerNetwork, at now: MonotonicInstant, limit: Int, limitPerNetwork: Int
    ) -> OnArrival {
        let isKnown = known[network].map { now.nanoseconds &- $0.nanoseconds < Self.memoryNanoseconds } ?? false
        let own = counts[network, default: 0]
        let isFull = slots.count >= limit
        guard isFull || own >= limitPerNetwork else {
            take(id, Slot(network: network, since: now, isKnown: isKnown))
            return .take
        }
        let mustBeOwn = own >= limitPerNetwork
        guard let other = givesWay(to: network, isKnown: isKnown, mustBeOwn: mustBeOwn, at: now) else {
            return mustBeOwn ? .refuseNetwork(count: own) : .refuse(count: slots.count)
        }
        gone(other)
        take(id, Slot(network: network, since: now, isKnown: isKnown))
        return .takeInsteadOf(other)
    }

    private mutating func take(_ id: UInt64, _ slot: Slot) {
        slots[id] = slot
        counts[slot.network, default: 0] += 1
    }

    /// Looks at every slot, which is done only while they are all taken; there are a few hundred.
    private func givesWay(
        to network: PeerNetwork, isKnown: Bool, mustBeOwn: Bool, at now: MonotonicInstant
    ) -> UInt64? {
        var best: (id: UInt64, rank: Int)?
        for (id, slot) in slots where !mustBeOwn || slot.network == network {
            guard let rank = rank(slot, forKnown: isKnown, at: now) else { continue }
            if let best, (best.rank, best.id) < (rank, id) { continue }
            best = (id, rank)
        }
        return best?.id
    }

    /// How readily a slot is given up, 0 first; `nil`: it is not.
    private func rank(_ slot: Slot, forKnown isKnown: Bool, at now: MonotonicInstant) -> Int? {
        let hadItsTime = now.nanoseconds &- slot.since.nanoseconds >= Self.fairNanoseconds
        if !slot.isKnown {
            if !slot.hasSpoken || hadItsTime { return 0 }
            return isKnown ? 2 : nil
        }
        if hadItsTime { return 1 }
        // Strangers wait for those who were here before, be they ever so silent: theirs is a share of a network only.
        return isKnown && !slot.hasSpoken ? 3 : nil
    }

    /// Its first bytes came.
    mutating func spoke(_ id: UInt64) {
        slots[id]?.hasSpoken = true
    }

    /// Its handshake is over, and it is one of ours.
    mutating func completed(_ id: UInt64, at now: MonotonicInstant) {
        guard let network = slots[id]?.network else { return }
        gone(id)
        if known[network] == nil, known.count >= Self.rememberedNetworks,
            let oldest = known.min(by: { $0.value < $1.value })?.key
        {
            known[oldest] = nil
        }
        known[network] = now
    }

    /// It is no longer in a handshake, for whatever reason.
    mutating func gone(_ id: UInt64) {
        guard let slot = slots.removeValue(forKey: id), let count = counts[slot.network] else { return }
        counts[slot.network] = count == 1 ? nil : count - 1
    }
}
