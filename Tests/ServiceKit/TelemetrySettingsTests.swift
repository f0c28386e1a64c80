import Logging
import Synchronization
import Telemetry
import Testing

@testable import ServiceKit

@Suite("How a process lets itself be seen")
struct TelemetrySettingsTests {
    @Test(
        "spans go to OTLP's own path unless the configuration names another",
        arguments: [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://collector.example/", "https://collector.example/v1/traces"),
            ("http://h:1/other/path", "http://h:1/other/path"), ("127.0.0.1:4318", nil), ("ftp://h", nil),
            ("http://", nil), ("http:///v1/traces", nil), ("http://h 1", nil),
        ] as [(String, String?)])
    func endpoint(text: String, url: String?) {
        #expect(TelemetrySettings.endpoint(text) == url)
    }

    @Test(
        "what is not one of the values is refused with the key's name",
        arguments: [
            ("admin.port", "70000"), ("tracing.endpoint", "collector:4318"), ("tracing.sampleRatio", "1.5"),
            ("log.access", "some"), ("log.accessLinesPerSecond", "0"), ("log.accessBytesPerSecond", "1023"),
            ("log.format", "xml"),
        ])
    func refused(key: String, value: String) async throws {
        let configuration = try await ServiceConfiguration.load(
            flags: [key: value], environment: [:], file: nil, keys: ConfigurationKey.common)
        let error = #expect(throws: StartError.self) { try TelemetrySettings(configuration) }
        #expect(error?.message.contains(key) == true && error?.exitCode == 2)
    }

    @Test("without configuration there is no admin port and no tracing, and the gateway logs errors")
    func defaults() async throws {
        let settings = try TelemetrySettings(
            try await ServiceConfiguration.load(
                flags: [:], environment: [:], file: nil, keys: ConfigurationKey.common))
        #expect(settings.adminPort == nil && settings.adminHost == "127.0.0.1" && settings.tracingEndpoint == nil)
        #expect(settings.accessLinesPerSecond == 200 && settings.accessBytesPerSecond == 102_400)
        #expect(settings.accessLog == .errors && settings.logFormat == .text && settings.sampleRatio == 0)
    }

    @Test("a line of JSON holds the same keys as a line of text, and cannot be broken by a value")
    func json() {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "test") { label in
            LineLogHandler(label: label, logLevel: .info, format: .json) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: "peer"] = "a\"b\nc"
        logger.info("ready", metadata: ["port": "1"])
        let line = lines.withLock { $0.first } ?? ""
        #expect(line.hasPrefix("{\"time\":\""))
        #expect(
            line.hasSuffix(
                "\"level\":\"info\",\"logger\":\"test\",\"message\":\"ready\",\"peer\":\"a\\\"b\\nc\",\"port\":\"1\"}\n"
            ))
    }
}
