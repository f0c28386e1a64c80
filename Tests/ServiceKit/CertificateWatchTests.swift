import Testing

@testable import ServiceKit
@testable import TLS

@Suite("Warnings before certificates end")
struct ExpiryWarningTests {
    private let day: Int64 = 86_400

    private func certificate(ends: Int64) -> TLSValidity {
        TLSValidity(.certificate, origin: "cert.pem", endsUnixSeconds: ends)
    }

    @Test("come once at each threshold, and once a day after the end")
    func thresholds() {
        var warnings = ExpiryWarnings(thresholdDays: [1, 30, 7])
        let item = certificate(ends: 100 * day)
        func told(_ now: Int64) -> [Int64] { warnings.due([item], nowUnixSeconds: now).map(\.secondsLeft) }
        #expect(told(69 * day) == [])
        #expect(told(70 * day) == [30 * day])
        #expect(told(71 * day) == [])
        #expect(told(94 * day) == [6 * day])
        #expect(told(94 * day + 10) == [])
        #expect(told(100 * day - 5) == [5])
        #expect(told(100 * day) == [0])
        #expect(told(100 * day + 3600) == [])
        #expect(told(101 * day) == [-day])
        #expect(told(101 * day + 1) == [])
    }

    @Test("begin anew for a renewed certificate, and are kept apart by kind")
    func renewed() {
        var warnings = ExpiryWarnings(thresholdDays: [30])
        #expect(warnings.due([certificate(ends: day)], nowUnixSeconds: 0).count == 1)
        #expect(warnings.due([certificate(ends: 400 * day)], nowUnixSeconds: 0).isEmpty)
        #expect(warnings.due([certificate(ends: 400 * day)], nowUnixSeconds: 380 * day).count == 1)
        let list = TLSValidity(.revocations, origin: "revocations.pem", endsUnixSeconds: 400 * day)
        let both = [certificate(ends: 400 * day), list]
        #expect(warnings.due(both, nowUnixSeconds: 380 * day).isEmpty, "a list is warned of a week before, not more")
        #expect(warnings.due(both, nowUnixSeconds: 393 * day).map(\.validity) == [list])
    }

    @Test("name a peer once a day, and only so many peers")
    func peers() {
        var notices = PeerExpiryNotices(beforeDays: 30)
        func peer(_ name: String, at now: Int64) -> PeerExpiryNotices.OnPeer {
            notices.peer(name, endsUnixSeconds: 100 * day, nowUnixSeconds: now)
        }
        #expect(peer("a", at: 60 * day) == .farFromEnd)
        #expect(peer("a", at: 80 * day) == .name(secondsLeft: 20 * day))
        #expect(peer("a", at: 80 * day + 1) == .known)
        #expect(peer("b", at: 80 * day + 1) == .name(secondsLeft: 20 * day - 1))
        #expect(peer("a", at: 81 * day) == .name(secondsLeft: 19 * day))
        for index in 0..<PeerExpiryNotices.mostNames { _ = peer("peer \(index)", at: 82 * day) }
        #expect(peer("one more", at: 82 * day) == .known)
    }
}
