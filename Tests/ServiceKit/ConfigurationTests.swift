import Glibc
import Logging
import ServiceKit
import Testing

/// A file of its own, removed at the end.
final class TemporaryFile: Sendable {
    let path: String

    init(_ text: String) {
        var template = Array("/tmp/quality-kit-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            let descriptor = mkstemp(buffer.baseAddress!)
            let bytes = Array(text.utf8)
            _ = write(descriptor, bytes, bytes.count)
            close(descriptor)
            return String(cString: buffer.baseAddress!)
        }
    }

    deinit { unlink(path) }
}

@Suite struct ServiceConfigurationTests {
    private static let routes = ConfigurationKey("routes", "endpoints of each service", isMapping: true)

    private func load(
        _ yaml: String? = nil, flags: [String: String] = [:], environment: [String: String] = [:]
    ) async throws -> ServiceConfiguration {
        let file = yaml.map(TemporaryFile.init)
        defer { withExtendedLifetime(file) {} }
        return try await ServiceConfiguration.load(
            flags: flags, environment: environment, file: file?.path, keys: ConfigurationKey.common + [Self.routes])
    }

    private func message(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "no error"
        } catch {
            #expect((error as? StartError)?.exitCode == 2)
            return "\(error)"
        }
    }

    @Test("a flag comes before the environment, the environment before the file")
    func precedence() async throws {
        let yaml = "listen:\n  host: file\n  port: 1\nlog:\n  level: debug\n"
        let environment = ["QM_LISTEN_HOST": "environment", "QM_LISTEN_PORT": "2", "LISTEN_PORT": "9"]
        let configuration = try await load(yaml, flags: ["listen.host": "flag"], environment: environment)
        #expect(try configuration.text(.listenHost) == "flag")
        #expect(try configuration.text(.listenPort) == "2")
        #expect(try configuration.text(.logLevel) == "debug")
        #expect(try configuration.text(.storePath) == nil)
    }

    @Test("keys in camel case have flags and variables of whole words")
    func names() async throws {
        #expect(ConfigurationKey.rehearsalClock.environmentVariable == "QM_REHEARSAL_CLOCK_STARTS_AT")
        #expect(ConfigurationKey.listenPort.flag == "--listen-port")
        #expect(ConfigurationKey.rehearsalClock.flag == "--set rehearsal.clockStartsAt=...")
        let configuration = try await load(environment: ["QM_REHEARSAL_CLOCK_STARTS_AT": "x", "QM_EVENT_LOOPS": "3"])
        #expect(try configuration.text(.rehearsalClock) == "x")
        #expect(try configuration.text(.eventLoops) == "3")
    }

    @Test("a key that nobody reads is refused, with its file and what there is")
    func unknownKey() async throws {
        let message = await message { _ = try await load("listen:\n  prot: 1\n") }
        #expect(message.contains("listen.prot: no such key"))
        #expect(message.contains("/tmp/quality-kit-") && message.contains("listen.port"))
        let flag = await self.message { _ = try await load(flags: ["listen.prot": "1"]) }
        #expect(flag.contains("--set listen.prot: no such key"))
    }

    @Test("a file that is missing, no YAML or no mapping is named")
    func badFiles() async throws {
        let missing = await message {
            _ = try await ServiceConfiguration.load(flags: [:], environment: [:], file: "/nowhere/x.yaml", keys: [])
        }
        #expect(missing.contains("/nowhere/x.yaml") && missing.contains("--config"))
        #expect(await message { _ = try await load("listen: [1\n") }.contains("is not YAML"))
        #expect(await message { _ = try await load("- a\n- b\n") }.contains("is not a mapping"))
    }

    @Test("a bad value names the key, where it came from, and what it should be")
    func badValues() async throws {
        func settings(_ yaml: String?, flags: [String: String] = [:]) async -> String {
            await message { _ = try ServiceSettings(try await load(yaml, flags: flags), defaultPort: 1) }
        }
        let port = await settings("listen:\n  port: 70000\n")
        #expect(port.contains("listen.port: \"70000\" is not a port, 0 to 65535"))
        #expect(await settings(nil, flags: ["listen.port": "abc"]).hasPrefix("--listen-port: \"abc\" is not a port"))
        #expect(await settings("log:\n  level: loud\n").contains("is not a level"))
        #expect(await settings("eventLoops: 0\n").contains("is not a number of threads"))
        #expect(
            await settings("busyPollMicroseconds: -1\n")
                .contains("busyPollMicroseconds: \"-1\" is not a whole number from 0 to 1000000"))
        #expect(await settings("listen:\n  host:\n").contains("listen.host: is empty"))
        #expect(await settings("listen:\n  host: [a, b]\n").contains("is not a single value"))
        #expect(await settings("rehearsal:\n  clockStartsAt: yesterday\n").contains("is not an instant"))
    }

    @Test("a required key that is nowhere says how to set it")
    func required() async throws {
        let configuration = try await load()
        let message = await message { _ = try configuration.required(.storePath) }
        #expect(message.contains("store.path is not set"))
        #expect(message.contains("--store-path") && message.contains("QM_STORE_PATH") && message.contains("--config"))
    }

    @Test("a mapping has free names, also with dots, and lists")
    func mapping() async throws {
        let yaml = """
            routes:
              quality.registry.v1.RegistryService: [127.0.0.1:7101, 127.0.0.1:7111]
              quality.submission.v1.SubmissionService: 127.0.0.1:7102
            """
        let mapping = try await load(yaml).mapping(Self.routes).sorted { $0.name < $1.name }
        #expect(
            mapping.map(\.name) == ["quality.registry.v1.RegistryService", "quality.submission.v1.SubmissionService"])
        #expect(mapping.map(\.values) == [["127.0.0.1:7101", "127.0.0.1:7111"], ["127.0.0.1:7102"]])
    }

    @Test("without a file, defaults hold")
    func defaults() async throws {
        let settings = try ServiceSettings(try await load(), defaultPort: 7101)
        #expect(settings.listenHost == "127.0.0.1" && settings.listenPort == 7101)
        #expect(
            settings.logLevel == .info && settings.eventLoops == 1 && settings.busyPollMicroseconds == 400
                && !settings.clock.isRehearsal)
    }
}

