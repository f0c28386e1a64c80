internal import COpenSSL

/// The one owner of a reference to an `X509`.
final class CertificateHandle {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        X509_free(pointer)
    }
}

/// The one owner of a reference to an `X509_CRL`.
final class RevocationListHandle {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        X509_CRL_free(pointer)
    }
}

/// The one owner of a reference to an `EVP_PKEY`.
final class PrivateKeyHandle {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }
}

/// Reads PEM text. Every failure is `.configuration` and names `origin`.
enum PEM {
    /// More certificates than any chain or list of authorities of this suite has; as many revocation lists at most.
    private static let mostCertificates = 100

    /// One or more certificates, in the order of the text.
    static func certificates(_ text: String, origin: String) throws(TLSError) -> [CertificateHandle] {
        try all(text, origin: origin, what: "a certificate in PEM form (-----BEGIN CERTIFICATE-----)") { bio in
            PEM_read_bio_X509(bio, nil, nil, nil).map(CertificateHandle.init(owning:))
        }
    }

    /// One or more revocation lists (CRL, RFC 5280, section 5), in the order of the text.
    static func revocationLists(_ text: String, origin: String) throws(TLSError) -> [RevocationListHandle] {
        try all(text, origin: origin, what: "a revocation list in PEM form (-----BEGIN X509 CRL-----)") { bio in
            PEM_read_bio_X509_CRL(bio, nil, nil, nil).map(RevocationListHandle.init(owning:))
        }
    }

    private static func all<Handle>(
        _ text: String, origin: String, what: String, _ read: (OpaquePointer) -> Handle?
    ) throws(TLSError) -> [Handle] {
        var found: [Handle] = []
        try withBIO(text, origin: origin) { (bio) throws(TLSError) in
            while let next = read(bio) {
                found.append(next)
                guard found.count <= mostCertificates else {
                    throw TLSError(.configuration, "\(origin): holds more than \(mostCertificates) of its kind")
                }
            }
        }
        // The loop ends with "no start line" in the queue when all was read, and with something else when a block is
        // damaged: that must not pass for the end.
        let code = ERR_peek_last_error()
        let isEnd = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE
        guard isEnd, !found.isEmpty else {
            throw .configuration(origin, "not \(what)")
        }
        ERR_clear_error()
        return found
    }

    /// The first private key.
    static func privateKey(_ text: String, origin: String) throws(TLSError) -> PrivateKeyHandle {
        var found: PrivateKeyHandle?
        try withBIO(text, origin: origin) { (bio) throws(TLSError) in
            // The callback answers "no pass phrase": without it libcrypto would ask for one at the terminal.
            let key = PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
            found = key.map(PrivateKeyHandle.init(owning:))
        }
        guard let found else {
            throw .configuration(origin, "not a private key in PEM form without a pass phrase")
        }
        return found
    }

    private static func withBIO(
        _ text: String, origin: String, _ body: (OpaquePointer) throws(TLSError) -> Void
    ) throws(TLSError) {
        let bytes = Array(text.utf8)
        ERR_clear_error()
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(TLSError) in
                guard let length = Int32(exactly: buffer.count), let bio = BIO_new_mem_buf(buffer.baseAddress, length)
                else { throw .configuration(origin, "cannot be read") }
                defer { BIO_free(bio) }
                try body(bio)
            }
        }
        try result.get()
    }
}
