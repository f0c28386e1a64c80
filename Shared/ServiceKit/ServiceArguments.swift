public import ArgumentParser

/// The flags that every service has. Each but the first and the last is also a key of the configuration file and an
/// environment variable; the keys without a flag of their own are given with `--set`.
public struct ServiceArguments: ParsableArguments {
    @Option(name: .long, help: "A YAML file of configuration. Flags and QM_ variables come before it.")
    public var config: String?

    @Option(name: .long, help: "The address to listen on (listen.host, QM_LISTEN_HOST).")
    public var listenHost: String?

    @Option(name: .long, help: "The port to listen on; 0 lets the system choose (listen.port, QM_LISTEN_PORT).")
    public var listenPort: String?

    @Option(name: .long, help: "The file of the service's own database (store.path, QM_STORE_PATH).")
    public var storePath: String?

    @Option(name: .long, help: "Where the gateway is (gateway.host, QM_GATEWAY_HOST).")
    public var gatewayHost: String?

    @Option(name: .long, help: "The gateway's port (gateway.port, QM_GATEWAY_PORT).")
    public var gatewayPort: String?

    @Option(name: .long, help: "The PEM file of this program's certificate (tls.certificate, QM_TLS_CERTIFICATE).")
    public var tlsCertificate: String?

    @Option(name: .long, help: "The PEM file of that certificate's private key (tls.key, QM_TLS_KEY).")
    public var tlsKey: String?

    @Option(name: .long, help: "The PEM file of the authority that is trusted (tls.authority, QM_TLS_AUTHORITY).")
    public var tlsAuthority: String?

    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical (log.level, QM_LOG_LEVEL).")
    public var logLevel: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Any key of the configuration, e.g. eventLoops=2. May be given often.", valueName: "key=value"))
    public var set: [String] = []

    @Option(name: .long, help: "A file to write HOST:PORT to, once the service answers.")
    public var readyFile: String?

    public init() {}

    /// Values by key name.
    func flags() throws(StartError) -> [String: String] {
        var flags: [String: String] = [:]
        for pair in set {
            guard let equals = pair.firstIndex(of: "=") else {
                throw StartError(.configuration, "--set \(pair): has no \"=\": write --set KEY=VALUE")
            }
            flags[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
        let named: [(ConfigurationKey, String?)] = [
            (.listenHost, listenHost), (.listenPort, listenPort), (.storePath, storePath),
            (.gatewayHost, gatewayHost), (.gatewayPort, gatewayPort), (.certificate, tlsCertificate),
            (.privateKey, tlsKey), (.authority, tlsAuthority), (.logLevel, logLevel),
        ]
        for (key, value) in named {
            if let value { flags[key.name] = value }
        }
        return flags
    }
}
