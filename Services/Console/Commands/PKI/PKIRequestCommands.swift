internal import ArgumentParser
internal import Cryptography
internal import Foundation
internal import RPC
internal import SwiftASN1
internal import X509

struct PKIRequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Make a private key that stays here, and a request to certify it: key.pem and request.pem.",
        discussion: """
            Send request.pem to the authority, which runs `qmctl pki sign`, and put the cert.pem and ca.pem that come \
            back beside key.pem. key.pem is never sent to anybody.

            With --key the request is for a key that exists already.

            Example:
              qmctl pki request --domain quality.example --organisation 410100 --role reporter --output zhengzhou
            """)

    @Option(help: "The authority's trust domain: the DOMAIN of spiffe://DOMAIN/...") var domain: String
    @OptionGroup var subject: SubjectOptions
    @Option(help: "A PEM file with the key to use, instead of a new one.") var key: String?
    @Option(help: "The directory to write to; made when it is missing.") var output: String

    func run() async throws {
        try PKIRules.checkDomain(domain)
        let identity = try subject.identity(domain: domain)
        var files: [PKIFiles.File] = []
        let keyPEM: String
        if let key {
            keyPEM = String(decoding: try ConsoleEnvironment.contents(of: key), as: UTF8.self)
        } else {
            keyPEM = try CertificateKey.generateP256PEM()
            files.append(.init(name: "key.pem", text: keyPEM, isSecret: true))
        }
        let request: String
        do {
            request = try SigningRequest.make(identity, keyPEM: keyPEM)
            // Whoever will read it is as strict: better said here than by somebody else next week.
            _ = try SigningRequest(pem: request, origin: key ?? output)
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(
                .input, "\(key ?? output): no request can be made with this key: \(PKIWords.of(error))")
        }
        files.append(.init(name: "request.pem", text: request))
        try PKIFiles.write(files, to: output, remedy: "write into another --output, or use its key with --key")
        try ConsoleEnvironment.current.print(
            "\(output)/request.pem: asks for \(identity.uri); send it to the authority, and keep key.pem")
    }
}

struct PKISignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Certify a key that somebody else keeps: cert.pem and ca.pem for a request.pem.",
        discussion: """
            You say whom you take the sender for; a request for anybody else is refused. A request must be signed with \
            its own P-256 key and ask for one identity and nothing else: what the certificate may be used for is decided \
            here, never copied.

            Example:
              qmctl pki sign --directory pki --request request.pem --organisation 410100 --role reporter --output answer
            """)

    @Option(help: "The request that was sent.") var request: String
    @OptionGroup var options: IssuingOptions

    func run() async throws {
        let (directory, identity) = try options.authorityAndIdentity()
        let request = try SigningRequest(
            pem: String(decoding: try ConsoleEnvironment.contents(of: request), as: UTF8.self), origin: request)
        guard request.identity == identity else {
            throw CommandFailure(
                .input,
                "\(self.request): asks for \(request.identity.uri), you said \(identity.uri): find out who sent it")
        }
        let certificate = try directory.issue(
            identity, request.publicKey, days: options.days, dnsNames: options.dnsName)
        try PKIFiles.write(
            [
                .init(name: "cert.pem", text: try PKIRules.pem(certificate)),
                .init(name: AuthorityDirectory.authorityFile, text: directory.authorityPEM),
            ], to: options.output, remedy: "sign into another --output, or remove this one first")
        try ConsoleEnvironment.current.print(
            "\(options.output): \(identity.uri), number \(PKIRules.serial(of: certificate)), valid until "
                + PKIRules.day(certificate.notValidAfter))
    }
}

struct PKIRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Issue a new certificate for the same identity, valid beside the old one.",
        discussion: """
            CERTIFICATE is a number that `qmctl pki list` shows, or a file. The new one is for the same key, so nothing \
            has to be asked of its holder; with --request it is for the key of a new request, which must name the same \
            identity. The old one goes on being valid until its end: revoke it if it must not.

            With --in-place the file itself is replaced, in one step: a program that runs with it takes the new one \
            within seconds and drops no call.

            Examples:
              qmctl pki renew --directory pki 1F03A9... --output renewed
              qmctl pki renew --directory pki identities/gateway/cert.pem --in-place
            """)

    @Option(help: "Where `qmctl pki init` made the authority.") var directory: String
    @Argument(help: "The number or the file of the certificate to be followed.") var certificate: String
    @Option(help: "A request with a new key of the same identity.") var request: String?
    @Option(help: "For how many days the certificate is valid.") var days = 365
    @Option(help: "The directory to write cert.pem and ca.pem to; made when it is missing.") var output: String?
    @Flag(help: "Replace the file CERTIFICATE.") var inPlace = false

    func validate() throws {
        guard inPlace != (output != nil) else { throw ValidationError("say where to: --output DIR or --in-place") }
        guard !inPlace || request == nil else {
            throw ValidationError("--in-place keeps the key, and --request brings a new one: write to --output")
        }
    }

    func run() async throws {
        try PKIRules.checkDays(days)
        let directory = try AuthorityDirectory(directory)
        let old = try directory.certificate(certificate)
        guard let identity = CallerIdentity(uri: old.identity) else {
            throw CommandFailure(.input, "\(certificate): names nobody of this suite (\(old.identity))")
        }
        let revoked = try directory.revocations()?.entries.map { PKIRules.hexadecimal($0.serial) } ?? []
        guard !revoked.contains(old.serial) else {
            throw CommandFailure(
                .input, "\(certificate): was revoked; its holder makes a new key (qmctl pki request), which you sign")
        }
        var key = old.certificate.publicKey
        if let request {
            let wanted = try SigningRequest(
                pem: String(decoding: try ConsoleEnvironment.contents(of: request), as: UTF8.self), origin: request)
            guard wanted.identity == identity else {
                throw CommandFailure(.input, "\(request): asks for \(wanted.identity.uri), not \(identity.uri)")
            }
            key = wanted.publicKey
        }
        let renewed = try directory.issue(
            identity, key, days: days, dnsNames: CertificateAuthority.dnsNames(of: old.certificate))
        if let output {
            try PKIFiles.write(
                [
                    .init(name: "cert.pem", text: try PKIRules.pem(renewed)),
                    .init(name: AuthorityDirectory.authorityFile, text: directory.authorityPEM),
                ], to: output, remedy: "renew into another --output, or remove this one first")
        } else {
            try PKIFiles.replace(certificate, with: try PKIRules.pem(renewed))
        }
        try ConsoleEnvironment.current.print(
            "\(output ?? certificate): \(identity.uri), number \(PKIRules.serial(of: renewed)), valid until "
                + PKIRules.day(renewed.notValidAfter))
    }
}

extension AuthorityDirectory {
    /// Issues and records.
    func issue(
        _ identity: CallerIdentity, _ key: Certificate.PublicKey, days: Int, dnsNames: [String]
    ) throws(CommandFailure) -> Certificate {
        let certificate: Certificate
        do {
            certificate = try authority.issue(identity, key, days: days, dnsNames: dnsNames, now: Date())
        } catch {
            throw CommandFailure(.input, "\(identity.uri): cannot be certified: \(PKIWords.of(error))")
        }
        try record(certificate)
        return certificate
    }
}
