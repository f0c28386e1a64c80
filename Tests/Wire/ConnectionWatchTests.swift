import Testing

@testable import Wire

/// A clock that the test sets, in seconds.
private func second(_ seconds: Double) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 1_000_000_000_000 + UInt64(seconds * 1e9))
}

@Suite("Watch over a connection")
struct ConnectionWatchTests {
    private static let times = ConnectionTimes(
        helloTimeoutSeconds: 10, silenceSeconds: 0, keepaliveSeconds: 30, keepaliveIdleSeconds: 300,
        keepaliveTimeoutSeconds: 20, idleTimeoutSeconds: 900, maximumAgeSeconds: 1_800, ageJitterPercent: 10,
        drainGraceSeconds: 60)
    /// A client's.
    private static let silenceTimes = ConnectionTimes(
        silenceSeconds: 2, keepaliveSeconds: 30, keepaliveIdleSeconds: 300, keepaliveTimeoutSeconds: 20,
        idleTimeoutSeconds: 0, maximumAgeSeconds: 0)

    private func watch(_ times: ConnectionTimes = times, jitter: Double = 0) -> ConnectionWatch {
        ConnectionWatch(times, establishedAt: second(0), ageJitter: jitter)
    }

    private func observed(
        heard: Bool = false, greeted: Bool = true, calls: Int = 0, draining: Bool = false
    ) -> ConnectionWatch.Observation {
        ConnectionWatch.Observation(hasHeard: heard, isGreeted: greeted, openCalls: calls, isDraining: draining)
    }

    private func cause(_ action: ConnectionWatch.OnTick) -> String? {
        guard case .fail(let error) = action else { return nil }
        #expect(error.code == .timeout)
        return error.cause
    }

    @Test("a peer that never says HELLO is left, however much it says instead")
    func helloTimeout() {
        var watch = watch()
        #expect(watch.tick(at: second(9.9), observed(heard: true, greeted: false)) == .nothing)
        #expect(cause(watch.tick(at: second(10), observed(heard: true, greeted: false))) == "hello_timeout")
    }

    @Test("with open calls a silent peer is asked after 30 s, and left 20 s later")
    func keepaliveWithCalls() {
        var watch = watch()
        #expect(watch.tick(at: second(29), observed(calls: 1)) == .nothing)
        #expect(watch.tick(at: second(30), observed(calls: 1)) == .ping)
        #expect(watch.tick(at: second(49), observed(calls: 1)) == .nothing)
        #expect(cause(watch.tick(at: second(50), observed(calls: 1))) == "keepalive_timeout")
    }

    /// Ticks at each of the seconds; what was to be done at which.
    private func actions(
        _ watch: inout ConnectionWatch, _ seconds: ClosedRange<Int>, heard: Set<Int> = [], calls: Int = 1
    ) -> [Int: ConnectionWatch.OnTick] {
        var actions: [Int: ConnectionWatch.OnTick] = [:]
        for at in seconds {
            let action = watch.tick(at: second(Double(at)), observed(heard: heard.contains(at), calls: calls))
            if action != .nothing { actions[at] = action }
        }
        return actions
    }

    @Test("a silent server with open calls is asked after 2 s, counts as silent after 2 more, and is left after 20")
    func silence() {
        var watch = watch(Self.silenceTimes)
        var actions = actions(&watch, 1...22)
        #expect(cause(actions.removeValue(forKey: 22) ?? .nothing) == "keepalive_timeout")
        #expect(actions == [2: .ping, 4: .silent])
    }

