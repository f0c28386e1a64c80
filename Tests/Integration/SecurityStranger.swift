import COpenSSL
import Foundation
import TestProcesses
import TestSupport

/// Somebody who knocks at a port and should not be let in: plain sockets and libssl, none of our own code.
struct Stranger {
    /// What the stranger saw.
    enum Outcome: Equatable {
        /// No handshake, or an alert, or the end of the connection.
        case refused
        /// The handshake succeeded and the server went on listening.
        case letIn
    }

    var highestVersion: Int32 = TLS1_3_VERSION
    /// ALPN in wire form.
    var applicationProtocols: [UInt8] = [9] + Array("quality/1".utf8)
    /// A directory with cert.pem and key.pem.
    var identityDirectory: String?

    /// Sends bytes that are not TLS and reads to the end of the connection.
    static func send(_ bytes: [UInt8], toPort port: Int) throws -> Outcome {
        let descriptor = try connect(port)
        defer { close(descriptor) }
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        var answer = [UInt8](repeating: 0, count: 1024)
        while case let count = read(descriptor, &answer, answer.count), count > 0 {
            // A server that says anything but a TLS alert (21) or the end has taken us for one of its own.
            guard answer[0] == 21 else { return .letIn }
        }
        return .refused
    }

    /// Tries to shake hands, then waits for a byte.
    func shakeHands(withPort port: Int) throws -> Outcome {
        try shakeHands(withPort: port) { _ in }
    }

    /// The serial number of the certificate that the server shows.
    func serverSerial(atPort port: Int) throws -> [UInt8] {
        var serial: [UInt8] = []
        _ = try shakeHands(withPort: port) { ssl in
            let number = X509_get0_serialNumber(SSL_get0_peer_certificate(ssl))
            serial = Array(
                UnsafeBufferPointer(start: ASN1_STRING_get0_data(number), count: Int(ASN1_STRING_length(number))))
        }
        return serial
    }

    /// Is let in, and from then on neither reads nor closes: not even when it is told to go. The caller closes the
    /// descriptor; `nil`: it was refused.
    func stay(atPort port: Int) throws -> Int32? {
        var kept: Int32?
        let outcome = try shakeHands(withPort: port) { kept = dup(SSL_get_fd($0)) }
        guard outcome == .refused, let refused = kept else { return kept }
        close(refused)
        return nil
    }

    private func shakeHands(withPort port: Int, _ connected: (OpaquePointer) -> Void) throws -> Outcome {
        let context = try made(SSL_CTX_new(TLS_client_method()), "SSL_CTX")
        defer { SSL_CTX_free(context) }
        guard qm_ctx_set_versions(context, TLS1_2_VERSION, highestVersion) == 1 else { throw SuiteError("versions") }
        if !applicationProtocols.isEmpty {
            SSL_CTX_set_alpn_protos(context, applicationProtocols, UInt32(applicationProtocols.count))
        }
        if let identityDirectory {
            guard SSL_CTX_use_certificate_file(context, identityDirectory + "/cert.pem", SSL_FILETYPE_PEM) == 1,
                SSL_CTX_use_PrivateKey_file(context, identityDirectory + "/key.pem", SSL_FILETYPE_PEM) == 1
            else { throw SuiteError("\(identityDirectory): no identity") }
        }
        let ssl = try made(SSL_new(context), "SSL")
        defer { SSL_free(ssl) }
        let descriptor = try Self.connect(port)
        defer { close(descriptor) }
        SSL_set_fd(ssl, descriptor)
        ERR_clear_error()
        guard SSL_connect(ssl) == 1 else { return .refused }
        connected(ssl)
        // In TLS 1.3 the server judges our certificate after our side is done: its first word tells.
        var byte: UInt8 = 0
        return SSL_read(ssl, &byte, 1) == 1 ? .letIn : .refused
    }

    private func made(_ pointer: OpaquePointer?, _ what: String) throws -> OpaquePointer {
        guard let pointer else { throw SuiteError(what) }
        return pointer
    }

    private static func connect(_ port: Int) throws -> Int32 {
        guard let descriptor = Loopback.connect(port: port) else {
            throw SuiteError("port \(port): \(String(cString: strerror(errno)))")
        }
        return descriptor
    }
}
