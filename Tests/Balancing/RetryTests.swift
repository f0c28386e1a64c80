import Balancing
import Testing
import Wire

@Suite("Sending a call again")
struct RetryTests {
    private let now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let settings = RetrySettings(maximumAttempts: 4)

    private func sequence(isIdempotent: Bool, deadlineMicroseconds: UInt64? = nil) -> RetrySequence {
        RetrySequence(
            settings: settings, isIdempotent: isIdempotent,
            deadline: deadlineMicroseconds.map { now.advanced(byMicroseconds: $0) })
    }

    private func failure(
        _ code: StatusCode = .unavailable, isNotStarted: Bool = false, pushback: Int32? = nil
    ) -> RetrySequence.Failure {
        .init(code: code, isNotStarted: isNotStarted, pushbackMilliseconds: pushback)
    }

    @Test("what was not started goes again once, at once and freely, whatever the method")
    func notStarted() {
        var call = sequence(isIdempotent: false)
        let first = call.failed(failure(isNotStarted: true), at: now, random: 0.5)
        #expect(first == .sendAgain(afterMicroseconds: 0, isBudgeted: false))
        #expect(call.failed(failure(isNotStarted: true), at: now, random: 0.5) == .giveUp)
    }

    @Test("what may have been carried out goes again only for idempotent methods")
    func maybeStarted() {
        var once = sequence(isIdempotent: false)
        #expect(once.failed(failure(), at: now, random: 0.5) == .giveUp)
        var idempotent = sequence(isIdempotent: true)
        var pauses: [RetrySequence.OnFailure] = []
        for _ in 0..<4 { pauses.append(idempotent.failed(failure(), at: now, random: 0.5)) }
        #expect(
            pauses == [
                .sendAgain(afterMicroseconds: 1_000_000, isBudgeted: true),
                .sendAgain(afterMicroseconds: 1_600_000, isBudgeted: true),
                .sendAgain(afterMicroseconds: 2_560_000, isBudgeted: true), .giveUp,
            ])
    }

    @Test(
        "pauses are 20 % longer or shorter at random",
        arguments: [(0.0, 800_000), (1.0, 1_200_000)] as [(Double, UInt64)])
    func jitter(random: Double, pause: UInt64) {
        var call = sequence(isIdempotent: true)
        #expect(
            call.failed(failure(), at: now, random: random)
                == .sendAgain(afterMicroseconds: pause, isBudgeted: true))
    }

    @Test(
        "codes that speak of the call and not of the way are final",
        arguments: StatusCode.allCases.filter { $0 != .unavailable })
    func finalCodes(code: StatusCode) {
        var call = sequence(isIdempotent: true)
        #expect(call.failed(failure(code), at: now, random: 0.5) == .giveUp)
        #expect(call.failed(failure(code, isNotStarted: true), at: now, random: 0.5) == .giveUp)
    }

    @Test("the server's pushback sets the pause, and a negative one forbids another attempt")
    func pushback() {
        var call = sequence(isIdempotent: true)
        #expect(
            call.failed(failure(pushback: 750), at: now, random: 0.5)
                == .sendAgain(afterMicroseconds: 750_000, isBudgeted: true))
        #expect(call.failed(failure(pushback: -1), at: now, random: 0.5) == .giveUp)
        var drained = sequence(isIdempotent: false)
        #expect(
            drained.failed(failure(isNotStarted: true, pushback: 250), at: now, random: 0.5)
                == .sendAgain(afterMicroseconds: 250_000, isBudgeted: false))
        var refused = sequence(isIdempotent: false)
        #expect(refused.failed(failure(isNotStarted: true, pushback: -1), at: now, random: 0.5) == .giveUp)
    }

    @Test("RESOURCE_EXHAUSTED goes again only after the pause it asks for, and within the budget")
    func exhausted() {
        var call = sequence(isIdempotent: false)
        #expect(
            call.failed(failure(.resourceExhausted, isNotStarted: true, pushback: 40), at: now, random: 0.5)
                == .sendAgain(afterMicroseconds: 40_000, isBudgeted: true))
        var started = sequence(isIdempotent: false)
        #expect(started.failed(failure(.resourceExhausted, pushback: 40), at: now, random: 0.5) == .giveUp)
    }

    @Test("one deadline holds over all attempts: no pause that it would end")
    func deadline() {
        var call = sequence(isIdempotent: true, deadlineMicroseconds: 2_500_000)
        #expect(
            call.failed(failure(), at: now, random: 0.5)
                == .sendAgain(afterMicroseconds: 1_000_000, isBudgeted: true))
        let later = now.advanced(byMicroseconds: 1_000_000)
        #expect(call.failed(failure(), at: later, random: 0.5) == .giveUp)
    }

    @Test("at most 20 % of the calls under way are retries, pauses included, and three in any case")
    func budget() {
        var budget = RetryBudget(percent: 20, minimum: 3)
        for _ in 0..<3 { #expect(budget.take(activeCalls: 3) == true) }
        #expect(budget.take(activeCalls: 3) == false)
        for _ in 3..<20 { #expect(budget.take(activeCalls: 100) == true) }
        #expect(budget.take(activeCalls: 100) == false)
        budget.giveBack()
        #expect(budget.take(activeCalls: 100) == true)
        #expect(budget.retriesUnderWay == 20)
    }
}
