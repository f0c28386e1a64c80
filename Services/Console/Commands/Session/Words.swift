internal import Messages
internal import Reporting

// How the suite's values read to a person on a terminal.

extension TypeV1.Timeliness {
    var words: String {
        switch self {
        case .onTime: "on time"
        case .onTimeByExtension: "on time by extension"
        case .late: "late"
        case .unspecified: "-"
        case .unrecognized(let number): "timeliness \(number)"
        }
    }
}

extension TypeV1.Severity {
    /// As the notices' forms name them.
    var words: String {
        switch self {
        case .blocking: "强制性"
        case .verify: "核实性"
        case .notice: "提示性"
        case .unspecified: "-"
        case .unrecognized(let number): "severity \(number)"
        }
    }
}

extension TypeV1.Decimal {
    /// The figure with all its digits; what no figure can be as it came.
    var words: String {
        guard let scale = UInt8(exactly: scale), let decimal = Decimal(unscaled: unscaledValue, scale: scale) else {
            return "\(unscaledValue)e-\(scale)"
        }
        return decimal.description
    }
}

extension TypeV1.Date {
    var words: String {
        CivilDate(year: Int(year), month: Int(month), day: Int(day))?.description ?? "\(year)-\(month)-\(day)"
    }
}

extension TypeV1.Finding {
    /// One line under a refused report.
    var words: String {
        "  \(pointer.isEmpty ? "/" : pointer)  [\(severity.words) \(rule)]  \(message)"
    }
}

/// An instant as a clock in Asia/Shanghai shows it; "-" for 0.
func shanghaiTime(_ unixMicroseconds: Int64) -> String {
    guard unixMicroseconds != 0 else { return "-" }
    return ShanghaiTime(unixMicroseconds: unixMicroseconds)?.description ?? "\(unixMicroseconds) us"
}
