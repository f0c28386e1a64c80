internal import Foundation

/// Carries out what waits, on a thread of its own: Swift's threads are few, and two that wait for each other could have
/// all of them.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}
