internal import COpenSSL

/// SHA-256 (FIPS 180-4), one shot. Cheap for small inputs: each thread keeps one libcrypto context.
public enum SHA256 {
    public static let digestBytes = 32

    /// The digest of `bytes`, 32 bytes.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: digestBytes) { digest, count in
            write(hashOf: bytes, to: digest.baseAddress.unsafelyUnwrapped)
            count = digestBytes
        }
    }

    /// The digest of `bytes`, 32 bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// Writes the digest of `bytes` to the first 32 bytes of `digest`, without allocating. The two may not overlap.
    public static func hash(_ bytes: UnsafeRawBufferPointer, into digest: UnsafeMutableRawBufferPointer) {
        precondition(digest.count >= digestBytes, "a SHA-256 digest needs 32 bytes of room")
        digest.withMemoryRebound(to: UInt8.self) {
            write(hashOf: bytes, to: $0.baseAddress.unsafelyUnwrapped)
        }
    }

    private static func write(hashOf bytes: UnsafeRawBufferPointer, to digest: UnsafeMutablePointer<UInt8>) {
        // It depends on no input: a failure means that libcrypto has no memory or lacks its default provider.
        let isHashed = qm_sha256(bytes.baseAddress, bytes.count, digest) == 1
        precondition(isHashed, "libcrypto cannot compute SHA-256")
    }
}
