internal import Logging
internal import Telemetry
internal import Wire

/// How a process lets itself be seen, read from its configuration.
public struct TelemetrySettings: Sendable {
    var adminHost: String
    /// `nil`: no admin port.
    var adminPort: Int?
    /// The collector's whole URL; `nil`: no spans.
    var tracingEndpoint: String?
    var sampleRatio: Double
    var accessLog: AccessLogScope
    var accessLinesPerSecond: Int
    var accessBytesPerSecond: Int
    var logFormat: LogFormat

    init(_ configuration: ServiceConfiguration) throws {
        adminHost = try configuration.text(.adminHost) ?? "127.0.0.1"
        adminPort = try configuration.value(.adminPort, expected: "a port, 0 to 65535") { text in
            Int(text).flatMap { (0...65535).contains($0) ? $0 : nil }
        }
        tracingEndpoint = try configuration.value(
            .tracingEndpoint, expected: "a URL such as http://127.0.0.1:4318", Self.endpoint)
        sampleRatio =
            try configuration.value(.tracingSampleRatio, expected: "a share, 0 to 1") { text in
                Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
            } ?? 0
        accessLog =
            try configuration.value(
                .logAccess, expected: "off, errors or all", AccessLogScope.init(rawValue:)) ?? .errors
        accessLinesPerSecond =
            try configuration.value(.logAccessLines, expected: "a number of lines, 1 to 1000000") { text in
                Int(text).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
            } ?? 200
        accessBytesPerSecond =
            try configuration.value(.logAccessBytes, expected: "a number of bytes, 1024 to 1000000000") { text in
                Int(text).flatMap { (1_024...1_000_000_000).contains($0) ? $0 : nil }
            } ?? accessLinesPerSecond * Self.usualLineBytes
        logFormat = try configuration.value(.logFormat, expected: "text or json", LogFormat.init(rawValue:)) ?? .text
    }

    /// A line of the access log is rarely longer.
    private static let usualLineBytes = 512

    /// - Parameters:
    ///   - spans: where spans go, if they go anywhere.
    ///   - logsAccess: whether this process has an access log at all.
    func options(spans: SpanQueue?, logsAccess: Bool) -> TelemetryOptions {
        let logger = Logger(label: "access")
        return TelemetryOptions(
            spans: spans, sampleRatio: sampleRatio, accessLog: logsAccess ? accessLog : .off,
            maximumAccessLinesPerSecond: accessLinesPerSecond, maximumAccessBytesPerSecond: accessBytesPerSecond,
            writeAccess: { logger.info("call", metadata: $0.logMetadata) },
            unixNanoseconds: ProcessTelemetry.unixNanoseconds)
    }

    /// The URL that spans are posted to: OTLP's own path, unless the configuration names another.
    static func endpoint(_ text: String) -> String? {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        guard let first = rest.first, first != "/", !text.contains(where: \.isWhitespace) else { return nil }
        guard let slash = rest.firstIndex(of: "/") else { return text + OTLPTraces.path }
        return rest[slash...] == "/" ? String(text.dropLast()) + OTLPTraces.path : text
    }
}

/// How log lines are written.
public enum LogFormat: String, Sendable {
    case text, json
}

extension ConfigurationKey {
    public static let adminHost = ConfigurationKey(
        "admin.host", "the address of the port for metrics and the status page")
    public static let adminPort = ConfigurationKey(
        "admin.port", "the port for metrics and the status page; without it there is none; 0 lets the system choose")
    public static let tracingEndpoint = ConfigurationKey(
        "tracing.endpoint", "the OTLP/HTTP collector that spans go to, e.g. http://127.0.0.1:4318")
    public static let tracingSampleRatio = ConfigurationKey(
        "tracing.sampleRatio", "the share of calls without a trace that begin one, 0 to 1")
    public static let logAccess = ConfigurationKey(
        "log.access", "which ended calls the gateway logs: off, errors or all")
    public static let logAccessLines = ConfigurationKey(
        "log.accessLinesPerSecond", "the most lines of the access log in a second, from each event loop")
    public static let logAccessBytes = ConfigurationKey(
        "log.accessBytesPerSecond", "the most bytes of the access log in a second, from each event loop")
    public static let logFormat = ConfigurationKey("log.format", "how log lines are written: text or json")

    /// The keys of ``TelemetrySettings``.
    static let telemetry: [ConfigurationKey] = [
        .adminHost, .adminPort, .tracingEndpoint, .tracingSampleRatio, .logAccess, .logAccessLines,
        .logAccessBytes, .logFormat,
    ]
}

extension AccessRecord {
    fileprivate var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "method": "\(path)", "identity": "\(identity)", "peer": "\(peer)", "code": "\(code.name)",
            "duration_us": "\(durationNanoseconds / 1000)", "received_bytes": "\(bytesReceived)",
            "sent_bytes": "\(bytesSent)",
        ]
        if let backend { metadata["backend"] = "\(backend)" }
        if let trace { metadata["trace_id"] = "\(trace)" }
        if unlogged > 0 { metadata["unlogged"] = "\(unlogged)" }
        return metadata
    }
}
