internal import NIOCore
internal import TLS
internal import Wire

/// Whether a connection may read, see ``LoopTurns``. Pure.
///
///     reading ── standBack ──▶ standing back ── goOn ──▶ reading
///
/// While it stands back its socket is not read. What it has cost already without having asked, it owes: that is paid for
/// before anything else is done.
struct ConnectionTurn {
    private(set) var isStandingBack = false
    /// The channel has asked for the next bytes, and was not let.
    private var isReadHeld = false
    private var owedUnits = 0

    var owes: Bool { owedUnits > 0 }

    mutating func owe(_ units: Int) { owedUnits += units }

    /// Pays what it owes as far as it may; returns how much that is.
    mutating func pay(upTo allowance: Int) -> Int {
        let paid = min(owedUnits, allowance)
        owedUnits -= paid
        return paid
    }

    /// The channel asks for the next bytes. False: not yet.
    mutating func readAsked() -> Bool {
        isReadHeld = isStandingBack
        return !isReadHeld
    }

    /// False: it does so already.
    mutating func standBack() -> Bool {
        defer { isStandingBack = true }
        return !isStandingBack
    }

    mutating func goOn() { isStandingBack = false }

    /// True when the channel is to read now what it was not let before.
    mutating func takeHeldRead() -> Bool {
        guard isReadHeld, !isStandingBack else { return false }
        isReadHeld = false
        return true
    }
}

extension Connection {
    /// What this connection may cost the loop now, after what it owes.
    func takeAllowance() -> Int {
        guard let loopIdentity else { return .max }
        let allowance = loop.turns.allowance(of: loopIdentity)
        guard turn.owes else { return allowance }
        let paid = turn.pay(upTo: allowance)
        loop.turns.use(paid, by: loopIdentity)
        return allowance - paid
    }

    /// So much was done. `waits`: there is more, which must wait.
    func settle(spent units: Int, waits: Bool) {
        guard let loopIdentity else { return }
        loop.turns.use(units, by: loopIdentity)
        guard waits || turn.owes, !isEnded, turn.standBack() else { return }
        loop.standBack(self, of: loopIdentity)
    }

    /// The channel asks for the next bytes; if they must wait it gets them when they need not.
    func mayRead() -> Bool {
        if turn.owes, !turn.isStandingBack {
            _ = takeAllowance()
            settle(spent: 0, waits: false)
        }
        return turn.readAsked()
    }

    /// It is this connection's turn again.
    func goOn() {
        turn.goOn()
        inbound.goOn()
        readFrames()
        if turn.takeHeldRead() { context?.read() }
    }

    /// The connection is over: what still comes is dropped, until the peer has heard.
    func endTurn() {
        turn.goOn()
        if turn.takeHeldRead() { context?.read() }
    }

    /// TLS did more for the peer than what it brought is worth.
    func owe(_ units: Int) {
        guard loopIdentity != nil else { return }
        turn.owe(units)
    }
}

extension TurnCost {
    /// What a TLS message costs that changes keys: four of them are derived, and it may ask for one in return.
    static let keyUpdate = 10
    /// Decrypting a record, however little is in it.
    static let record = 1
}
