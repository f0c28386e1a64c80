package import Glibc
internal import TestSupport

/// Small files of text, which only their owner may read.
package enum TextFile {
    package static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
        try write(text, to: path, O_TRUNC)
        // Whatever the mask is.
        chmod(path, mode)
    }

    package static func append(_ text: String, to path: String) throws {
        try write(text, to: path, O_APPEND)
    }

    package static func read(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SpawnError("\(path): errno \(errno)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk.prefix(count)
        }
    }

    private static func write(_ text: String, to path: String, _ flags: Int32) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw SpawnError("\(path): errno \(errno)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SpawnError("\(path): errno \(errno)")
        }
    }
}
