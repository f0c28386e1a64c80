internal import Cryptography
internal import Foundation
internal import SwiftASN1
internal import X509

/// Where an authority is kept: its certificate and key, a copy of every certificate it issued (`issued/SERIAL.pem`), and
/// the list of those it has taken back (`revocations.pem`).
struct AuthorityDirectory {
    static let authorityFile = "ca.pem"
    static let authorityKeyFile = "ca-key.pem"
    static let revocationsFile = "revocations.pem"
    private static let issuedDirectory = "issued"
    private static let lockFile = ".lock"

    let path: String
    let authority: CertificateAuthority
    let authorityPEM: String
    private let keyPEM: String

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        authorityPEM = try Self.text(PKIFiles.path(Self.authorityFile, in: path))
        keyPEM = try Self.text(PKIFiles.path(Self.authorityKeyFile, in: path))
        do {
            authority = try CertificateAuthority(certificatePEM: authorityPEM, keyPEM: keyPEM)
        } catch {
            throw CommandFailure(.input, "\(path): no authority that `qmctl pki init` made: \(PKIWords.of(error))")
        }
    }

    private static func text(_ path: String) throws(CommandFailure) -> String {
        do throws(CommandFailure) {
            return String(decoding: try ConsoleEnvironment.contents(of: path), as: UTF8.self)
        } catch {
            throw CommandFailure(.input, "\(error.message); make an authority first: qmctl pki init")
        }
    }

    // MARK: Certificates

    /// One that was issued here.
    struct Issued {
        let certificate: Certificate
        /// Hexadecimal, upper case: the file's name, and what `revoke` and `renew` take.
        let serial: String
        let identity: String
    }

    /// Keeps a copy before the certificate is given away: what is not known here could never be taken back.
    func record(_ certificate: Certificate) throws(CommandFailure) {
        try PKIFiles.write(
            [.init(name: PKIRules.serial(of: certificate) + ".pem", text: try PKIRules.pem(certificate))],
            to: PKIFiles.path(Self.issuedDirectory, in: path),
            remedy: "a serial number came twice; run the command again")
    }

    /// All that were issued, the oldest first.
    func issued() throws(CommandFailure) -> [Issued] {
        let directory = PKIFiles.path(Self.issuedDirectory, in: path)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        var found: [Issued] = []
        for name in names where name.hasSuffix(".pem") {
            found.append(try issued(at: PKIFiles.path(name, in: directory)))
        }
        return found.sorted { ($0.certificate.notValidBefore, $0.serial) < ($1.certificate.notValidBefore, $1.serial) }
    }

    /// The certificate that `target` means: a serial number, or the path of a file that holds it.
    func certificate(_ target: String) throws(CommandFailure) -> Issued {
        if !target.isEmpty, target.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || Self.isHex($0) }) {
            let file = PKIFiles.path(
                "\(Self.issuedDirectory)/\(target.uppercased()).pem", in: path)
            guard FileManager.default.fileExists(atPath: file) else {
                throw CommandFailure(
                    .input, "\(target): no certificate of this number was issued here; `qmctl pki list` shows all")
            }
            return try issued(at: file)
        }
        let found = try issued(at: target)
        guard authority.hasSigned(found.certificate) else {
            throw CommandFailure(.input, "\(target): was not issued by the authority in \(path)")
        }
        return found
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "F") ~= byte
    }

    private func issued(at file: String) throws(CommandFailure) -> Issued {
        let text = String(decoding: try ConsoleEnvironment.contents(of: file), as: UTF8.self)
        do {
            let certificate = try Certificate(pemEncoded: text)
            return Issued(
                certificate: certificate, serial: PKIRules.serial(of: certificate),
                identity: CertificateAuthority.uris(of: certificate).first ?? "none")
        } catch {
            throw CommandFailure(.input, "\(file): is no certificate in PEM form: \(PKIWords.of(error))")
        }
    }

    // MARK: Revocations

    var revocationsPath: String { PKIFiles.path(Self.revocationsFile, in: path) }

    /// The list as it stands; `nil` when there was never one.
    func revocations() throws(CommandFailure) -> RevocationList? {
        guard FileManager.default.fileExists(atPath: revocationsPath) else { return nil }
        let text = String(decoding: try ConsoleEnvironment.contents(of: revocationsPath), as: UTF8.self)
        do {
            return try RevocationList(pem: text)
        } catch {
            throw CommandFailure(.input, "\(revocationsPath): \(error.message); put it back from its backup")
        }
    }

    /// Adds these to the list, and issues it anew, the next one due in `days`. Adding one again keeps its first instant.
    @discardableResult
    func revoke(_ certificates: [Issued], days: Int, now: Date) throws(CommandFailure) -> RevocationList {
        let before = try revocations()
        let instant = Int64(now.timeIntervalSince1970)
        var entries = before?.entries ?? []
        for issued in certificates {
            let entry = RevocationList.Entry(
                serial: issued.certificate.serialNumber.bytes, revokedUnixSeconds: instant)
            if !entries.contains(where: { $0.serial == entry.serial }) { entries.append(entry) }
        }
        let list = RevocationList(
            number: (before?.number ?? 0) + 1,
            issuedUnixSeconds: instant - Int64(CertificateAuthority.clockSkewSeconds),
            nextUnixSeconds: instant + Int64(days) * 86_400, entries: entries)
        do {
            let text = try list.signedPEM(authorityPEM: authorityPEM, keyPEM: keyPEM)
            try PKIFiles.replace(revocationsPath, with: text)
        } catch let error as CryptographyError {
            throw CommandFailure(.input, "\(revocationsPath): cannot be made: \(error.message)")
        } catch {
            throw (error as? CommandFailure) ?? CommandFailure(.input, "\(revocationsPath): \(PKIWords.of(error))")
        }
        return list
    }

    /// Two people at work in one directory take turns.
    func locked<Result>(_ body: () throws -> Result) throws -> Result {
        let file = PKIFiles.path(Self.lockFile, in: path)
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PKIFiles.unwritable(file) }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw PKIFiles.unwritable(file) }
        }
        return try body()
    }
}
