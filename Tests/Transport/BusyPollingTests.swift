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

    @Test("sleeps at once after it polled in vain, and polls again after the next short wait")
    mutating func vain() {
        rule.framesCame(at: Self.at(10))
        rule.framesAreDealtWith(at: Self.at(20))
        rule.framesCame(at: Self.at(220))
        #expect(!rule.polls(at: Self.at(225)))
        rule.framesAreDealtWith(at: Self.at(230))
        #expect(!rule.polls(at: Self.at(230)))
        rule.framesCame(at: Self.at(240))
        rule.framesAreDealtWith(at: Self.at(250))
        #expect(rule.polls(at: Self.at(250)))
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
