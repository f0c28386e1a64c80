internal import ArgumentParser
internal import Foundation
internal import RPC
internal import Reporting
internal import SwiftASN1
internal import X509

/// What the commands accept, and how they name things.
enum PKIRules {
    private static let mostDays = 36_500

    static let roles = OrganisationRole.allCases.map(\.rawValue).joined(separator: ", ")

    @Sendable static func role(_ text: String) throws -> OrganisationRole {
        guard let role = OrganisationRole(rawValue: text) else {
            throw ValidationError("'\(text)' is no role; roles are \(roles)")
        }
        return role
    }

    static func checkDays(_ days: Int) throws(CommandFailure) {
        guard (1...mostDays).contains(days) else {
            throw CommandFailure(.input, "--days \(days): give 1 to \(mostDays)")
        }
    }

    /// As SPIFFE has it: 1 to 200 lower-case letters, digits, dots, hyphens and underscores.
    static func checkDomain(_ domain: String) throws(CommandFailure) {
        let isSound = domain.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isSound, (1...200).contains(domain.utf8.count) else {
            throw CommandFailure(
                .input, "--domain '\(domain)': give 1 to 200 of a-z 0-9 . - _, e.g. quality.example")
        }
    }

    /// e.g. "1F03A9": as the file in `issued/` is named.
    static func serial(of certificate: Certificate) -> String {
        hexadecimal(Array(certificate.serialNumber.bytes))
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.drop { $0 == 0 }.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    static func pem(_ certificate: Certificate) throws(CommandFailure) -> String {
        do {
            return try certificate.serializeAsPEM().pemString + "\n"
        } catch {
            throw CommandFailure(.input, "the certificate cannot be written: \(PKIWords.of(error))")
        }
    }

    /// e.g. "2026-11-21".
    static func day(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day())
    }
}

/// Whom a certificate is for, as options.
struct SubjectOptions: ParsableArguments, Sendable {
    @Option(help: "For a process of the suite: gateway, registry, submission, statistics or notification.")
    var service: String?
    @Option(help: "For somebody who acts for an organisation: its code, e.g. 410100.") var organisation: String?
    @Option(help: "What that one may do: \(PKIRules.roles).", transform: PKIRules.role)
    var role: OrganisationRole?

    func validate() throws {
        switch (service, organisation, role) {
        case (.some, nil, nil), (nil, .some, .some): break
        default:
            throw ValidationError(
                "say whom it is for: either --service NAME, or --organisation CODE and --role ROLE")
        }
    }

    func identity(domain: String) throws(CommandFailure) -> CallerIdentity {
        let path =
            if let service { "service/\(service)" } else { "org/\(organisation ?? "")/\(role?.rawValue ?? "")" }
        guard let identity = CallerIdentity(uri: "spiffe://\(domain)/\(path)") else {
            throw CommandFailure(
                .input, "\(service ?? organisation ?? ""): cannot stand in an identity: use a-z A-Z 0-9 . _ - only")
        }
        return identity
    }
}

/// What a certificate is made with, whoever made its key.
struct IssuingOptions: ParsableArguments, Sendable {
    @Option(help: "Where `qmctl pki init` made the authority.") var directory: String
    @OptionGroup var subject: SubjectOptions
    @Option(help: "A host name beside the identity; may be given several times.") var dnsName: [String] = []
    @Option(help: "For how many days the certificate is valid.") var days = 365
    @Option(help: "The directory to write to; made when it is missing.") var output: String

    /// The authority that signs, and whom it certifies. Throws what is wrong with the days, the directory or the name.
    func authorityAndIdentity() throws -> (AuthorityDirectory, CallerIdentity) {
        try PKIRules.checkDays(days)
        let directory = try AuthorityDirectory(directory)
        return (directory, try subject.identity(domain: directory.authority.domain))
    }
}
