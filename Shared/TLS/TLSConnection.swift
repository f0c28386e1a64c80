internal import COpenSSL
internal import NIOCore

/// The one owner of an `SSL`: turns ciphertext into plaintext and back. Knows no channel; belongs to one event loop.
///
/// libssl reads and writes through memory windows (`qm_windows`) that are set for the length of one call, so no byte is
/// copied in between and no pointer stays behind. Each call is: clear the thread's error queue, call, classify at once,
/// since a stale entry of another connection on the same thread would pass for a failure of this one.
final class TLSConnection {
    /// A full TLS record's plaintext (RFC 8446, section 5.1).
    static let recordBytes = 16 * 1024
    /// More than header, content type and tag add to a record (22 bytes).
    private static let recordOverheadBytes = 32
    /// Room for one flight of a handshake; grows when certificates need more.
    private static let flightBytes = 4 * 1024

    private let ssl: OpaquePointer
    private let windows: UnsafeMutablePointer<qm_windows>
    let context: TLSContext
    let peerRule: PeerRule
    /// Set by the verification callback when the peer's certificate was accepted.
    var peerCertificate: PeerCertificate?
    /// Set by a callback that ends the handshake: what libssl's own reason does not say.
    var refusal: Refusal?
    private(set) var isEstablished = false
    /// The first bytes of the peer, to tell a person what was there instead of TLS.
    private var firstBytes: [UInt8] = []

    /// Why one of our callbacks refused the peer.
    enum Refusal {
        case noApplicationProtocol
        case invalid(PeerCertificate?, reason: Int32, depth: Int32)
        case unexpected(PeerCertificate?)
        /// libcrypto would take it, and nobody should.
        case malformed(PeerCertificate?, String, depth: Int32)
    }

    /// What one piece of ciphertext led to.
    enum OnReceive: Equatable {
        /// Nothing is wrong; more may come.
        case open
        /// The peer said that it has ended its side.
        case closedByPeer
        case failed(TLSError)
    }

    init(_ context: TLSContext, peerRule: PeerRule, serverName: String?) throws(TLSError) {
        qm_clear_errors()
        guard let ssl = SSL_new(context.pointer) else { throw .library("TLS connection") }
        guard let windows = qm_ssl_use_windows(ssl) else {
            SSL_free(ssl)
            throw .library("TLS connection")
        }
        self.ssl = ssl
        self.windows = windows
        self.context = context
        self.peerRule = peerRule
        switch context.role {
        case .server: SSL_set_accept_state(ssl)
        case .client: SSL_set_connect_state(ssl)
        }
        // Not retained: `self` owns the `SSL` and outlives it.
        guard SSL_set_ex_data(ssl, qm_ssl_owner_index(), Unmanaged.passUnretained(self).toOpaque()) == 1 else {
            throw .library("TLS connection")
        }
        if let serverName {
            guard qm_ssl_set_server_name(ssl, serverName) == 1, SSL_set1_host(ssl, serverName) == 1 else {
                throw .library("server name \(serverName)")
            }
        }
    }

    deinit {
        SSL_free(ssl)
    }

    /// The connection a callback of libssl is about.
    static func owner(of ssl: OpaquePointer?) -> TLSConnection? {
        guard let ssl, let owner = SSL_get_ex_data(ssl, qm_ssl_owner_index()) else { return nil }
        return Unmanaged<TLSConnection>.fromOpaque(owner).takeUnretainedValue()
    }

    // MARK: Receiving

    /// Begins the handshake: appends a client's first flight to `output`.
    func start(output: inout ByteBuffer) -> OnReceive {
        continueHandshake(&output) ?? .open
    }

    /// Takes what came from the peer. Appends plaintext to `plaintext`, and what must be sent (handshake, alerts) to
    /// `output`. ``isEstablished`` may turn true. What is left of `ciphertext` while nothing is wrong is to be handed over
    /// again after ``takeKeyUpdates()``: many of them came.
    func receive(
        _ ciphertext: inout ByteBuffer, plaintext: inout ByteBuffer, output: inout ByteBuffer
    ) -> OnReceive {
        var taken = 0
        defer { ciphertext.moveReaderIndex(forwardBy: taken) }
        return ciphertext.withUnsafeReadableBytes { input in
            windows.pointee.input = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            windows.pointee.input_count = input.count
            defer {
                taken = input.count - windows.pointee.input_count
                windows.pointee.input = nil
                windows.pointee.input_count = 0
            }
            if !isEstablished {
                if firstBytes.count < 8 { firstBytes += input.prefix(8 - firstBytes.count) }
                if let outcome = continueHandshake(&output) { return outcome }
            }
            let outcome = decrypt(into: &plaintext, output: &output)
            guard case .open = outcome, let error = answerKeyUpdates(&output) else { return outcome }
            return .failed(error)
        }
    }

