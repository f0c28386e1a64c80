/// Metrics in Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats").
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Families of one name are joined: a name stands once, with the first one's help and kind; a family of that name
    /// and another kind is left out, since a reader would refuse the whole text.
    public static func encoded(_ families: [MetricFamily]) -> String {
        var byName: [String: MetricFamily] = [:]
        for family in families where !family.series.isEmpty {
            guard var known = byName[family.name] else {
                byName[family.name] = family
                continue
            }
            if known.kind == family.kind {
                known.series += family.series
                byName[family.name] = known
            }
        }
        var text = ""
        for family in byName.values.sorted(by: { $0.name < $1.name }) { write(family, to: &text) }
        return text
    }

    private static func write(_ family: MetricFamily, to text: inout String) {
        if !family.help.isEmpty { text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n" }
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
        for series in family.series {
            switch series.value {
            case .number(let number):
                text += "\(family.name)\(labels(series.labels)) \(value(number))\n"
            case .histogram(let buckets, let count, let sum):
                let bounds = buckets.map { (value($0.upperBound), $0.count) } + [("+Inf", count)]
                for (bound, count) in bounds {
                    text += "\(family.name)_bucket\(labels(series.labels + [.init("le", bound)])) \(count)\n"
                }
                text += "\(family.name)_sum\(labels(series.labels)) \(value(sum))\n"
                text += "\(family.name)_count\(labels(series.labels)) \(count)\n"
            }
        }
    }

    private static func labels(_ labels: [MetricFamily.Label]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A whole number without a fraction, so that counters read as such.
    static func value(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
        if number == number.rounded(), abs(number) < 9e15 { return String(Int64(number)) }
        return "\(number)"
    }

    /// A name as Prometheus allows it: letters, digits, "_" and ":", no digit first.
    static func name(_ text: String) -> String {
        var name = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: ":"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !name.isEmpty:
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}
