import COpenSSL
import NIOCore
import TLS
import TestSupport

/// A client made of libssl alone, so that it can do what ours refuses: speak TLS 1.2, show no certificate, offer
/// another protocol or none.
final class RawClient {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private(set) var isEstablished = false
    private(set) var received: [UInt8] = []

    /// - Parameter protocols: ALPN in wire form, e.g. `[9] + "quality/1"`; empty: none is offered.
    init(
        identity: TestAuthority.Identity? = nil, highestVersion: Int32 = TLS1_3_VERSION,
        protocols: [UInt8] = [9] + Array("quality/1".utf8)
    ) {
        let context = SSL_CTX_new(TLS_client_method())!
        precondition(qm_ctx_set_versions(context, TLS1_2_VERSION, highestVersion) == 1)
        if let identity {
            Self.read(identity.certificate) { bio in
                let certificate = PEM_read_bio_X509(bio, nil, nil, nil)
                SSL_CTX_use_certificate(context, certificate)
                X509_free(certificate)
            }
            Self.read(identity.key) { bio in
                let key = PEM_read_bio_PrivateKey(bio, nil, nil, nil)
                SSL_CTX_use_PrivateKey(context, key)
                EVP_PKEY_free(key)
            }
        }
        if !protocols.isEmpty { SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count)) }
        self.context = context
        ssl = SSL_new(context)
        incoming = BIO_new(BIO_s_mem())
        outgoing = BIO_new(BIO_s_mem())
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    /// Talks to `server` until both are silent.
    func exchange(with server: TLSEnd) throws {
        while true {
            ERR_clear_error()
            if !isEstablished {
                isEstablished = SSL_do_handshake(ssl) == 1
            } else {
                var byte: UInt8 = 0
                while SSL_read(ssl, &byte, 1) == 1 { received.append(byte) }
            }
            let sent = takeOutgoing()
            if !sent.isEmpty { try server.deliver(ByteBuffer(bytes: sent)) }
            let answers = try server.takeCiphertext()
            if sent.isEmpty && answers.isEmpty { return }
            receive(answers)
        }
    }

    /// What the server has sent; taken up with the next exchange.
    func receive(_ ciphertext: [ByteBuffer]) {
        for answer in ciphertext {
            _ = Array(answer.readableBytesView).withUnsafeBytes {
                BIO_write(incoming, $0.baseAddress, Int32($0.count))
            }
        }
    }

    /// Asks for new keys on both sides, `count` times.
    func sendKeyUpdates(_ count: Int, to server: TLSEnd) throws {
        for _ in 0..<count {
            SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)
            var byte: UInt8 = 7
            _ = SSL_write(ssl, &byte, 1)
        }
        try server.deliver(ByteBuffer(bytes: takeOutgoing()))
    }

    /// A client, and a server that it has shaken hands with.
    static func connected() throws -> (RawClient, TLSEnd) {
        let authority = TestAuthority()
        let server = try TLSEnd(TLSContext(server: authority.configuration(authority.issue(service: "gateway"))))
        try server.connect()
        let client = RawClient(identity: authority.issue(service: "submission"))
        try client.exchange(with: server)
        return (client, server)
    }

    /// Has its own keys made anew without a byte of data, `count` times in one piece; with `asks` the server's, too.
    func sendBareKeyUpdates(_ count: Int, asks: Bool, to server: TLSEnd) throws {
        for _ in 0..<count {
            SSL_key_update(ssl, asks ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED)
            SSL_do_handshake(ssl)
        }
        try server.deliver(ByteBuffer(bytes: takeOutgoing()))
    }

    private func takeOutgoing() -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 32 * 1024)
        while case let count = BIO_read(outgoing, &chunk, Int32(chunk.count)), count > 0 {
            all += chunk.prefix(Int(count))
        }
        return all
    }

    private static func read(_ pem: String, _ body: (OpaquePointer?) -> Void) {
        let bytes = Array(pem.utf8)
        bytes.withUnsafeBytes { buffer in
            let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count))
            body(bio)
            BIO_free(bio)
        }
    }
}
