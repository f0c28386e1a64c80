internal import Glibc
internal import Synchronization

/// Ports for services that a test stops and starts again: below those that the system hands to outgoing connections, so
/// that one which its service left for a restart is still free when it comes back.
package enum ServicePort {
    package struct NoneFree: Error {}

    private static let range = 20_000...31_999
    private static let taken = Mutex(range.lowerBound + Int(getpid()) * 37 % 8000)

    package static func next() throws -> Int {
        for _ in 0..<2000 {
            let port = taken.withLock { port in
                port = port >= range.upperBound ? range.lowerBound : port + 1
                return port
            }
            if Loopback.isFree(port: port) { return port }
        }
        throw NoneFree()
    }
}
