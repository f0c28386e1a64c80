internal import TLS
internal import Wire

// Turns of those that have more to do than the loop's others can wait for: see ``LoopTurns``.

extension ConnectionLoop {
    /// Counts a server's connection, whose peer is known now, among those of its identity; until ``leave(_:)``.
    func join(_ connection: Connection, isService: Bool) {
        guard !connection.isEnded, connection.loopIdentity == nil else { return }
        let name = connection.peer?.uri ?? ""
        var entry =
            identities[name]
            ?? (identity: LoopIdentity(isService: isService, flood: connection.rules.flood), connections: 0)
        entry.connections += 1
        identities[name] = entry
        connection.loopIdentity = entry.identity
    }

    func leave(_ connection: Connection) {
        guard connection.loopIdentity != nil else { return }
        connection.loopIdentity = nil
        let name = connection.peer?.uri ?? ""
        guard var entry = identities[name] else { return }
        entry.connections -= 1
        identities[name] = entry.connections > 0 ? entry : nil
    }

    func standBack(_ connection: Connection, of identity: LoopIdentity<Connection>) {
        if case .beginSoon = turns.standBack(connection, of: identity) { takeTurnSoon() }
    }

    private func takeTurnSoon() {
        afterSockets { [self] in takeTurn() }
    }

    private func takeTurn() {
        turns.begin()
        turnsTaken &+= 1
        // Whoever goes on may end, or stand back anew: the rule is asked each time.
        while let connection = turns.next() { connection.goOn() }
        if case .beginSoon = turns.end() { takeTurnSoon() }
        isBetweenSteps()
    }
}