@Suite struct WallClockTests {
    @Test(
        "RFC 3339 instants are read exactly",
        arguments: [
            ("1970-01-01T00:00:00Z", nil),
            ("2019-09-01T00:00:00+08:00", 1_567_267_200_000_000),
            ("2019-08-31T16:00:00Z", 1_567_267_200_000_000),
            ("2019-08-31T15:59:59.999Z", 1_567_267_199_999_000),
            ("2019-08-31T10:30:00.000001-05:30", 1_567_267_200_000_001),
            ("2019-08-31 16:00:00Z", nil),
            ("2019-08-31T24:00:00Z", nil),
            ("2019-02-29T00:00:00Z", nil),
            ("2019-08-31T16:00:00", nil),
            ("2019-08-31T16:00:00.1234567Z", nil),
        ] as [(String, Int64?)])
    func instants(text: String, expected: Int64?) {
        #expect(WallClock.instant(parsing: text) == expected)
    }

    @Test("a rehearsal's clock shows its own time and goes on")
    func rehearsal() {
        let clock = WallClock.rehearsal(startingAt: 1_567_267_200_000_000)
        let first = clock.now()
        #expect(clock.isRehearsal && first >= 1_567_267_200_000_000 && first < 1_567_267_200_000_000 + 60_000_000)
        #expect(clock.now() >= first)
    }
}

@Suite struct LineLogHandlerTests {
    private func lines(_ log: (Logger) -> Void) -> String {
        let collected = Collected()
        log(Logger(label: "registry") { LineLogHandler(label: $0, logLevel: .info, write: collected.append) })
        return collected.text
    }

    @Test("an event is one line of pairs, sorted by key")
    func line() {
        let text = lines { $0.notice("ready", metadata: ["b": "two words", "a": "1"]) }
        #expect(text.hasPrefix("time=20"))
        #expect(text.hasSuffix(" level=notice logger=registry message=ready a=1 b=\"two words\"\n"))
    }

    @Test("what comes from outside cannot forge a line or a pair")
    func forging() {
        let text = lines { $0.info("x", metadata: ["peer": "a\nlevel=error b=\"c\" \u{1b}[31m\\"]) }
        #expect(text.filter { $0 == "\n" }.count == 1)
        #expect(text.hasSuffix("peer=\"a\\nlevel=error b=\\\"c\\\" \\u{1b}[31m\\\\\"\n"))
    }

    @Test("events below the level are not written")
    func level() {
        #expect(lines { $0.debug("quiet") }.isEmpty)
    }
}
