internal import Cryptography
internal import SwiftASN1
internal import X509

/// What is wrong with a certificate, a key or a request, for a person. The libraries that read them name their own types,
/// files and lines.
enum PKIWords {
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as CommandFailure: error.message
        case let error as CryptographyError: error.message
        case is ASN1Error, is CertificateError: reason(in: "\(error)")
        default: "\(error)"
        }
    }

    /// Of "TYPE.CODE: REASON MODULE/FILE.swift:LINE" the reason.
    private static func reason(in text: String) -> String {
        var reason = text[...]
        if let end = reason.firstRange(of: ": ")?.upperBound { reason = reason[end...] }
        if let place = reason.lastIndex(of: " "), reason[place...].contains(".swift:") { reason = reason[..<place] }
        return reason.isEmpty ? text : String(reason)
    }
}
