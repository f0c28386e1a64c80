import NIOCore
import Telemetry
import TestTurns
import Testing
import TestingMessages
import Wire

@testable import Transport

@Suite("A loop without work", .takesTurns)
struct BusyPollingTests {
    private static func at(_ microseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000 + microseconds * 1_000)
    }

    /// A rule with a window of 200 us that begins quiet.
    private var rule = BusyPollRule(windowNanoseconds: 200_000, at: Self.at(0))

    @Test("sleeps until frames come soon after others")
    mutating func beginning() {
        #expect(!rule.polls(at: Self.at(1)))
        rule.framesCame(at: Self.at(500))
        #expect(!rule.polls(at: Self.at(510)))
        rule.framesAreDealtWith(at: Self.at(520))
        #expect(!rule.polls(at: Self.at(520)))
        rule.framesCame(at: Self.at(719))
        #expect(rule.polls(at: Self.at(720)))
        rule.framesAreDealtWith(at: Self.at(730))
        #expect(rule.polls(at: Self.at(730)))
    }

    @Test("polls no longer than the window")
    mutating func end() {
        rule.framesCame(at: Self.at(10))
        rule.framesAreDealtWith(at: Self.at(20))
        #expect(rule.polls(at: Self.at(219)))
        #expect(!rule.polls(at: Self.at(220)))
        #expect(rule.wait(at: Self.at(220)) == 200_000)
    }

    @Test("sleeps at once after it polled in vain twice, and polls again after the next short wait")
    mutating func vain() {
        rule.framesCame(at: Self.at(10))
        rule.framesAreDealtWith(at: Self.at(20))
        rule.framesCame(at: Self.at(220))
        rule.framesAreDealtWith(at: Self.at(230))
        // A long wait and a short one may take turns.
        #expect(rule.polls(at: Self.at(230)))
        rule.framesCame(at: Self.at(430))
        #expect(!rule.polls(at: Self.at(435)))
        rule.framesAreDealtWith(at: Self.at(440))
        #expect(!rule.polls(at: Self.at(440)))
        rule.framesCame(at: Self.at(450))
        rule.framesAreDealtWith(at: Self.at(460))
        #expect(rule.polls(at: Self.at(460)))
    }

    @Test("sleeps for the rest of a wait in which somebody else wanted the core, and polls at the next one")
    mutating func yielding() {
        rule.framesCame(at: Self.at(10))
        rule.framesAreDealtWith(at: Self.at(20))
        rule.yielded(from: Self.at(21), to: Self.at(40))
        #expect(rule.polls(at: Self.at(40)))
        rule.yielded(from: Self.at(40), to: Self.at(60))
        #expect(!rule.polls(at: Self.at(60)))
        rule.framesCame(at: Self.at(100))
        rule.framesAreDealtWith(at: Self.at(110))
        #expect(rule.polls(at: Self.at(111)))
    }

    @Test("counts frames that come while others are dealt with as no wait")
    mutating func several() {
        rule.framesCame(at: Self.at(1_000))
        #expect(!rule.isQuiet)
        #expect(rule.wait(at: Self.at(1_010)) == 0)
        rule.framesCame(at: Self.at(1_010))
        #expect(!rule.polls(at: Self.at(1_010)))
    }

    @Test("goes on serving its connections while it polls, says for how long it did, and can be ended")
    func serving() async throws {
        // Once it polls it does not sleep again before the test is over.
        let replicas = try await Replicas(
            hosts: ["127.0.0.1"], loops: ConnectionLoops(threads: 1, busyPollMicroseconds: 3_600_000_000))
        let client = try await replicas.client(replicas.configuration())
        for _ in 0..<50 { _ = try await client.unaryCall(TestingV1.SimpleRequest()) }
        let loop = replicas.loops.all[0]
        let polled = try await loop.eventLoop.submit { loop.telemetry.snapshot.polledNanoseconds }.get()
        #expect(polled > 0)
        await replicas.stopAll()
        try await replicas.loops.shutDown()
    }
}
