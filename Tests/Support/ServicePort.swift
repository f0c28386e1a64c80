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
            if isFree(port) { return port }
        }
        throw NoneFree()
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
