public import Journal
public import Messages
public import Reporting

extension TypeV1.Decimal {
    public init(_ value: Decimal) {
        self.init(unscaledValue: value.unscaled, scale: UInt32(value.scale))
    }
}

extension Decimal {
    /// `nil` when the message has more digits after the point than a decimal may have.
    public init?(_ message: TypeV1.Decimal) {
        guard let scale = UInt8(exactly: message.scale) else { return nil }
        self.init(unscaled: message.unscaledValue, scale: scale)
    }
}

extension TypeV1.Date {
    public init(_ value: CivilDate) {
        self.init(year: value.year, month: Int32(value.month), day: Int32(value.day))
    }
}

extension CivilDate {
    /// `nil` when there is no such date, or it lies outside 2000 to 2100.
    public init?(_ message: TypeV1.Date) {
        self.init(year: Int(message.year), month: Int(message.month), day: Int(message.day))
    }
}

extension TypeV1.Severity {
    public init(_ value: Severity) {
        switch value {
        case .blocking: self = .blocking
        case .verify: self = .verify
        case .notice: self = .notice
        }
    }
}

extension Severity {
    /// `nil` when the message names none that this version knows.
    public init?(_ message: TypeV1.Severity) {
        switch message {
        case .blocking: self = .blocking
        case .verify: self = .verify
        case .notice: self = .notice
        case .unspecified, .unrecognized: return nil
        }
    }
}

extension TypeV1.Timeliness {
    public init(_ value: Timeliness) {
        switch value {
        case .onTime: self = .onTime
        case .onTimeByExtension: self = .onTimeByExtension
        case .late: self = .late
        }
    }
}

extension Timeliness {
    /// `nil` when the message names none that this version knows.
    public init?(_ message: TypeV1.Timeliness) {
        switch message {
        case .onTime: self = .onTime
        case .onTimeByExtension: self = .onTimeByExtension
        case .late: self = .late
        case .unspecified, .unrecognized: return nil
        }
    }
}

extension TypeV1.Finding {
    public init(_ value: Finding) {
        self.init(
            pointer: value.pointer, rule: value.rule, severity: TypeV1.Severity(value.severity),
            message: value.message)
    }
}

extension Finding {
    /// `nil` when the severity is none that this version knows.
    public init?(_ message: TypeV1.Finding) {
        guard let severity = Severity(message.severity) else { return nil }
        self.init(pointer: message.pointer, rule: message.rule, severity: severity, message: message.message)
    }
}

extension TypeV1.JournalPosition {
    public init(_ value: JournalPosition) {
        self.init(epoch: value.epoch.bytes, index: value.index)
    }
}

extension JournalPosition {
    /// `nil` when the epoch is not 16 bytes.
    public init?(_ message: TypeV1.JournalPosition) {
        guard let epoch = JournalEpoch(message.epoch) else { return nil }
        self.init(epoch: epoch, index: message.index)
    }
}
