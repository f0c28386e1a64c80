internal import COpenSSL

/// The one owner of an `EVP_PKEY`.
///
/// Unchecked, yet safe to share: the key is never changed after `init`, and libcrypto lets many threads use one
/// unchanging key, each with a context of its own.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over a reference.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// Reads a key out of PEM text with `read`, which is one of the `PEM_read_bio_...` functions. `nil` when the text
    /// holds no such key.
    static func readPEM(_ text: String, _ read: (OpaquePointer) -> OpaquePointer?) -> KeyHandle? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer -> KeyHandle? in
            guard let length = Int32(exactly: buffer.count),
                let bio = BIO_new_mem_buf(buffer.baseAddress, length)
            else { return nil }
            defer { BIO_free(bio) }
            return read(bio).map(KeyHandle.init(owning:))
        }
    }

    /// Writes PEM text with `write`, which is one of the `PEM_write_bio_...` functions.
    static func writePEM(_ write: (OpaquePointer) -> Int32) throws(CryptographyError) -> String {
        ERR_clear_error()
        guard let bio = BIO_new(BIO_s_mem()) else { throw .library("PEM") }
        defer { BIO_free(bio) }
        guard write(bio) == 1 else { throw .library("PEM") }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 512)
        while case let count = BIO_read(bio, &chunk, Int32(chunk.count)), count > 0 {
            text += chunk.prefix(Int(count))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// True for an Ed25519 key, private or public.
    var isEd25519: Bool { EVP_PKEY_get_id(pointer) == EVP_PKEY_ED25519 }
}