    @Test("heard again, it is silent no more, and may be so once more")
    func silenceEnds() {
        var watch = watch(Self.silenceTimes)
        #expect(
            actions(&watch, 1...22, heard: [10, 11, 18])
                == [2: .ping, 4: .silent, 10: .heard, 13: .ping, 15: .silent, 18: .heard, 20: .ping, 22: .silent])
    }

    @Test("a server that answers each question is never silent, and one without calls is not asked so soon")
    func silenceAnswered() {
        var watch = watch(Self.silenceTimes)
        #expect(actions(&watch, 1...10, heard: [3, 6, 9]) == [2: .ping, 5: .ping, 8: .ping])
        #expect(actions(&watch, 11...299, calls: 0) == [:])
        #expect(actions(&watch, 300...310, heard: [301]) == [300: .ping, 303: .ping, 305: .silent])
    }

    @Test("a process that was held up itself listens twice more before it takes a server for silent")
    func silenceHeldUp() {
        var watch = watch(Self.silenceTimes)
        #expect(watch.tick(at: second(10), observed(calls: 1)) == .ping)
        #expect(watch.tick(at: second(19), observed(calls: 1)) == .nothing)
        #expect(watch.tick(at: second(20), observed(heard: true, calls: 1)) == .nothing)
        #expect(watch.tick(at: second(22), observed(calls: 1)) == .ping)
        #expect(watch.tick(at: second(30), observed(calls: 1)) == .nothing)
        #expect(watch.tick(at: second(31), observed(calls: 1)) == .silent)
    }

    @Test("either question may be asked without the other; a server asks no client so soon")
    func silenceAlone() {
        var times = Self.silenceTimes
        times.keepaliveSeconds = 0
        var alone = watch(times)
        #expect(actions(&alone, 1...10) == [2: .ping, 4: .silent])
        times.silenceSeconds = 40
        times.keepaliveSeconds = 30
        var late = watch(times)
        #expect(actions(&late, 1...49) == [30: .ping])
        let rules = ConnectionRules(times: Self.silenceTimes)
        var server = watch(rules.asServer.times)
        #expect(actions(&server, 1...31) == [30: .ping])
        #expect(rules.asClient.times == Self.silenceTimes)
    }

    @Test("anything that is heard puts the question off, and answers it")
    func heard() {
        var watch = watch()
        #expect(watch.tick(at: second(20), observed(heard: true, calls: 1)) == .nothing)
        #expect(watch.tick(at: second(49), observed(calls: 1)) == .nothing)
        #expect(watch.tick(at: second(50), observed(calls: 1)) == .ping)
        #expect(watch.tick(at: second(69), observed(heard: true, calls: 1)) == .nothing)
        #expect(watch.tick(at: second(98), observed(calls: 1)) == .nothing)
        #expect(watch.tick(at: second(99), observed(calls: 1)) == .ping)
    }

    @Test("without calls the question comes after 300 s; a call that begins asks sooner")
    func keepaliveIdle() {
        var watch = watch()
        #expect(watch.tick(at: second(299), observed()) == .nothing)
        #expect(watch.tick(at: second(300), observed()) == .ping)
        var other = self.watch()
        #expect(other.tick(at: second(100), observed()) == .nothing)
        #expect(other.tick(at: second(101), observed(calls: 1)) == .ping)
    }

    @Test("a process that was held up itself listens once more before it gives a peer up")
    func heldUp() {
        var watch = watch()
        #expect(watch.tick(at: second(500), observed(calls: 1)) == .ping)
        // The very next tick is late, too: what the peer answered may lie unread.
        #expect(watch.tick(at: second(900), observed(heard: true, calls: 1)) == .nothing)
        var deaf = self.watch()
        #expect(deaf.tick(at: second(29), observed(heard: true, calls: 1)) == .nothing)
        #expect(deaf.tick(at: second(59), observed(calls: 1)) == .ping)
        #expect(deaf.tick(at: second(199), observed(calls: 1)) == .nothing)
        #expect(cause(deaf.tick(at: second(200), observed(calls: 1))) == "keepalive_timeout")
    }

    @Test("zero seconds of keepalive never ask")
    func keepaliveOff() {
        var times = Self.times
        times.silenceSeconds = 0
        times.keepaliveSeconds = 0
        times.keepaliveIdleSeconds = 0
        times.maximumAgeSeconds = 0
        times.idleTimeoutSeconds = 0
        var watch = watch(times)
        for at in stride(from: 1.0, to: 1e6, by: 997) {
            #expect(watch.tick(at: second(at), observed(calls: Int(at) % 2)) == .nothing)
        }
    }

    @Test("a connection without a call for 900 s drains, once, and a call puts that off")
    func idle() {
        var watch = watch()
        #expect(watch.tick(at: second(100), observed(heard: true, calls: 2)) == .nothing)
        #expect(watch.tick(at: second(999), observed(heard: true)) == .nothing)
        #expect(watch.tick(at: second(1_000), observed(heard: true)) == .drain(.idle, "no call was open for 900 s"))
        #expect(watch.tick(at: second(1_001), observed(heard: true, draining: true)) == .nothing)
    }

    @Test(
        "an old connection drains, earlier or later by its share, and its calls have a minute", arguments: [-1.0, 0, 1])
    func age(jitter: Double) {
        var watch = watch(jitter: jitter)
        let retires = 1_800 + jitter * 180
        #expect(watch.tick(at: second(retires - 1), observed(heard: true, calls: 1)) == .nothing)
        guard case .drain = watch.tick(at: second(retires), observed(heard: true, calls: 1)) else {
            Issue.record("the connection does not drain")
            return
        }
        #expect(watch.tick(at: second(retires + 59), observed(heard: true, calls: 1, draining: true)) == .nothing)
        #expect(watch.tick(at: second(retires + 60), observed(heard: true, calls: 1, draining: true)) == .endCalls)
    }

    @Test("a connection that drains because its process stops is left to that")
    func drainsAlready() {
        var watch = watch()
        #expect(watch.tick(at: second(5_000), observed(heard: true, calls: 1, draining: true)) == .nothing)
        #expect(watch.tick(at: second(6_000), observed(heard: true, calls: 1, draining: true)) == .nothing)
    }
}

