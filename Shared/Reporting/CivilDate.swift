/// A civil date of the Gregorian calendar, as notices state them: in Asia/Shanghai.
///
/// Conversion to instants uses UTC+8 without exceptions. That is Asia/Shanghai's offset at every instant since
/// 1991-09-15, when the last summer time ended (IANA tz database), and the dates here begin in 2000.
public struct CivilDate: Sendable, Hashable {
    /// 2000 to 2100.
    public let year: Int32
    /// 1 to 12.
    public let month: UInt8
    /// 1 to 31.
    public let day: UInt8

    /// `nil` when there is no such date, or it lies outside 2000 to 2100.
    public init?(year: Int, month: Int, day: Int) {
        guard (2000...2100).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(inMonth: month, year: year)
        else { return nil }
        self.year = Int32(year)
        self.month = UInt8(month)
        self.day = UInt8(day)
    }

    /// Reads `2019-09-01`, always four, two and two digits.
    public init?(parsing text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The date in Asia/Shanghai at an instant (microseconds since 1970-01-01T00:00:00Z); `nil` outside 2000 to 2100.
    public init?(containing unixMicroseconds: Int64) {
        let (local, overflow) = unixMicroseconds.addingReportingOverflow(Self.shanghaiOffsetMicroseconds)
        guard !overflow else { return nil }
        var days = local / Self.dayMicroseconds
        if local % Self.dayMicroseconds < 0 { days -= 1 }
        self.init(daysSinceEpoch: days)
    }

    /// The first instant of this date in Asia/Shanghai, in microseconds since 1970-01-01T00:00:00Z.
    public var startUnixMicroseconds: Int64 {
        daysSinceEpoch * Self.dayMicroseconds - Self.shanghaiOffsetMicroseconds
    }

    /// The first instant of the next date: where a deadline that includes this whole date falls due.
    public var endUnixMicroseconds: Int64 { startUnixMicroseconds + Self.dayMicroseconds }

    /// The date so many days later (earlier when negative); `nil` outside 2000 to 2100.
    public func advanced(byDays days: Int64) -> CivilDate? {
        let (sum, overflow) = daysSinceEpoch.addingReportingOverflow(days)
        return overflow ? nil : CivilDate(daysSinceEpoch: sum)
    }

    private static let dayMicroseconds: Int64 = 86_400_000_000
    private static let shanghaiOffsetMicroseconds: Int64 = 8 * 3_600_000_000

    /// Days since 1970-01-01, counted in years that begin in March so that a leap day comes last.
    private var daysSinceEpoch: Int64 {
        let shiftedYear = Int64(year) - (month <= 2 ? 1 : 0)
        let shiftedMonth = (Int64(month) + 9) % 12
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private init?(daysSinceEpoch days: Int64) {
        // 1999-12-31 to 2101-01-01 leaves the arithmetic below positive and far from overflow.
        guard (10_956...47_847).contains(days) else { return nil }
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(year: Int(year), month: Int(month), day: Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
    }

    private static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}

extension CivilDate: Comparable {
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CivilDate: CustomStringConvertible {
    /// "2019-09-01".
    public var description: String {
        "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}
