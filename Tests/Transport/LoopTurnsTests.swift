import TestRandom
import Testing
import Wire

@testable import Transport

@Suite("Turns on an event loop, in memory")
struct LoopTurnsTests {
    /// Has so much to do.
    private final class Worker {
        let name: String
        let identity: LoopIdentity<Worker>
        var units: Int

        init(_ name: String, _ identity: LoopIdentity<Worker>, _ units: Int = 0) {
            self.name = name
            self.identity = identity
            self.units = units
        }
    }

    private typealias Turns = LoopTurns<Worker>

    private static func identity(isService: Bool = false) -> LoopIdentity<Worker> {
        LoopIdentity(isService: isService, flood: FloodLimits())
    }

    /// Does as much as it may, and stands back with the rest; returns how much it did.
    private static func work(_ worker: Worker, _ turns: inout Turns) -> (units: Int, answer: Turns.OnAsk) {
        let units = min(worker.units, turns.allowance(of: worker.identity))
        turns.use(units, by: worker.identity)
        worker.units -= units
        return (units, worker.units > 0 ? turns.standBack(worker, of: worker.identity) : .nothing)
    }

    private let unit = TurnCost.unitsATurn

    @Test("one identity's connections have so much in a turn of the loop, all together, and more in the next")
    func sum() {
        var turns = Turns()
        let one = Self.identity(), other = Self.identity(), service = Self.identity(isService: true)
        turns.use(unit - 1, by: one)
        #expect(turns.allowance(of: one) == 1)
        #expect(turns.allowance(of: other) == unit)
        #expect(turns.allowance(of: service) == 4 * unit)
        turns.use(5, by: one)
        #expect(turns.allowance(of: one) == 0)
        turns.pass()
        #expect(turns.allowance(of: one) == unit)
    }

    @Test("who stands back goes on in its order, and before anybody of its identity who came later")
    func order() {
        var turns = Turns()
        let identity = Self.identity()
        let workers = ["a", "b", "c"].map { Worker($0, identity, unit) }
        #expect(Self.work(workers[0], &turns) == (unit, .nothing))
        #expect(Self.work(workers[1], &turns) == (0, .beginSoon))
        turns.pass()
        #expect(Self.work(workers[2], &turns) == (0, .nothing))
        turns.begin()
        #expect(turns.next() === workers[1])
        #expect(Self.work(workers[1], &turns).units == unit)
        #expect(turns.next() == nil)
        #expect(turns.end() == .beginSoon)
        turns.begin()
        #expect(turns.next() === workers[2])
        #expect(Self.work(workers[2], &turns).units == unit)
        #expect(turns.end() == .nothing)
        turns.begin()
        #expect(turns.next() == nil)
        #expect(turns.end() == .nothing)
    }

    @Test("who has little more to do leaves the rest of the turn to the next of its identity")
    func shares() {
        var turns = Turns()
        let identity = Self.identity()
        turns.use(unit, by: identity)
        let workers = (0..<5).map { Worker("\($0)", identity, unit / 4) }
        for worker in workers { _ = Self.work(worker, &turns) }
        turns.begin()
        for worker in workers.prefix(4) {
            #expect(turns.next() === worker)
            #expect(Self.work(worker, &turns).units == unit / 4)
        }
        #expect(turns.next() == nil)
        #expect(turns.end() == .beginSoon)
    }

    @Test("identities have turns alike, however many of their connections stand back")
    func identities() {
        var turns = Turns()
        let many = Self.identity(), single = Self.identity()
        turns.use(unit, by: many)
        turns.use(unit, by: single)
        for index in 0..<300 { _ = Self.work(Worker("many \(index)", many, 10 * unit), &turns) }
        let alone = Worker("alone", single, 3 * unit)
        _ = Self.work(alone, &turns)
        var took = 0
        while alone.units > 0 {
            turns.begin()
            while let worker = turns.next() { _ = Self.work(worker, &turns) }
            #expect(turns.end() == .beginSoon)
            took += 1
        }
        #expect(took == 6)
    }

    @Test("whatever comes: no turn costs more than one identity may, all is done, and in a while")
    func anyOrder() {
        var random = SplitMix(seed: 11)
        for _ in 0..<100 {
            var turns = Turns()
            let identities = (0..<4).map { _ in Self.identity() }
            var isAsked = false
            var given = 0, done = 0
            func come() {
                let worker = Worker(
                    "", identities.randomElement(using: &random)!, .random(in: 0...5_000, using: &random))
                given += worker.units
                let (units, answer) = Self.work(worker, &turns)
                done += units
                // Asked for once, and then not until it has come.
                if answer == .beginSoon {
                    #expect(!isAsked)
                    isAsked = true
                }
            }
            func takeTurn() {
                turns.begin()
                var spent = 0
                while let worker = turns.next() {
                    let (units, answer) = Self.work(worker, &turns)
                    #expect(answer == .nothing)
                    spent += units
                }
                #expect(spent > 0 && spent <= unit)
                done += spent
                isAsked = turns.end() == .beginSoon
            }
            for _ in 0..<200 {
                switch Int.random(in: 0...2, using: &random) {
                case 0: come()
                case 1: turns.pass()
                default: if isAsked { takeTurn() }
                }
            }
            while isAsked { takeTurn() }
            #expect(done == given)
        }
    }
}

@Suite("A connection's turn, in memory")
struct ConnectionTurnTests {
    @Test("while it stands back nothing is read, and what was asked for meanwhile is read when it goes on")
    func reads() {
        var turn = ConnectionTurn()
        #expect(turn.readAsked() == true)
        #expect(turn.standBack() == true)
        #expect(turn.standBack() == false)
        #expect(turn.readAsked() == false)
        #expect(turn.takeHeldRead() == false)
        turn.goOn()
        #expect(turn.takeHeldRead() == true)
        #expect(turn.takeHeldRead() == false)
        #expect(turn.readAsked() == true)
        // Nobody asked meanwhile.
        #expect(turn.standBack() == true)
        turn.goOn()
        #expect(turn.takeHeldRead() == false)
    }

    @Test("what it owes is paid for bit by bit")
    func debts() {
        var turn = ConnectionTurn()
        turn.owe(10)
        #expect(turn.pay(upTo: 4) == 4)
        #expect(turn.owes)
        #expect(turn.pay(upTo: 0) == 0)
        #expect(turn.pay(upTo: 100) == 6)
        #expect(!turn.owes)
        #expect(turn.pay(upTo: 100) == 0)
    }
}