@Suite("Watch over a socket")
struct StallWatchTests {
    @Test("a socket that takes nothing for a minute is stalled, also when more is written to it")
    func stalled() {
        var watch = StallWatch(timeoutSeconds: 60)
        #expect(watch.tick(at: second(0), writtenBytes: 1_000, pendingBytes: 400) == nil)
        #expect(watch.isWaiting)
        // 500 bytes more, which encryption makes 522.
        #expect(watch.tick(at: second(30), writtenBytes: 1_500, pendingBytes: 922) == nil)
        #expect(watch.tick(at: second(59), writtenBytes: 1_500, pendingBytes: 922) == nil)
        #expect(watch.tick(at: second(60), writtenBytes: 1_500, pendingBytes: 922) == 60)
    }

    @Test("a single byte taken begins the minute anew")
    func moves() {
        var watch = StallWatch(timeoutSeconds: 60)
        #expect(watch.tick(at: second(0), writtenBytes: 1_000, pendingBytes: 400) == nil)
        #expect(watch.tick(at: second(59), writtenBytes: 1_000, pendingBytes: 399) == nil)
        #expect(watch.tick(at: second(118), writtenBytes: 1_000, pendingBytes: 399) == nil)
        #expect(watch.tick(at: second(119), writtenBytes: 1_000, pendingBytes: 399) == 60)
    }

    @Test("a socket for which nothing waits is never stalled")
    func empty() {
        var watch = StallWatch(timeoutSeconds: 60)
        #expect(watch.tick(at: second(0), writtenBytes: 1_000, pendingBytes: 400) == nil)
        #expect(watch.tick(at: second(50), writtenBytes: 1_000, pendingBytes: 0) == nil)
        #expect(!watch.isWaiting)
        #expect(watch.tick(at: second(70), writtenBytes: 2_000, pendingBytes: 1_000) == nil)
        #expect(watch.tick(at: second(129), writtenBytes: 2_000, pendingBytes: 1_000) == nil)
    }
}
