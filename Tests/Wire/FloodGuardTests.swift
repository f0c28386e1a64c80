import Testing

@testable import Wire

@Suite("Guard against floods")
struct FloodGuardTests {
    private static func limits(_ number: UInt32) -> FloodLimits {
        var limits = FloodLimits()
        for kind in FloodKind.allCases { limits[kind] = number }
        return limits
    }

    @Test(
        "as many as allowed pass in a window, one more does not, and each kind has its own",
        arguments: FloodKind.allCases)
    func limit(kind: FloodKind) {
        var flood = FloodGuard(Self.limits(5))
        for _ in 0..<5 { #expect(flood.allows(kind) == true) }
        for other in FloodKind.allCases where other != kind { #expect(flood.allows(other) == true) }
        #expect(flood.allows(kind) == false)
        let error = flood.excess(kind)
        #expect(error.code == .excessiveLoad)
        #expect(error.cause == kind.label)
        #expect(error.reason.hasPrefix("more than 5 "))
    }

    @Test("a new window begins at zero")
    func windows() {
        var flood = FloodGuard(Self.limits(5))
        for _ in 0..<100 {
            flood.beginWindow()
            for _ in 0..<5 { #expect(flood.allows(.resets) == true) }
        }
        #expect(flood.allows(.resets) == false)
    }

    private func allowsCredit(_ flood: inout FloodGuard) -> Bool {
        flood.takeEarnedCredit() || flood.allows(.credits)
    }

    @Test("credit for what was sent is not counted: a response in frames of five bytes passes")
    func earnedCredit() {
        var flood = FloodGuard(Self.limits(5))
        // A peer that gives credit for each frame, for the stream and for the connection.
        for _ in 0..<60_000 {
            flood.sent(frames: 1)
            #expect(allowsCredit(&flood) == true)
            #expect(allowsCredit(&flood) == true)
        }
    }

    @Test("credit that nothing was sent for is counted, after what was earned")
    func idleCredit() {
        var flood = FloodGuard(Self.limits(5))
        flood.sent(frames: 2)
        for _ in 0..<(2 * FloodGuard.creditsPerSentFrame + 5) { #expect(allowsCredit(&flood) == true) }
        #expect(allowsCredit(&flood) == false)
    }

    @Test("who carries many callers is held to what does not come from them")
    func manyCallers() {
        var flood = FloodGuard(Self.limits(5).forManyCallers)
        for kind in [FloodKind.resets, .emptyMessages, .tinyFrames, .lateFrames] {
            for _ in 0..<1_000 { #expect(flood.allows(kind) == true) }
        }
        for kind in [FloodKind.pings, .skippedFrames, .credits, .refusedCalls] {
            for _ in 0..<5 { #expect(flood.allows(kind) == true) }
            #expect(flood.allows(kind) == false)
        }
    }

    @Test("the usual limits let pass what the interoperability cases do")
    func usual() {
        var flood = FloodGuard(FloodLimits())
        for _ in 0..<1_000 { #expect(flood.allows(.resets) == true) }
        // Case 18: 300 KB in frames of five bytes, as a request and as a response.
        for _ in 0..<60_000 { #expect(flood.allows(.tinyFrames) == true) }
        var server = FloodGuard(FloodLimits().forManyCallers)
        for _ in 0..<60_000 { #expect(server.allows(.tinyFrames) == true) }
    }

    @Test("all connections of an identity may send twice what one may, and are told that it is the sum")
    func identity() {
        var limits = Self.limits(5)
        limits[.pings] = .max
        var sum = FloodGuard(limits.ofIdentity, of: .identity)
        for kind in FloodKind.allCases where kind != .pings {
            for _ in 0..<10 { #expect(sum.allows(kind) == true) }
            #expect(sum.allows(kind) == false)
            #expect(sum.excess(kind).reason.hasPrefix("more than 10 "))
            #expect(sum.excess(kind).reason.hasSuffix(" within a second on all connections of this identity"))
            #expect(sum.excess(kind).cause == kind.label)
        }
        #expect(sum.limits[.pings] == .max)
    }
}
