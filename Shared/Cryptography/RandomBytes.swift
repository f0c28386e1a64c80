internal import COpenSSL

/// Random bytes fit for keys, from libcrypto's generator.
public enum RandomBytes {
    /// `count` fresh bytes. Throws `.library` when the system gives no entropy.
    public static func make(count: Int) throws(CryptographyError) -> [UInt8] {
        guard count >= 0, let length = Int32(exactly: count) else {
            throw CryptographyError(.wrongLength, "\(count) random bytes asked for; 0 to \(Int32.max) are possible")
        }
        ERR_clear_error()
        var isFilled = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            isFilled = length == 0 || RAND_bytes(buffer.baseAddress, length) == 1
            initialized = isFilled ? count : 0
        }
        guard isFilled else { throw .library("random bytes") }
        return bytes
    }
}
