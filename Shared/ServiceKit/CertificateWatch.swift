internal import Logging
internal import Metrics
internal import RPC
internal import Synchronization
internal import TLS

/// Where a process's certificates are and how they are watched.
struct CertificateSettings: Sendable, Hashable {
    var files: TLSFiles
    /// The NAME of `spiffe://DOMAIN/service/NAME` in the certificate.
    var service: String
    var reloadSeconds: Int
    /// Warnings come so many days before an end; the longest first.
    var warnDays: [Int]
}

extension ConfigurationKey {
    public static let revocations = ConfigurationKey(
        "tls.revocations", "the PEM file of the authority's revocation list; none is checked when it is not set")
    public static let certifiedService = ConfigurationKey(
        "tls.service", "the NAME of spiffe://DOMAIN/service/NAME in the certificate, if it is not this program's own")
    public static let reloadSeconds = ConfigurationKey(
        "tls.reloadSeconds", "how often the files of tls.* are looked at for changes, in seconds")
    public static let warnDays = ConfigurationKey(
        "tls.warnDays", "how many days before a certificate's end to warn, e.g. 30,7,1")

    static let certificates: [ConfigurationKey] = [
        .revocations, .certifiedService, .reloadSeconds, .warnDays,
    ]
}

extension ServiceConfiguration {
    /// - Parameter program: the name of the program, without `qm-`.
    func certificates(of program: String) throws -> CertificateSettings {
        let days = try value(.warnDays, expected: "numbers of days from 1 to 365, such as 30,7,1") { text in
            let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
                Int($0).flatMap { (1...365).contains($0) ? $0 : nil }
            }
            return numbers.contains(nil) || numbers.count > 10 ? nil : numbers.compactMap { $0 }
        }
        return CertificateSettings(
            files: TLSFiles(
                certificate: try required(.certificate), key: try required(.privateKey),
                authority: try required(.authority), revocations: try text(.revocations)),
            service: try serviceName() ?? program,
            reloadSeconds: try number(.reloadSeconds, 1...3600) ?? 10,
            warnDays: (days ?? [30, 7, 1]).sorted(by: >))
    }
}

extension ServiceConfiguration {
    private func serviceName() throws -> String? {
        try value(.certifiedService, expected: "a name of a-z A-Z 0-9 . _ -, such as registry") { text in
            CallerIdentity(uri: "spiffe://domain/service/\(text)") == nil ? nil : text
        }
    }
}

/// Keeps a process's certificates in step with their files, and says in time that one is about to end.
final class CertificateWatch: Sendable {
    let reloader: TLSReloader
    private let settings: CertificateSettings
    private let logger: Logger
    private let warnings: Mutex<ExpiryWarnings>

    private static let reloads = Counter(label: "tls_reloads_total", dimensions: [("result", "reloaded")])
    private static let refusals = Counter(label: "tls_reloads_total", dimensions: [("result", "refused")])
    private static let nearlyExpiredPeers = Counter(label: "tls_peers_near_expiry_total")

    /// Reads the files for the first time. Throws when they cannot be used.
    init(_ settings: CertificateSettings, logger: Logger) throws(TLSError) {
        self.settings = settings
        self.logger = logger
        warnings = Mutex(ExpiryWarnings(thresholdDays: settings.warnDays))
        let peers = PeerWatch(beforeDays: settings.warnDays.first ?? 0, logger: logger)
        reloader = try TLSReloader(settings.files, service: settings.service) { peers.peer($0) }
    }

    /// Looks at the files every ``CertificateSettings/reloadSeconds`` and at once on SIGHUP, until it is cancelled.
    func run() async {
        warn()
        await FileWatch.look(everySeconds: settings.reloadSeconds) { [self] isForced in check(isForced: isForced) }
    }

    private func check(isForced: Bool) {
        switch reloader.check(isForced: isForced, nowUnixSeconds: Self.now) {
        case .unchanged:
            if isForced { logger.notice("certificates are as they were") }
        case .reloaded(let isTrustChanged):
            Self.reloads.increment()
            logger.notice(
                "certificates reloaded",
                metadata: ["certificate": "\(settings.files.certificate)", "peers_judged_anew": "\(isTrustChanged)"])
        case .refused(let error):
            Self.refusals.increment()
            logger.error(
                "certificates not reloaded: the old ones stay in force", metadata: ["reason": "\(error.message)"])
        }
        warn()
    }

    private func warn() {
        let now = Self.now
        let validity = reloader.validity
        for item in validity {
            Gauge(label: "tls_certificate_expires_seconds", dimensions: [("which", item.kind.rawValue)])
                .record(item.endsUnixSeconds - now)
        }
        for warning in warnings.withLock({ $0.due(validity, nowUnixSeconds: now) }) {
            logger.log(
                level: warning.isOver ? .error : .warning, Self.words(warning),
                metadata: [
                    "file": "\(warning.validity.origin)", "seconds_left": "\(warning.secondsLeft)",
                    "days_left": "\(warning.secondsLeft / 86_400)",
                ])
        }
    }

    private static func words(_ warning: ExpiryWarnings.Warning) -> Logger.Message {
        switch (warning.validity.kind, warning.isOver) {
        case (.certificate, false): "the certificate ends soon: renew it (qmctl pki renew)"
        case (.certificate, true): "the certificate has ended and peers refuse it: renew it (qmctl pki renew)"
        case (.authority, false):
            "the authority's certificate ends soon: make a new authority and trust both for a while"
        case (.authority, true): "the authority's certificate has ended and nobody can connect: make a new authority"
        case (.revocations, false): "the revocation list is soon due: issue the next one (qmctl pki revoke --refresh)"
        case (.revocations, true):
            "the revocation list is overdue and goes on being used: issue the next one (qmctl pki revoke --refresh)"
        }
    }

    /// Certificates live by the real time, also in a rehearsal.
    private static var now: Int64 { WallClock.real.now() / 1_000_000 }

    /// Says which peers will soon be refused.
    private final class PeerWatch: Sendable {
        private let notices: Mutex<PeerExpiryNotices>
        private let logger: Logger

        init(beforeDays: Int, logger: Logger) {
            notices = Mutex(PeerExpiryNotices(beforeDays: beforeDays))
            self.logger = logger
        }

        func peer(_ certificate: PeerCertificate) {
            let onPeer = notices.withLock {
                $0.peer(
                    certificate.description, endsUnixSeconds: certificate.notAfterUnixSeconds, nowUnixSeconds: now)
            }
            switch onPeer {
            case .farFromEnd: break
            case .known: nearlyExpiredPeers.increment()
            case .name(let secondsLeft):
                nearlyExpiredPeers.increment()
                logger.warning(
                    "a peer's certificate ends soon: it has to be renewed",
                    metadata: ["identity": "\(certificate)", "days_left": "\(secondsLeft / 86_400)"])
            }
        }
    }
}
