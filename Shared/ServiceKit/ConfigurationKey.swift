/// One thing that can be configured. A value comes from a flag, else from the environment, else from the file.
public struct ConfigurationKey: Sendable, Hashable {
    /// As it stands in the file, nested by its dots: "listen.port".
    public let name: String
    /// What it is, for messages and help.
    public let summary: String
    /// True when the key is a mapping of free names, each to a list: everything below it is known.
    public let isMapping: Bool

    public init(_ name: String, _ summary: String, isMapping: Bool = false) {
        self.name = name
        self.summary = summary
        self.isMapping = isMapping
    }

    /// How to give it on the command line: "--listen-port", or "--set eventLoops=..." for keys without a flag of their
    /// own.
    public var flag: String {
        Self.flags.contains(self) ? "--" + words.joined(separator: "-") : "--set \(name)=..."
    }

    /// "QM_LISTEN_PORT".
    public var environmentVariable: String { "QM_" + words.joined(separator: "_").uppercased() }

    /// Words of the name, in lower case: a capital letter begins one, and so does a dot.
    private var words: [String] {
        name.split(separator: ".").flatMap { part in
            part.reduce(into: [String]()) { words, character in
                if character.isUppercase || words.isEmpty { words.append("") }
                words[words.count - 1] += character.lowercased()
            }
        }
    }
}

extension ConfigurationKey {
    public static let listenHost = ConfigurationKey("listen.host", "the address to listen on")
    public static let listenPort = ConfigurationKey("listen.port", "the port to listen on; 0 lets the system choose")
    public static let certificate = ConfigurationKey("tls.certificate", "the PEM file of this program's certificate")
    public static let privateKey = ConfigurationKey("tls.key", "the PEM file of that certificate's private key")
    public static let authority = ConfigurationKey("tls.authority", "the PEM file of the authority that is trusted")
    public static let gatewayHost = ConfigurationKey("gateway.host", "where the gateway is")
    public static let gatewayPort = ConfigurationKey("gateway.port", "the gateway's port")
    public static let gatewayEndpoints = ConfigurationKey(
        "gateway.endpoints", "where the gateways are, instead of host and port: HOST:PORT or file:PATH, with commas")
    public static let retryAttempts = ConfigurationKey(
        "retry.attempts", "attempts of one call, when its method may be called again; 1: one")
    public static let retryBudgetPercent = ConfigurationKey(
        "retry.budgetPercent", "how many of the calls under way may be such attempts")
    public static let connectTimeoutSeconds = ConfigurationKey(
        "dial.connectSeconds", "how long an endpoint may take to accept a connection")
    public static let dialHelloTimeoutSeconds = ConfigurationKey(
        "dial.helloSeconds", "how long it may take, from dialling, until the endpoint has said HELLO")
    public static let longestDialPauseSeconds = ConfigurationKey(
        "dial.longestPauseSeconds", "the longest pause between attempts to reach an endpoint that is down")
    public static let storePath = ConfigurationKey(
        "store.path", "the file of the service's own database, unless store.url names one on a server")
    public static let storeURL = ConfigurationKey(
        "store.url", "a PostgreSQL database in the place of that file: postgresql://USER@HOST/DATABASE?...")
    public static let storeLibrary = ConfigurationKey("store.library", "the client library for it; libpq.so.5")
    public static let storageSynchronous = ConfigurationKey(
        "storage.synchronous", "full, or off for the test that shows what full is worth")
    public static let storeReserveMebibytes = ConfigurationKey(
        "store.reserveMebibytes", "MiB of the disk that are kept: with less nothing is taken in; 0: none")
    public static let followLagSeconds = ConfigurationKey(
        "follow.lagSeconds", "how long a journal may not be followed to its end before health says so")
    public static let signingKey = ConfigurationKey(
        "store.signingKey", "the PEM file of the key that signs the journal and receipts; made with a new store")
    public static let wrappingKey = ConfigurationKey(
        "store.wrappingKey", "the file of the key that keys of personal data are sealed with; made with a new store")
    public static let headFile = ConfigurationKey(
        "store.headFile", "the file that keeps how far the journal was acknowledged, outside of the store")
    public static let checkpointFile = ConfigurationKey(
        "store.checkpointFile", "a file that the journal's checkpoints are appended to, to be kept elsewhere")
    public static let checkpointSeconds = ConfigurationKey(
        "store.checkpointSeconds", "how often one is appended, if the journal has grown")
    public static let logLevel = ConfigurationKey(
        "log.level", "trace, debug, info, notice, warning, error or critical")
    public static let eventLoops = ConfigurationKey("eventLoops", "threads that serve connections")
    public static let busyPollMicroseconds = ConfigurationKey(
        "busyPollMicroseconds", "how long such a thread without work looks for frames before it sleeps; 0: not at all")
    public static let clockTolerance = ConfigurationKey(
        "clock.toleranceSeconds",
        "how far the machine's clock may jump, or be from other programs', before nothing is sealed")
    public static let rehearsalClock = ConfigurationKey(
        "rehearsal.clockStartsAt",
        "for rehearsals: the instant at which the clock starts, e.g. 2019-08-31T23:59:00+08:00")

    /// Those that ``ServiceArguments`` has an option for.
    private static let flags: Set<ConfigurationKey> = [
        .listenHost, .listenPort, .certificate, .privateKey, .authority, .gatewayHost, .gatewayPort, .storePath,
        .logLevel,
    ]

    /// What every service knows.
    public static let common: [ConfigurationKey] =
        [
            .listenHost, .listenPort, .certificate, .privateKey, .authority, .gatewayHost, .gatewayPort,
            .gatewayEndpoints, .retryAttempts, .retryBudgetPercent, .connectTimeoutSeconds, .dialHelloTimeoutSeconds,
            .longestDialPauseSeconds, .storePath, .storeURL, .storeLibrary, .storageSynchronous, .signingKey,
            .wrappingKey, .headFile, .checkpointFile, .checkpointSeconds, .storeReserveMebibytes, .followLagSeconds,
            .logLevel, .eventLoops, .busyPollMicroseconds, .clockTolerance, .rehearsalClock,
        ] + certificates + transport + telemetry
}
