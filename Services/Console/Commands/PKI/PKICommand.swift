internal import ArgumentParser
internal import Cryptography
internal import Foundation
internal import RPC
internal import SwiftASN1
internal import X509

struct PKICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki", abstract: "Certificates: make an authority, certify keys, take certificates back.",
        discussion: """
            Every connection of the suite is TLS 1.3 with a certificate on both sides. Who somebody is stands in the \
            certificate as a URI: spiffe://DOMAIN/service/NAME for a process, spiffe://DOMAIN/org/CODE/ROLE for somebody \
            who acts for an organisation.

            In earnest everybody makes a key of their own (`request`), which the authority certifies (`sign`) and never \
            sees; `issue` makes both at once, for development. `list`, `renew` and `revoke` serve what was issued. An \
            authority of your own works as well: it must put the same URIs into the certificates, one in each.

            Example:
              qmctl pki init --directory pki --domain quality.example
              qmctl pki issue --directory pki --service gateway --output identities/gateway
              qmctl pki request --domain quality.example --organisation 410100 --role reporter --output zhengzhou
              qmctl pki sign --directory pki --request zhengzhou/request.pem --organisation 410100 --role reporter \
                --output answer
            """,
        subcommands: [
            PKIInitCommand.self, PKIRequestCommand.self, PKISignCommand.self, PKIIssueCommand.self,
            PKIListCommand.self, PKIRenewCommand.self, PKIRevokeCommand.self,
        ])
}

struct PKIInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make an authority: ca.pem, which everybody needs, and ca-key.pem, which nobody may have.",
        discussion: """
            Whoever has ca-key.pem can be anybody. It stays in the directory, readable for you alone; ca.pem is copied \
            beside each certificate that is issued. revocations.pem is the list of certificates taken back, as yet empty. \
            Back the whole directory up: what is not known here cannot be revoked.

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
            throw CommandFailure(.input, "authority for \(domain): cannot be made: \(PKIWords.of(error))")
        }
        try PKIFiles.write(
            [
                .init(name: AuthorityDirectory.authorityKeyFile, text: made.keyPEM, isSecret: true),
                .init(name: AuthorityDirectory.authorityFile, text: made.certificatePEM),
            ], to: directory,
            remedy:
                "certificates issued by it still need it. Choose another --directory, or remove this one to begin anew")
        let authority = try AuthorityDirectory(directory)
        try authority.locked { _ = try authority.revoke([], days: PKIRevokeCommand.usualDays, now: Date()) }
        try environment.print("\(directory): authority for spiffe://\(domain), valid for \(days) days")
    }
}

struct PKIIssueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Issue a certificate: cert.pem, key.pem and ca.pem in one directory.",
        discussion: """
            The directory is what `--identity` (or QM_IDENTITY) of the other commands names, and what a service's \
            configuration points at.

            The key is made here, so two people have seen it: for development. In earnest the holder makes it \
            (`qmctl pki request`).

            Examples:
              qmctl pki issue --directory pki --service submission --output identities/submission
              qmctl pki issue --directory pki --organisation 410100 --role reporter --output identities/zhengzhou
              qmctl pki issue --directory pki --service gateway --dns-name gateway.example --output identities/gateway
            """)

    @OptionGroup var options: IssuingOptions

    func run() async throws {
        let (directory, identity) = try options.authorityAndIdentity()
        let keyPEM = try CertificateKey.generateP256PEM()
        let certificate = try directory.issue(
            identity, try Certificate.PrivateKey(pemEncoded: keyPEM).publicKey, days: options.days,
            dnsNames: options.dnsName)
        try PKIFiles.write(
            [
                .init(name: "key.pem", text: keyPEM, isSecret: true),
                .init(name: "cert.pem", text: try PKIRules.pem(certificate)),
                .init(name: AuthorityDirectory.authorityFile, text: directory.authorityPEM),
            ], to: options.output, remedy: "issue into another --output, or remove this one first")
        try ConsoleEnvironment.current.print("\(options.output): \(identity.uri), valid for \(options.days) days")
    }
}
