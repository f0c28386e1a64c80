import Journal
import Storage
import Testing
import Wire

@testable import Following

@Suite("How a follower is doing")
struct FollowerProgressTests {
    private static func at(_ seconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: (100 + seconds) * 1_000_000_000)
    }

    private let log = FollowedLog(
        epoch: JournalEpoch(Array(repeating: 7, count: 16))!, frontier: CompactRange(), key: "")
    private var progress = FollowerProgress(at: Self.at(0))

    @Test("has caught up once it was at the end, and is behind whenever it is not")
    mutating func lag() {
        #expect(!progress.hasCaughtUp && progress.secondsBehind(at: Self.at(3)) == 3)
        progress.tookEffect(log, isAtEnd: false, at: Self.at(4))
        #expect(!progress.hasCaughtUp && progress.condition == .catchingUp)
        #expect(progress.secondsBehind(at: Self.at(5)) == 5)
        progress.tookEffect(log, isAtEnd: true, at: Self.at(6))
        #expect(progress.hasCaughtUp && progress.condition == .current && progress.secondsBehind(at: Self.at(9)) == 0)
        progress.ended("gone", at: Self.at(10))
        progress.ended("still gone", at: Self.at(12))
        #expect(progress.hasCaughtUp && progress.condition == .failing("still gone"))
        #expect(progress.secondsBehind(at: Self.at(15)) == 5)
        progress.tookEffect(log, isAtEnd: true, at: Self.at(16))
        #expect(progress.secondsBehind(at: Self.at(17)) == 0)
    }

    @Test("has not caught up with a journal that became another one")
    mutating func another() {
        progress.tookEffect(log, isAtEnd: true, at: Self.at(1))
        progress.startedOver(at: Self.at(2))
        #expect(!progress.hasCaughtUp && progress.cursor == nil)
        #expect(progress.secondsBehind(at: Self.at(4)) == 2)
    }
}
