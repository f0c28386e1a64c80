import NIOCore
import Synchronization
import Testing
import Wire

@testable import Transport

@Suite("After the sockets") struct SocketsTurnTests {
    private struct Came: Equatable {
        let ready: [Int]
        let setsTimer: Bool
    }

    private func timerCame(_ turn: inout SocketsTurn<Int>) -> Came {
        let (ready, setsTimer) = turn.timerCame()
        return Came(ready: ready, setsTimer: setsTimer)
    }

    @Test("whoever waits goes on in a later round, all that came before together, with one timer")
    func rounds() {
        var turn = SocketsTurn<Int>()
        turn.areRoundsTold = true
        let setTimers = [turn.wait(1), turn.wait(2)]
        #expect(setTimers == [true, false])
        // Due before the round is over: somebody worked for long.
        #expect(timerCame(&turn) == Came(ready: [], setsTimer: true))
        turn.roundEnded()
        _ = turn.wait(3)
        #expect(timerCame(&turn) == Came(ready: [1, 2], setsTimer: true))
        turn.roundEnded()
        #expect(timerCame(&turn) == Came(ready: [3], setsTimer: false))
        let setsTimer = turn.wait(4)
        #expect(setsTimer)
    }

    @Test("where nobody tells of rounds each timer is one")
    func untold() {
        var turn = SocketsTurn<Int>()
        _ = turn.wait(1)
        #expect(timerCame(&turn) == Came(ready: [1], setsTimer: false))
    }

    /// Works longer than the timer takes, then stands back; so many times.
    private final class Worker: Sendable {
        private let loop: ConnectionLoop
        private let rounds = Mutex<[UInt64]>([])

        init(_ loop: ConnectionLoop) {
            self.loop = loop
        }

        func work(_ times: Int, _ done: EventLoopPromise<[UInt64]>) {
            let now = loop.rounds
            rounds.withLock { $0.append(now) }
            guard times > 1 else { return done.succeed(rounds.withLock { $0 }) }
            let began = MonotonicInstant.now
            while MonotonicInstant.now.nanoseconds - began.nanoseconds < 200_000 {}
            loop.afterSockets { self.work(times - 1, done) }
        }
    }

    @Test("two that work by turns do not keep the loop from its sockets", arguments: [0, 200])
    func twoWorkers(busyPollMicroseconds: Int) async throws {
        let loops = ConnectionLoops(threads: 1, busyPollMicroseconds: busyPollMicroseconds)
        let loop = loops.all[0]
        let promises = (0..<2).map { _ in loop.eventLoop.makePromise(of: [UInt64].self) }
        loop.eventLoop.execute { for promise in promises { Worker(loop).work(20, promise) } }
        for promise in promises {
            let rounds = try await promise.futureResult.get()
            #expect(Set(rounds).count == 20, "\(rounds)")
        }
        try await loops.shutDown()
    }
}