    /// A peer that asks for our next keys gets them now. libssl would send the last ones before the next record (RFC 8446,
    /// section 4.6.3, asks for no more), and while this side has nothing to say the peer would wait for ever.
    private func answerKeyUpdates(_ output: inout ByteBuffer) -> TLSError? {
        guard windows.pointee.key_updates > 0, SSL_get_key_update_type(ssl) != SSL_KEY_UPDATE_NONE else { return nil }
        let (result, error) = call(roomBytes: 2 * Self.recordOverheadBytes, output: &output) {
            let result = SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
            return result == 1 ? SSL_do_handshake(ssl) : result
        }
        return result == 1 ? nil : takeFailure(error)
    }

    /// Messages of TLS itself (KeyUpdate and its like) that have come behind the handshake since the last time.
    func takeKeyUpdates() -> Int {
        let count = windows.pointee.key_updates
        if count > 0 { windows.pointee.key_updates = 0 }
        return Int(count)
    }

    /// Records that have come since the last time.
    func takeRecords() -> Int {
        defer { windows.pointee.records = 0 }
        return Int(windows.pointee.records)
    }

    /// `nil` once the handshake is over, at once or already.
    private func continueHandshake(_ output: inout ByteBuffer) -> OnReceive? {
        let (result, error) = call(roomBytes: Self.flightBytes, output: &output) { SSL_do_handshake(ssl) }
        guard result == 1 else {
            return error == SSL_ERROR_WANT_READ ? .open : .failed(takeFailure(error))
        }
        guard hasApplicationProtocol else {
            return .failed(
                TLSError(
                    .applicationProtocolRefused,
                    "the server did not agree to the application protocol \(context.applicationProtocol)"))
        }
        // libssl has seen to it; said again here, since all that follows rests on it.
        guard peerCertificate != nil else {
            return .failed(TLSError(.certificateMissing, "peer sent no certificate"))
        }
        isEstablished = true
        firstBytes = []
        return nil
    }

