import Testing
import Wire

@testable import RPC

@Suite("What is told of something that fails again and again")
struct OutageNoticesTests {
    private func at(_ seconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: (1_000 + seconds) * 1_000_000_000)
    }

    @Test("the first failure, then one a minute with how many there were since, and the end")
    func minutes() {
        var notices = OutageNotices()
        #expect(notices.failed("refused", at: at(0)) == .tell(attempts: 1))
        for second: UInt64 in stride(from: 3, to: 60, by: 3) {
            #expect(notices.failed("refused", at: at(second)) == .keep)
        }
        #expect(notices.failed("refused", at: at(60)) == .tell(attempts: 20))
        #expect(notices.failed("refused", at: at(63)) == .keep)
        #expect(notices.succeeded(at: at(65)) == .tell(attempts: 22, microseconds: 65_000_000))
        #expect(notices.succeeded(at: at(66)) == .ignore)
        #expect(notices.failed("refused", at: at(67)) == .tell(attempts: 1))
    }

    @Test("another reason is told at once, but not one that is another each time")
    func reasons() {
        var notices = OutageNotices()
        #expect(notices.failed("refused", at: at(0)) == .tell(attempts: 1))
        #expect(notices.failed("refused", at: at(1)) == .keep)
        #expect(notices.failed("certificate revoked", at: at(2)) == .tell(attempts: 2))
        #expect(notices.failed("refused", at: at(3)) == .keep)
        var told = 0
        for number in 0..<50 where notices.failed("number \(number)", at: at(4)) != .keep { told += 1 }
        #expect(told == OutageNotices.mostReasons - 2)
        #expect(notices.failed("refused", at: at(60)) == .tell(attempts: 49))
    }

    @Test("where some succeed while others fail, it is over when none has failed for a while")
    func settled() {
        var notices = OutageNotices()
        #expect(notices.failed("full", at: at(0)) == .tell(attempts: 1))
        for second: UInt64 in 1..<60 {
            #expect(notices.succeeded(at: at(second), settledMicroseconds: 5_000_000) == .ignore)
            #expect(notices.failed("full", at: at(second)) == .keep)
        }
        #expect(notices.succeeded(at: at(63), settledMicroseconds: 5_000_000) == .ignore)
        #expect(
            notices.succeeded(at: at(64), settledMicroseconds: 5_000_000)
                == .tell(attempts: 60, microseconds: 64_000_000))
        #expect(notices.succeeded(at: at(65), settledMicroseconds: 5_000_000) == .ignore)
    }

    @Test("what is well and succeeds is nothing to tell")
    func well() {
        var notices = OutageNotices()
        #expect(notices.succeeded(at: at(0)) == .ignore)
        #expect(notices == OutageNotices())
    }
}
