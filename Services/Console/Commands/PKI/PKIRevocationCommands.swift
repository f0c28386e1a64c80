internal import ArgumentParser
internal import Cryptography
internal import Foundation
internal import X509

struct PKIListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show every certificate the authority has issued, and how it stands.",
        discussion: """
            Certificates issued before this command existed are shown once they are renewed.

            Example:
              qmctl pki list --directory pki
            """)

    @Option(help: "Where `qmctl pki init` made the authority.") var directory: String
    @Option(help: "table or csv.") var output = OutputFormat.table

    func validate() throws {
        guard output != .json else { throw ValidationError("--output json: table or csv is due here") }
    }

    func run() async throws {
        let directory = try AuthorityDirectory(directory)
        let now = Date()
        let revocations = try directory.revocations()
        let revoked = Dictionary(
            (revocations?.entries ?? []).map { (PKIRules.hexadecimal($0.serial), $0.revokedUnixSeconds) },
            uniquingKeysWith: { first, _ in first })
        var table = TextTable([
            .init("serial"), .init("identity"), .init("not before"), .init("not after"), .init("state"),
            .init("days left", .right),
        ])
        for issued in try directory.issued() {
            let (begin, end) = (issued.certificate.notValidBefore, issued.certificate.notValidAfter)
            let state =
                if let instant = revoked[issued.serial] {
                    "revoked \(PKIRules.day(Date(timeIntervalSince1970: TimeInterval(instant))))"
                } else if end < now { "expired" } else if begin > now { "not yet valid" } else { "valid" }
            let daysLeft = Int((end.timeIntervalSince(now) / 86_400).rounded(.down))
            table.append([
                issued.serial, issued.identity, PKIRules.day(begin), PKIRules.day(end), state, "\(max(0, daysLeft))",
            ])
        }
        let environment = ConsoleEnvironment.current
        try environment.print(output == .csv ? table.writtenAsCSV : table.written)
        if let next = revocations?.nextUnixSeconds {
            let date = Date(timeIntervalSince1970: TimeInterval(next))
            environment.report(
                "\(directory.revocationsPath): the next revocation list is due by \(PKIRules.day(date))"
                    + (date < now ? ", which is past: qmctl pki revoke --refresh" : "") + "\n")
        }
    }
}

struct PKIRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take certificates back: writes the revocation list, revocations.pem.",
        discussion: """
            Give the list to every program (tls.revocations), which takes a new one within seconds: connections of the \
            revoked are cut, and they cannot come back. A list says when the next one is due; issue one before that even \
            if nobody is to be revoked, with --refresh.

            Examples:
              qmctl pki revoke --directory pki 1F03A9...
              qmctl pki revoke --directory pki stolen/cert.pem
              qmctl pki revoke --directory pki --refresh
            """)

    @Option(help: "Where `qmctl pki init` made the authority.") var directory: String
    @Argument(help: "Numbers that `qmctl pki list` shows, or files.") var certificates: [String] = []
    @Flag(help: "Revoke nobody; only issue the list anew.") var refresh = false
    @Option(help: "In how many days the next list is due.") var days = Self.usualDays

    static let usualDays = 30

    func validate() throws {
        guard certificates.isEmpty == refresh else {
            throw ValidationError("name the certificates to revoke, or give --refresh, and not both")
        }
    }

    func run() async throws {
        try PKIRules.checkDays(days)
        let directory = try AuthorityDirectory(directory)
        var targets: [AuthorityDirectory.Issued] = []
        for certificate in certificates { targets.append(try directory.certificate(certificate)) }
        let list = try directory.locked { try directory.revoke(targets, days: days, now: Date()) }
        let environment = ConsoleEnvironment.current
        for target in targets { try environment.print("\(target.serial): \(target.identity) is revoked") }
        let next = Date(timeIntervalSince1970: TimeInterval(list.nextUnixSeconds))
        try environment.print(
            "\(directory.revocationsPath): list \(list.number) with \(list.entries.count) certificates; the next is due "
                + "by \(PKIRules.day(next)). Give it to every program (tls.revocations)")
    }
}