    private func decrypt(into plaintext: inout ByteBuffer, output: inout ByteBuffer) -> OnReceive {
        // What comes out is a little less than what goes in, but for a record that began in an earlier piece.
        let inputBytes = windows.pointee.input_count
        var roomBytes = inputBytes + (inputBytes >= Self.recordBytes / 2 ? Self.recordBytes : 0)
        var outcome = OnReceive.open
        var isMore = inputBytes > 0
        while isMore {
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: max(roomBytes, 64)) { room in
                var filled = 0
                while isMore, filled < room.count {
                    let count = Int32(clamping: room.count - filled)
                    qm_clear_errors()
                    let result = SSL_read(ssl, room.baseAddress.unsafelyUnwrapped + filled, count)
                    if result > 0 {
                        filled += Int(result)
                        // Asking again when nothing is left would cost a call into libssl each time.
                        isMore = windows.pointee.input_count > 0 || SSL_pending(ssl) > 0
                    } else {
                        (outcome, isMore) = classifyRead(result)
                        collectSpill(&output)
                    }
                }
                return filled
            }
            roomBytes = Self.recordBytes
        }
        collectSpill(&output)
        return outcome
    }

    private func classifyRead(_ result: Int32) -> (OnReceive, isMore: Bool) {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: (.open, false)
        // Each KeyUpdate that asks for one is answered by the one after it. When the spill is full it is emptied, and
        // libssl goes on where it was.
        case SSL_ERROR_WANT_WRITE where windows.pointee.spill_count > 0: (.open, true)
        case SSL_ERROR_WANT_WRITE: (.failed(TLSError(.library, "libssl wants to write, and has nothing")), false)
        case SSL_ERROR_ZERO_RETURN: (.closedByPeer, false)
        case let error: (.failed(takeFailure(error)), false)
        }
    }

    private func collectSpill(_ output: inout ByteBuffer) {
        let count = windows.pointee.spill_count
        guard count > 0 else { return }
        withUnsafeBytes(of: &windows.pointee.spill) { _ = output.writeBytes($0.prefix(count)) }
        windows.pointee.spill_count = 0
    }

    // MARK: Sending

    /// Appends the records that carry `plaintext` to `output`. `nil` when all of it was taken.
    func encrypt(_ plaintext: UnsafeRawBufferPointer, output: inout ByteBuffer) -> TLSError? {
        var rest = plaintext[...]
        while !rest.isEmpty {
            let records = (rest.count + Self.recordBytes - 1) / Self.recordBytes
            let (result, error) = call(
                roomBytes: rest.count + records * Self.recordOverheadBytes, output: &output
            ) {
                var result: Int32 = 0
                while !rest.isEmpty {
                    let record = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.recordBytes))
                    qm_clear_errors()
                    result = SSL_write(ssl, record.baseAddress, Int32(record.count))
                    guard result > 0 else { break }
                    rest = rest.dropFirst(Int(result))
                }
                return result
            }
            if result <= 0 { return takeFailure(error) }
        }
        return nil
    }

    /// Appends close_notify, once; nothing before the handshake is over.
    func sayClosing(output: inout ByteBuffer) {
        guard isEstablished else { return }
        let (result, error) = call(roomBytes: Self.recordOverheadBytes, output: &output) { SSL_shutdown(ssl) }
        // 0: ours is out and the peer's has not come, which nobody waits for. A failure changes nothing here.
        if result < 0 && error == SSL_ERROR_SSL { ERR_clear_error() }
    }

    /// Runs `body`, which calls libssl, with an output window of `roomBytes` or more at the end of `output`; again with
    /// a larger one while libssl wants more room.
    private func call(
        roomBytes: Int, output: inout ByteBuffer, _ body: () -> Int32
    ) -> (result: Int32, error: Int32) {
        var roomBytes = roomBytes
        while true {
            var result: Int32 = 0
            var error = SSL_ERROR_NONE
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: roomBytes) { room in
                windows.pointee.output = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                windows.pointee.output_capacity = room.count
                windows.pointee.output_count = 0
                defer {
                    windows.pointee.output = nil
                    windows.pointee.output_capacity = 0
                }
                qm_clear_errors()
                result = body()
                if result <= 0 { error = SSL_get_error(ssl, result) }
                return windows.pointee.output_count
            }
            guard error == SSL_ERROR_WANT_WRITE else { return (result, error) }
            roomBytes *= 2
        }
    }

    /// Gives libssl's record buffers back, about 33 KiB, unless half a record is in them; it takes new ones when it needs
    /// them. `SSL_MODE_RELEASE_BUFFERS` would do so after every record, which costs more than records do.
    func releaseBuffers() {
        guard isEstablished else { return }
        _ = SSL_free_buffers(ssl)
    }

    // MARK: The peer, once more

    /// Judges the connected peer by another context's authorities, revocations and trust domain. `nil` when it may stay.
    func verifyPeerAgain(by other: TLSContext) -> TLSError? {
        // It was let in as one of our domain, by a rule of TLS or by the server; ours is another one now.
        if other.trustDomain != context.trustDomain, peerCertificate?.trustDomain != other.trustDomain {
            return TLSError(
                .identityRefused,
                "peer is \(peerCertificate?.description ?? "unknown"), and our own certificate is of the trust domain "
                    + "\(other.trustDomain ?? "(none)") now")
        }
        qm_clear_errors()
        defer { qm_clear_errors() }
        guard let leaf = SSL_get0_peer_certificate(ssl), let store = X509_STORE_CTX_new() else {
            return .library("the peer's certificate")
        }
        defer { X509_STORE_CTX_free(store) }
        guard
            X509_STORE_CTX_init(
                store, SSL_CTX_get_cert_store(other.pointer), leaf, SSL_get_peer_cert_chain(ssl)) == 1,
            X509_STORE_CTX_set_default(store, context.role == .server ? "ssl_client" : "ssl_server") == 1
        else { return .library("the peer's certificate") }
        X509_STORE_CTX_set_verify_cb(store, tolerateEnd)
        guard X509_verify_cert(store) != 1 else { return nil }
        return TLSFailure.invalidCertificate(
            X509_STORE_CTX_get_current_cert(store).map(PeerCertificate.init),
            reason: X509_STORE_CTX_get_error(store), depth: X509_STORE_CTX_get_error_depth(store))
    }

    // MARK: Classifying

    private var hasApplicationProtocol: Bool {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        return UnsafeBufferPointer(start: name, count: Int(count)).elementsEqual(context.applicationProtocol.utf8)
    }

    /// Names what just failed and empties the error queue.
    private func takeFailure(_ error: Int32) -> TLSError {
        // The oldest entry is the cause; the ones after it say who passed it on.
        let code = ERR_peek_error()
        ERR_clear_error()
        return TLSFailure(
            reason: error == SSL_ERROR_SSL ? ERR_GET_REASON(code) : 0,
            text: error == SSL_ERROR_SSL ? ERR_reason_error_string(code).map { String(cString: $0) } : nil,
            isServer: context.role == .server, isEstablished: isEstablished, firstBytes: firstBytes,
            clientVersion: SSL_client_version(ssl), applicationProtocol: context.applicationProtocol,
            peerRule: peerRule.expectation(context.trustDomain), refusal: refusal
        ).error
    }
}
