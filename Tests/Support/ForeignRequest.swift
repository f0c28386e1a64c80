internal import COpenSSL

/// A signing request as some other program might make it, for better or worse.
public enum ForeignRequest {
    public struct Failure: Error {}

    /// PEM text.
    ///
    /// - Parameters:
    ///   - key: "P-256", "P-384" or "RSA".
    ///   - extensions: what is asked for, each as openssl.cnf has it: "subjectAltName=URI:spiffe://...".
    public static func pem(key kind: String, extensions: [String]) throws -> String {
        guard let key = makeKey(kind), let request = X509_REQ_new() else { throw Failure() }
        defer {
            EVP_PKEY_free(key)
            X509_REQ_free(request)
        }
        let wanted = OPENSSL_sk_new_null()
        defer { OPENSSL_sk_free(wanted) }
        var made: [OpaquePointer] = []
        defer { for item in made { X509_EXTENSION_free(item) } }
        for text in extensions {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let item = X509V3_EXT_conf(nil, nil, parts[0], parts[1]) else { throw Failure() }
            made.append(item)
            OPENSSL_sk_push(wanted, UnsafeRawPointer(item))
        }
        guard X509_REQ_set_version(request, 0) == 1, X509_REQ_set_pubkey(request, key) == 1,
            extensions.isEmpty || X509_REQ_add_extensions(request, wanted) == 1,
            X509_REQ_sign(request, key, EVP_sha256()) > 0, let bio = BIO_new(BIO_s_mem())
        else { throw Failure() }
        defer { BIO_free(bio) }
        guard PEM_write_bio_X509_REQ(bio, request) == 1 else { throw Failure() }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }

    private static func makeKey(_ kind: String) -> OpaquePointer? {
        let context = EVP_PKEY_CTX_new_id(kind == "RSA" ? EVP_PKEY_RSA : EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1 else { return nil }
        let curve = kind == "P-384" ? NID_secp384r1 : NID_X9_62_prime256v1
        guard kind == "RSA" || EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curve) == 1 else { return nil }
        var key: OpaquePointer?
        return EVP_PKEY_keygen(context, &key) == 1 ? key : nil
    }
}
