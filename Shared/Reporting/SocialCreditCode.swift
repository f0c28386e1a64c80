/// A unified social credit code (统一社会信用代码) of GB 32100-2015: 18 characters, the last a check character.
public struct SocialCreditCode: Sendable, Hashable, CustomStringConvertible {
    /// 18 characters, upper case.
    public let description: String

    /// GB 32100-2015, table 1: digits and capital letters without I, O, S, V, Z.
    private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)

    /// `nil` unless `text` is 18 characters of the standard's alphabet, the division digits 3 to 8 are digits, and the
    /// check character is right.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 18, bytes[2..<8].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let check = Self.checkCharacter(of: bytes[0..<17]), check == bytes[17]
        else { return nil }
        description = String(text)
    }

    /// The check character of the first 17: 31 - sum(c_i * 3^(i-1)) mod 31 (GB 32100-2015, annex A). `nil` when one of
    /// them is not in the alphabet.
    static func checkCharacter(of characters: ArraySlice<UInt8>) -> UInt8? {
        var sum = 0
        var weight = 1
        for character in characters {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            sum += value * weight
            weight = weight * 3 % 31
        }
        return alphabet[(31 - sum % 31) % 31]
    }
}
