/// An organisation that issues, forwards, reports or takes part.
public struct Organisation: Sendable, Hashable {
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The bureau or office of a province, city or county: reports for a place.
        case authority
        /// A department or directly subordinate unit: stands beside the places and is never summed with them.
        case department
        case association
        case enterprise

        /// True for kinds whose figures stand beside those of the places (domain: case 7).
        public var standsBeside: Bool { self == .department || self == .association }
    }

    /// Ours ("henan-zhengzhou"), or a unified social credit code. See ``isValidCode(_:)``.
    public var code: String
    public var name: String
    public var kind: Kind
    /// Where it lies, which is not who it reports to; empty for one that lies in no division of its own (平潭).
    public var divisionCode: String
    /// The organisation it reports to; `nil` at the top of a reporting line.
    public var reportsTo: String?

    public init(code: String, name: String, kind: Kind, divisionCode: String, reportsTo: String?) {
        self.code = code
        self.name = name
        self.kind = kind
        self.divisionCode = divisionCode
        self.reportsTo = reportsTo
    }

    /// True for 2 to 64 lower-case letters, digits and single hyphens inside, beginning with a letter, or a right
    /// unified social credit code.
    public static func isValidCode(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        guard bytes.count >= 2, bytes.count <= 64 else { return false }
        guard let first = bytes.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z") else {
            return SocialCreditCode(code) != nil
        }
        var previous = first
        for byte in bytes.dropFirst() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-") where previous != UInt8(ascii: "-"): break
            default: return false
            }
            previous = byte
        }
        return previous != UInt8(ascii: "-")
    }

    /// What is wrong with this organisation by itself: every error, in Chinese and naming the place.
    public func problems() -> [String] {
        var problems: [String] = []
        if !Self.isValidCode(code) {
            problems.append("机构“\(code)”：代码应为小写字母、数字和连字符（2至64位，字母开头），或正确的18位统一社会信用代码")
        }
        if name.isBlank { problems.append("机构“\(code)”：名称不能为空") }
        if !divisionCode.isEmpty, !Division.isValidCode(divisionCode) {
            problems.append("机构“\(code)”：行政区划代码“\(divisionCode)”应为六位数字")
        }
        if reportsTo == code { problems.append("机构“\(code)”：不能向自己报送") }
        return problems
    }
}

extension StringProtocol {
    /// True when there is nothing but white space: such a text is no value.
    package var isBlank: Bool {
        unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }
}
