internal import Glibc
internal import JSONText
public import Logging

/// Writes each event as one line to standard error, which whoever runs the process collects, and waits for nobody who
/// reads it (a reader that is too slow is told how many lines it misses): key=value pairs for people,
///
///     time=2019-09-01T00:00:00.123456Z level=info logger=registry message=ready address=127.0.0.1:7101
///
/// or a JSON object of texts with the same keys for programs.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat
    /// Where lines go instead of standard error.
    private let write: (@Sendable (String) -> Void)?

    public init(
        label: String, logLevel: Logger.Level, format: LogFormat = .text, write: (@Sendable (String) -> Void)? = nil
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
        let line = line(level, message, self.metadata.merging(metadata) { _, new in new })
        guard let write else {
            return StandardError.shared.write(line) { count in
                self.line(.warning, "lines are missing here: nobody read them in time", ["count": "\(count)"])
            }
        }
        write(line)
    }

    private func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let pairs: [(String, String)] =
            [
                ("time", Self.time()), ("level", "\(level)"), ("logger", label), ("message", message),
            ] + metadata.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        return switch format {
        case .text: pairs.map { "\($0.0)=\(Self.quoted($0.1))" }.joined(separator: " ") + "\n"
        case .json: "{" + pairs.map { "\(jsonText($0.0)):\(jsonText($0.1))" }.joined(separator: ",") + "}\n"
        }
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
