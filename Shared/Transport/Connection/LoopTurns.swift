internal import NIOCore
internal import Wire

/// One identity's connections to a server on one event loop, taken together: what they have cost in this turn of the
/// loop, which of them wait for a turn, and their floods in all. An identity is one caller, however many connections it has
/// opened.
final class LoopIdentity<Member: AnyObject> {
    /// What its connections may cost the loop in one turn, see ``LoopTurns``.
    let unitsATurn: Int
    /// Counts the frames of all its connections; `nil` for a process of the suite, whose connections carry everybody's.
    var flood: FloodGuard?
    fileprivate var turn: UInt64 = 0
    fileprivate var units = 0
    /// Those that stand back, in the order in which they go on. Each stands here once: it reads nothing meanwhile.
    fileprivate var line = CircularBuffer<Member>(initialCapacity: 1)

    /// - Parameter flood: what each of its connections is held to.
    init(isService: Bool, flood: FloodLimits) {
        unitsATurn = isService ? 4 * TurnCost.unitsATurn : TurnCost.unitsATurn
        self.flood = isService ? nil : FloodGuard(flood.ofIdentity, of: .identity)
    }
}

/// What dealing with a peer's bytes costs, in units of about half a microsecond: as long as the cheapest frame takes.
/// A bound on bytes would not do: 64 KiB are four frames, or six thousand.
enum TurnCost {
    /// About half a millisecond. What honest callers have under way at one time, some hundred calls of one identity, costs
    /// less; who has more goes on a moment later.
    static let unitsATurn = 1_024

    /// - Parameter payloadBytes: what was decrypted, and is copied once or twice.
    static func frame(isCall: Bool, payloadBytes: Int) -> Int {
        (isCall ? 4 : 1) + payloadBytes >> 10
    }
}

/// Whose turn it is on an event loop. Pure.
///
/// A loop deals with whatever its sockets hold, one connection after the other, and everybody waits for the last of them.
/// So in one turn of the loop no identity's connections together cost more than so many units. A connection that comes
/// upon the end of that *stands back*: what it has decrypted it keeps, and it reads no more, so that TCP holds the peer
/// back. When the sockets have been looked at once more one identity's connections go on, for as many units again: first
/// the one that has stood back longest. Then it is the next identity's turn.
///
///                     units are used up, or others of
///                     this identity stand back already
///     reading ────────────────────────────────────────▶ standing back
///        ▲                                                    │
///        └──────── the turn of its identity and its own ──────┘
///
/// So whoever stays below waits for no more than one turn of somebody, however many identities flood; and whoever is alone
/// loses a look at the sockets by it and nothing else.
struct LoopTurns<Member: AnyObject> {
    typealias Identity = LoopIdentity<Member>

    private var turn: UInt64 = 1
    /// Identities of which somebody stands back.
    private var line = CircularBuffer<Identity>()
    /// Whose connections go on now.
    private var current: Identity?
    /// A turn is to come, or goes on.
    private var isAsked = false

    enum OnAsk: Equatable {
        /// Say ``begin()`` when the sockets have been looked at once more.
        case beginSoon
        case nothing
    }

    /// The loop has dealt with what its sockets held.
    mutating func pass() { turn &+= 1 }

    /// What a connection of this identity may cost now.
    func allowance(of identity: Identity) -> Int {
        beginTurn(of: identity)
        // Those that stand back come first.
        guard identity.line.isEmpty || identity === current else { return 0 }
        return max(0, identity.unitsATurn - identity.units)
    }

    func use(_ units: Int, by identity: Identity) {
        beginTurn(of: identity)
        identity.units += units
    }

    private func beginTurn(of identity: Identity) {
        guard identity.turn != turn else { return }
        identity.turn = turn
        identity.units = 0
    }

    /// A connection has more to do than it may.
    mutating func standBack(_ member: Member, of identity: Identity) -> OnAsk {
        if identity.line.isEmpty, identity !== current { line.append(identity) }
        identity.line.append(member)
        guard !isAsked else { return .nothing }
        isAsked = true
        return .beginSoon
    }

    /// It is the next identity's turn: each connection that ``next()`` hands out goes on.
    mutating func begin() {
        pass()
        current = line.popFirst()
    }

    func next() -> Member? {
        guard let current, allowance(of: current) > 0 else { return nil }
        return current.line.popFirst()
    }

    /// Nobody goes on any more in this turn.
    mutating func end() -> OnAsk {
        if let current, !current.line.isEmpty { line.append(current) }
        current = nil
        isAsked = !line.isEmpty
        return isAsked ? .beginSoon : .nothing
    }
}
