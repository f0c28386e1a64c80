internal import Glibc
internal import Synchronization

/// Ports for services that a test stops and starts again: below those that the system hands to outgoing connections, so
/// that one which its service left for a restart is still free when it comes back. Processes of tests that run side by
/// side have ports of their own: a port that one has found free is not another's before it is bound. The cases in Python
/// stay below these.
package enum ServicePort {
    package struct NoneFree: Error {}

    private static let range = 20_000..<32_000
    private static let portsOfAProcess = 400

    /// The last one given, and those that are this process's: the first of them is bound for as long as it lives.
    private static let taken: Mutex<(last: Int, own: Range<Int>)?> = Mutex(
        stride(from: range.lowerBound, to: range.upperBound, by: portsOfAProcess).first(where: Loopback.keep)
            .map { ($0, $0 + 1..<$0 + portsOfAProcess) })

    package static func next() throws -> Int {
        for _ in 0..<portsOfAProcess {
            let port = taken.withLock { taken -> Int? in
                guard let (last, own) = taken else { return nil }
                let port = last + 1 < own.upperBound ? last + 1 : own.lowerBound
                taken?.last = port
                return port
            }
            if let port, Loopback.isFree(port: port) { return port }
        }
        throw NoneFree()
    }
}
