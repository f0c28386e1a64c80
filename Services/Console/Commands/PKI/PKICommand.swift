internal import ArgumentParser
internal import Foundation
internal import RPC
internal import Reporting

struct PKICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki", abstract: "Development certificates: make an authority, issue certificates.",
        discussion: """
            Every connection of the suite is TLS 1.3 with a certificate on both sides. Who somebody is stands in the \
            certificate as a URI: spiffe://DOMAIN/service/NAME for a process, spiffe://DOMAIN/org/CODE/ROLE for somebody \
            who acts for an organisation.

            These commands are for trying, testing and small installations. An authority of your own works as well: it \
            must put the same URIs into the certificates, one in each.

            Example:
              qmctl pki init --directory pki --domain quality.example
              qmctl pki issue --directory pki --service gateway --output identities/gateway
              qmctl pki issue --directory pki --organisation 410100 --role reporter --output identities/zhengzhou
            """,
        subcommands: [PKIInitCommand.self, PKIIssueCommand.self])
}

struct PKIInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make an authority: ca.pem, which everybody needs, and ca-key.pem, which nobody may have.",
        discussion: """
            Whoever has ca-key.pem can be anybody. It stays in the directory, readable for you alone; ca.pem is copied \
            beside each certificate that is issued.

            Example:
              qmctl pki init --directory pki --domain quality.example
            """)

    @Option(help: "Where the authority is kept; made when it is missing.") var directory: String
    @Option(help: "The trust domain: the DOMAIN of spiffe://DOMAIN/..., lower case like a DNS name.") var domain: String
    @Option(help: "For how many days the authority is valid.") var days = 3650

    func run() async throws {
        let environment = ConsoleEnvironment.current
        try PKIRules.checkDays(days)
        try PKIRules.checkDomain(domain)
        let made: CertificateAuthority.Issued
        do {
            made = try CertificateAuthority.make(domain: domain, days: days, now: Date())
        } catch {
            throw CommandFailure(.input, "authority for \(domain): cannot be made: \(error)")
        }
        try PKIFiles.write(
            [
                .init(name: PKIRules.authorityKeyFile, text: made.keyPEM, isSecret: true),
                .init(name: PKIRules.authorityFile, text: made.certificatePEM),
            ], to: directory,
            remedy:
                "certificates issued by it still need it. Choose another --directory, or remove this one to begin anew")
        environment.print("\(directory): authority for spiffe://\(domain), valid for \(days) days")
    }
}

struct PKIIssueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Issue a certificate: cert.pem, key.pem and ca.pem in one directory.",
        discussion: """
            The directory is what `--identity` (or QM_IDENTITY) of the other commands names, and what a service's \
            configuration points at.

            To renew, issue into a new directory and put that in place of the old one.

            Examples:
              qmctl pki issue --directory pki --service submission --output identities/submission
              qmctl pki issue --directory pki --organisation 410100 --role reporter --output identities/zhengzhou
              qmctl pki issue --directory pki --service gateway --dns-name gateway.example --output identities/gateway
            """)

    @Option(help: "Where `qmctl pki init` made the authority.") var directory: String
    @Option(help: "For a process of the suite: gateway, registry, submission, statistics or notification.")
    var service: String?
    @Option(help: "For somebody who acts for an organisation: its code, e.g. 410100.") var organisation: String?
    @Option(help: "What that one may do: \(PKIRules.roles).", transform: PKIRules.role)
    var role: OrganisationRole?
    @Option(help: "A host name beside the identity; may be given several times.") var dnsName: [String] = []
    @Option(help: "For how many days the certificate is valid.") var days = 365
    @Option(help: "The directory to write to; made when it is missing.") var output: String

    func validate() throws {
        switch (service, organisation, role) {
        case (.some, nil, nil), (nil, .some, .some): break
        default:
            throw ValidationError(
                "say whom it is for: either --service NAME, or --organisation CODE and --role ROLE")
        }
    }

    func run() async throws {
        let environment = ConsoleEnvironment.current
        try PKIRules.checkDays(days)
        let authorityPath = PKIFiles.path(PKIRules.authorityFile, in: directory)
        let authorityPEM = String(decoding: try PKIRules.authorityFile(authorityPath), as: UTF8.self)
        let keyPEM = String(
            decoding: try PKIRules.authorityFile(PKIFiles.path(PKIRules.authorityKeyFile, in: directory)), as: UTF8.self
        )
        let authority: CertificateAuthority
        do {
            authority = try CertificateAuthority(certificatePEM: authorityPEM, keyPEM: keyPEM)
        } catch {
            throw CommandFailure(.input, "\(directory): no authority that `qmctl pki init` made: \(error)")
        }
        let identity = try PKIRules.identity(
            domain: authority.domain, service: service, organisation: organisation, role: role)
        let issued: CertificateAuthority.Issued
        do {
            issued = try authority.issue(identity, days: days, dnsNames: dnsName, now: Date())
        } catch {
            throw CommandFailure(.input, "\(identity.uri): cannot be certified: \(error)")
        }
        try PKIFiles.write(
            [
                .init(name: "key.pem", text: issued.keyPEM, isSecret: true),
                .init(name: "cert.pem", text: issued.certificatePEM),
                .init(name: PKIRules.authorityFile, text: authorityPEM),
            ], to: output, remedy: "issue into another --output, or remove this one first")
        environment.print("\(output): \(identity.uri), valid for \(days) days")
    }
}

/// What the two commands accept.
enum PKIRules {
    static let authorityFile = "ca.pem"
    static let authorityKeyFile = "ca-key.pem"
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

    static func authorityFile(_ path: String) throws(CommandFailure) -> [UInt8] {
        do throws(CommandFailure) {
            return try ConsoleEnvironment.contents(of: path)
        } catch {
            throw CommandFailure(.input, "\(error.message); make an authority first: qmctl pki init")
        }
    }

    static func identity(
        domain: String, service: String?, organisation: String?, role: OrganisationRole?
    ) throws(CommandFailure) -> CallerIdentity {
        let path =
            if let service { "service/\(service)" } else { "org/\(organisation ?? "")/\(role?.rawValue ?? "")" }
        guard let identity = CallerIdentity(uri: "spiffe://\(domain)/\(path)") else {
            throw CommandFailure(
                .input, "\(service ?? organisation ?? ""): cannot stand in an identity: use a-z A-Z 0-9 . _ - only")
        }
        return identity
    }
}
