/// A decimal number, exactly: `unscaled * 10^-scale`, with 0 to 9 digits after the point.
///
/// Reported figures are never binary floating point: 0.1 万元 stays 0.1 万元 however often it is added. Two decimals are
/// equal when their values are (1.5 and 1.50); ``scale`` only says how many digits were written.
public struct Decimal: Sendable {
    /// The most digits after the point.
    public static let maximumScale: UInt8 = 9

    public static let zero = Decimal(0)

    public let unscaled: Int64
    /// 0 to ``maximumScale``.
    public let scale: UInt8

    /// `nil` when `scale` is more than ``maximumScale``.
    public init?(unscaled: Int64, scale: UInt8) {
        guard scale <= Self.maximumScale else { return nil }
        self.unscaled = unscaled
        self.scale = scale
    }

    public init(_ integer: Int64) {
        unscaled = integer
        scale = 0
    }

    private init(trusted unscaled: Int64, scale: UInt8) {
        self.unscaled = unscaled
        self.scale = scale
    }

    /// Reads `-12`, `0.50` or `+3.1`: an optional sign, digits, and a point only between digits. `nil` for anything else:
    /// more than nine digits after the point, an exponent, grouping marks, or a number too large for 64 bits.
    public init?(parsing text: some StringProtocol) {
        var bytes = Array(text.utf8)[...]
        var isNegative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            bytes = bytes.dropFirst()
        }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let fraction = parts.count == 2 ? parts[1] : []
        guard fraction.count <= Int(Self.maximumScale), parts[0].count <= 38 else { return nil }
        var magnitude: Int128 = 0
        for byte in parts[0] + fraction {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (product, productOverflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
            guard !productOverflow, !sumOverflow else { return nil }
            magnitude = sum
        }
        guard let value = Int64(exactly: isNegative ? -magnitude : magnitude) else { return nil }
        unscaled = value
        scale = UInt8(fraction.count)
    }

    public var isZero: Bool { unscaled == 0 }
    public var isNegative: Bool { unscaled < 0 }

    /// Digits after the point that are needed: `1.50` needs one.
    public var neededScale: UInt8 { normalised.scale }

    /// The same value with as few digits after the point as it needs.
    public var normalised: Decimal {
        var value = unscaled
        var digits = scale
        while digits > 0, value.isMultiple(of: 10) {
            value /= 10
            digits -= 1
        }
        return Decimal(trusted: value, scale: digits)
    }

    /// The value in units of 10^-9, which every decimal has exactly.
    public var billionths: Int128 {
        Int128(unscaled) * Self.powersOfTen[Int(Self.maximumScale - scale)]
    }

    /// The decimal of so many units of 10^-`scale`, or the same value with fewer digits when only that fits 64 bits.
    private static func fitting(_ value: Int128, scale: UInt8) -> Decimal? {
        var value = value
        var digits = scale
        while true {
            if let small = Int64(exactly: value) { return Decimal(trusted: small, scale: digits) }
            guard digits > 0, value % 10 == 0 else { return nil }
            value /= 10
            digits -= 1
        }
    }

    /// The exact sum, with the larger scale of the two; `nil` when it does not fit.
    public func adding(_ other: Decimal) -> Decimal? {
        let common = max(scale, other.scale)
        return Self.fitting(atScale(common) + other.atScale(common), scale: common)
    }

    /// The exact difference, with the larger scale of the two; `nil` when it does not fit.
    public func subtracting(_ other: Decimal) -> Decimal? {
        let common = max(scale, other.scale)
        return Self.fitting(atScale(common) - other.atScale(common), scale: common)
    }

    /// The exact product; `nil` when it does not fit.
    public func multiplied(by factor: Int64) -> Decimal? {
        Self.fitting(Int128(unscaled) * Int128(factor), scale: scale)
    }

    /// The value rounded to so many digits, half away from zero (四舍五入). Meant for display: sums are rounded once, at
    /// the end. `nil` when `digits` is more than ``maximumScale``, or when more digits do not fit 64 bits.
    public func rounded(toScale digits: UInt8) -> Decimal? {
        guard digits <= Self.maximumScale else { return nil }
        guard digits < scale else { return Int64(exactly: atScale(digits)).map { Decimal(trusted: $0, scale: digits) } }
        let divisor = Self.powersOfTen[Int(scale - digits)]
        let half = divisor / 2
        let value = Int128(unscaled)
        let rounded = (value >= 0 ? value + half : value - half) / divisor
        return Int64(exactly: rounded).map { Decimal(trusted: $0, scale: digits) }
    }

    /// Units of 10^-`digits`; `digits` is at least ``scale``.
    private func atScale(_ digits: UInt8) -> Int128 {
        Int128(unscaled) * Self.powersOfTen[Int(digits - scale)]
    }

    private static let powersOfTen: [Int128] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    ]
}

extension Decimal: Hashable, Comparable {
    public static func == (left: Decimal, right: Decimal) -> Bool {
        left.scale == right.scale ? left.unscaled == right.unscaled : left.billionths == right.billionths
    }

    public static func < (left: Decimal, right: Decimal) -> Bool {
        left.scale == right.scale ? left.unscaled < right.unscaled : left.billionths < right.billionths
    }

    public func hash(into hasher: inout Hasher) {
        let short = normalised
        hasher.combine(short.unscaled)
        hasher.combine(short.scale)
    }
}

extension Decimal: CustomStringConvertible {
    /// As ``init(parsing:)`` reads it, with ``scale`` digits after the point: "-0.50".
    public var description: String {
        guard scale > 0 else { return String(unscaled) }
        var digits = String(unscaled.magnitude)
        if digits.utf8.count <= Int(scale) {
            digits = String(repeating: "0", count: Int(scale) + 1 - digits.utf8.count) + digits
        }
        return "\(unscaled < 0 ? "-" : "")\(digits.dropLast(Int(scale))).\(digits.suffix(Int(scale)))"
    }
}
