import Foundation

/// Two threads wait here for each other.
final class Meeting: @unchecked Sendable {
    private let condition = NSCondition()
    private var count = 0

    func meet() {
        condition.lock()
        defer { condition.unlock() }
        count += 1
        condition.broadcast()
        while count < 2 { condition.wait() }
    }
}
