import COpenSSL
import Glibc
import TestSupport

/// A client made of a socket and libssl alone, which has the keys of its connection made anew again and again: ours
/// cannot. Waits in the thread that asks.
final class KeyUpdater {
    struct Failure: Error {
        let what: String
    }

    private let descriptor: Int32
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Connects to 127.0.0.1 and shakes hands.
    init(port: Int, identity: TestAuthority.Identity) throws {
        guard let descriptor = Loopback.connect(port: port) else { throw Failure(what: "nobody listens on \(port)") }
        self.descriptor = descriptor
        let context = SSL_CTX_new(TLS_client_method())!
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
        let protocols = [9] + Array("quality/1".utf8)
        SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count))
        self.context = context
        ssl = SSL_new(context)
        incoming = BIO_new(BIO_s_mem())
        outgoing = BIO_new(BIO_s_mem())
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        while true {
            ERR_clear_error()
            let isDone = SSL_do_handshake(ssl) == 1
            flush()
            if isDone { break }
            guard take() else { throw Failure(what: "no handshake") }
        }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
        close(descriptor)
    }

    /// Sends so many KeyUpdates in one piece and ends its side; reads what the server says to the first.
    func sendKeyUpdates(_ count: Int) throws -> [RawFrame] {
        for _ in 0..<count {
            ERR_clear_error()
            guard SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1, SSL_do_handshake(ssl) == 1 else {
                throw Failure(what: "no KeyUpdate")
            }
        }
        flush()
        shutdown(descriptor, Int32(SHUT_WR))
        var plaintext: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 16_384)
        repeat {
            ERR_clear_error()
            while case let count = SSL_read(ssl, &room, Int32(room.count)), count > 0 {
                plaintext += room.prefix(Int(count))
            }
        } while take()
        return RawFrame.parse(plaintext).frames
    }

    /// Asks for the server's next keys, once its HELLO has come. True when they are what it says next.
    func isAnsweredKeyUpdate() throws -> Bool {
        var room = [UInt8](repeating: 0, count: 16_384)
        while readOnce(&room) == 0 {
            guard take() else { throw Failure(what: "no HELLO") }
        }
        ERR_clear_error()
        guard SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1, SSL_do_handshake(ssl) == 1 else {
            throw Failure(what: "no KeyUpdate")
        }
        flush()
        // A record that carries no data: this server sends no tickets.
        return take() && readOnce(&room) == 0
    }

    /// The bytes that have come, 0 for none.
    private func readOnce(_ room: inout [UInt8]) -> Int {
        ERR_clear_error()
        return max(0, Int(SSL_read(ssl, &room, Int32(room.count))))
    }

    /// What libssl wants to say goes into the socket.
    private func flush() {
        var all: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 16_384)
        while case let count = BIO_read(outgoing, &room, Int32(room.count)), count > 0 {
            all += room.prefix(Int(count))
        }
        var rest = all[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// Waits for bytes and hands them to libssl; false at the end of the connection.
    private func take() -> Bool {
        var room = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &room, room.count, 0)
        guard count > 0 else { return false }
        return BIO_write(incoming, room, Int32(count)) == Int32(count)
    }

    private static func read(_ pem: String, _ body: (OpaquePointer?) -> Void) {
        Array(pem.utf8).withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            body(bio)
            BIO_free(bio)
        }
    }
}
