/// An administrative division (GB/T 2260), with the civil dates between which the record holds.
public struct Division: Sendable, Hashable {
    public enum Level: UInt8, Sendable, Hashable, Comparable {
        case province = 1
        case prefecture = 2
        case county = 3

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Six digits.
    public var code: String
    public var name: String
    public var level: Level
    /// `nil` for a province. A directly governed county (济源市 419001) has the province as its parent.
    public var parentCode: String?
    /// The first date on which the record holds; `nil`: since before the records begin (2010).
    public var effectiveFrom: CivilDate?
    /// The first date on which it no longer holds; `nil`: it holds.
    public var effectiveUntil: CivilDate?

    public init(
        code: String, name: String, level: Level, parentCode: String?, effectiveFrom: CivilDate? = nil,
        effectiveUntil: CivilDate? = nil
    ) {
        self.code = code
        self.name = name
        self.level = level
        self.parentCode = parentCode
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
    }

    public func isEffective(on date: CivilDate) -> Bool {
        if let effectiveFrom, date < effectiveFrom { return false }
        if let effectiveUntil, date >= effectiveUntil { return false }
        return true
    }

    /// True for six ASCII digits of which the first is not 0.
    public static func isValidCode(_ code: String) -> Bool {
        let bytes = code.utf8
        return bytes.count == 6 && bytes.first != UInt8(ascii: "0")
            && bytes.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
