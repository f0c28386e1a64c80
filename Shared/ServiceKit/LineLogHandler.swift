internal import Glibc
internal import JSONText
public import Logging

/// Writes each event as one line to standard error, which whoever runs the process collects: key=value pairs for people,
///
///     time=2019-09-01T00:00:00.123456Z level=info logger=registry message=ready address=127.0.0.1:7101
///
/// or a JSON object of texts with the same keys for programs.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    public init(
        label: String, logLevel: Logger.Level, format: LogFormat = .text,
        write: @escaping @Sendable (String) -> Void = Self.toStandardError
    ) {
        self.label = label
        self.logLevel = logLevel
        self.format = format
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        log(level: event.level, "\(event.message)", event.metadata ?? [:])
    }

    /// Without a `Logger`, for when the process ends.
    func log(level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        let more = self.metadata.merging(metadata) { _, new in new }.sorted { $0.key < $1.key }
        let pairs: [(String, String)] =
            [
                ("time", Self.time()), ("level", "\(level)"), ("logger", label), ("message", message),
            ] + more.map { ($0.key, "\($0.value)") }
        switch format {
        case .text: write(pairs.map { "\($0.0)=\(Self.quoted($0.1))" }.joined(separator: " ") + "\n")
        case .json: write("{" + pairs.map { "\(jsonText($0.0)):\(jsonText($0.1))" }.joined(separator: ",") + "}\n")
        }
    }

    /// One system call a line, so that lines of several threads do not mix.
    public static let toStandardError: @Sendable (String) -> Void = { line in
        var line = line
        line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// In quotation marks when the value could be taken for more than one, or break the line: what comes from outside
    /// cannot forge an entry.
    static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0.value != 0x7f && $0 != "\"" && $0 != "=" && $0 != "\\"
            }
        guard !isPlain else { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let scalar where scalar.value < 0x20 || scalar.value == 0x7f || (0x80..<0xa0).contains(scalar.value):
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    private static func time() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return "\(parts.tm_year + 1900)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
            + "T\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
            + ".\(padded(now.tv_nsec / 1000, 6))Z"
    }
}
