internal import Glibc

/// Plain sockets on 127.0.0.1, for tests that speak without a library.
package enum Loopback {
    /// A socket that is connected to `port`, which the caller closes; `nil` when nobody listens there. A read waits for
    /// ``Patience``: only a server that hangs lets it.
    package static func connect(port: Int) -> Int32? {
        guard let descriptor = stream() else { return nil }
        var patience = timeval(tv_sec: Int(Patience.seconds), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard withAddress(port: port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Whether a server could listen on `port` now.
    static func isFree(port: Int) -> Bool {
        guard let descriptor = stream() else { return false }
        defer { close(descriptor) }
        return withAddress(port: port) { bind(descriptor, $0, $1) } == 0
    }

    /// Binds `port` for as long as this process lives; `false` when somebody has it.
    static func keep(port: Int) -> Bool {
        guard let descriptor = stream() else { return false }
        if withAddress(port: port, { bind(descriptor, $0, $1) }) == 0 { return true }
        close(descriptor)
        return false
    }

    private static func stream() -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        return descriptor >= 0 ? descriptor : nil
    }

    private static func withAddress(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
