internal import COpenSSL

/// Why something with keys, signatures or sealed bytes did not work.
public struct CryptographyError: Error, Sendable, Hashable {
    public enum Code: Sendable, Hashable {
        /// A key, nonce or sealed text of the wrong length.
        case wrongLength
        /// Bytes or PEM text that are no key of the kind asked for.
        case malformedKey
        /// Sealed bytes that were altered, cut, or sealed with another key or other additional data.
        case notAuthentic
        /// A key file that cannot be read or written.
        case file
        /// A key file that was to be made is there already.
        case fileExists
        /// libcrypto refused for a reason of its own, such as no memory or no entropy.
        case library
    }

    public var code: Code
    /// For a person. Never holds key material.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A refusal of libcrypto, with the reason from this thread's error queue, which is empty afterwards.
    static func library(_ action: String) -> CryptographyError {
        CryptographyError(.library, "\(action): \(takeLibraryReason())")
    }

    /// The newest reason in this thread's error queue. Empties the queue, so that nothing stale stays for the next
    /// user of the library on this thread.
    static func takeLibraryReason() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
        return String(cString: reason)
    }
}

extension CryptographyError: CustomStringConvertible {
    public var description: String { message }
}
