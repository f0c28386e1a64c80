internal import COpenSSL

/// Makes private keys for TLS certificates. Signing receipts is not their work: see ``SigningKey``.
public enum CertificateKey {
    /// A fresh NIST P-256 key as PKCS #8 PEM text, not encrypted.
    public static func generateP256PEM() throws(CryptographyError) -> String {
        ERR_clear_error()
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else { throw .library("P-256 key") }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &made) == 1, let made
        else { throw .library("P-256 key") }
        let key = KeyHandle(owning: made)
        return try KeyHandle.writePEM { PEM_write_bio_PKCS8PrivateKey($0, key.pointer, nil, nil, 0, nil, nil) }
    }
}
