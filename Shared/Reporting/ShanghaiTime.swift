/// An instant as a clock on a wall in Asia/Shanghai shows it, for people: "2019-09-01 23:59:59.999".
public struct ShanghaiTime: Sendable, Hashable, CustomStringConvertible {
    public let date: CivilDate
    /// 0 to 86,399,999,999.
    public let microsecondOfDay: Int64

    /// `nil` outside the years 2000 to 2100.
    public init?(unixMicroseconds: Int64) {
        guard let date = CivilDate(containing: unixMicroseconds) else { return nil }
        self.date = date
        microsecondOfDay = unixMicroseconds - date.startUnixMicroseconds
    }

    public var description: String {
        let milliseconds = microsecondOfDay / 1000
        let seconds = milliseconds / 1000
        return "\(date) \(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
            + ".\(padded(milliseconds % 1000, 3))"
    }

    private func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
