#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension SigningKey {
    /// More than any PEM file of one key; a longer file is no key.
    private static let largestFileBytes = 16 * 1024

    /// Reads the PEM file at `path`. `.file` when it cannot be read, `.malformedKey` when it holds something else.
    public static func load(path: String) throws(CryptographyError) -> SigningKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file("cannot read the signing key", path: path) }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .file("cannot read the signing key", path: path) }
            if count == 0 { break }
            text += chunk.prefix(count)
            guard text.count <= largestFileBytes else {
                throw CryptographyError(.malformedKey, "signing key \(path): too long for a key")
            }
        }
        do throws(CryptographyError) {
            return try SigningKey(pem: String(decoding: text, as: UTF8.self))
        } catch {
            throw CryptographyError(error.code, "signing key \(path): \(error.message)")
        }
    }

    /// Writes a new PEM file at `path` that only its owner may read, and syncs it: a receipt signed with a key that a
    /// crash then takes away could never be verified. `.file` when the file exists already or cannot be written.
    public func save(path: String) throws(CryptographyError) {
        let text = Array(try pem.utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file("cannot write the signing key", path: path) }
        defer { close(descriptor) }
        do throws(CryptographyError) {
            try Self.fill(descriptor, with: text, path: path)
        } catch {
            // On a full disk: half a key would stand in the way of the next start.
            unlink(path)
            throw error
        }
    }

    private static func fill(_ descriptor: Int32, with text: [UInt8], path: String) throws(CryptographyError) {
        var written = 0
        while written < text.count {
            let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .file("cannot write the signing key", path: path) }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw .file("cannot sync the signing key", path: path) }
    }
}

extension CryptographyError {
    fileprivate static func file(_ action: String, path: String) -> CryptographyError {
        CryptographyError(.file, "\(action) \(path): \(String(cString: strerror(errno)))")
    }
}
