internal import Glibc
internal import Reporting

/// The clock that a service stamps instants with.
public struct WallClock: Sendable {
    /// True when it does not show the real time.
    public let isRehearsal: Bool
    private let offsetMicroseconds: Int64

    /// The real time.
    public static let real = WallClock(isRehearsal: false, offsetMicroseconds: 0)

    /// A clock that shows `unixMicroseconds` now, and goes on from there: for exercises and for tests of deadlines.
    public static func rehearsal(startingAt unixMicroseconds: Int64) -> WallClock {
        WallClock(isRehearsal: true, offsetMicroseconds: unixMicroseconds - realNow())
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    public func now() -> Int64 {
        shown(atRealUnixMicroseconds: Self.realNow())
    }

    /// What it shows when it is really then.
    func shown(atRealUnixMicroseconds instant: Int64) -> Int64 { instant + offsetMicroseconds }

    private static func realNow() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Reads RFC 3339, e.g. "2019-08-31T23:59:00+08:00" or "2019-08-31T15:59:00Z", with up to six digits of a second's
    /// fraction. `nil` for anything else, and outside the years 2000 to 2100.
    public static func instant(parsing text: String) -> Int64? {
        guard
            let parts = text.wholeMatch(of: /(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)/),
            let date = CivilDate(parsing: parts.1), let hour = Int64(parts.2), let minute = Int64(parts.3),
            let second = Int64(parts.4), hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if let digits = parts.5 {
            fraction = Int64(digits + String(repeating: "0", count: 6 - digits.count)) ?? 0
        }
        var offsetMinutes: Int64 = 0
        if parts.6 != "Z" {
            let zone = parts.6.dropFirst().split(separator: ":").compactMap { Int64($0) }
            guard zone.count == 2, zone[0] < 24, zone[1] < 60 else { return nil }
            offsetMinutes = (zone[0] * 60 + zone[1]) * (parts.6.hasPrefix("-") ? -1 : 1)
        }
        // A civil date begins eight hours before it does in UTC.
        let dayInUTC = date.startUnixMicroseconds + 8 * 3_600_000_000
        return dayInUTC + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1_000_000 + fraction
    }
}
