/// Base 64 as RFC 4648, section 4, has it, with its padding. Reading takes exactly what writing makes: no line breaks, no
/// missing padding, no bits behind the last byte. So no two texts are the same bytes.
package enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let padding = UInt8(ascii: "=")

    /// The number of characters for `byteCount` bytes.
    package static func characterCount(ofBytes byteCount: Int) -> Int {
        (byteCount + 2) / 3 * 4
    }

    /// The text of `bytes`, with padding and without line breaks.
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        let count = characterCount(ofBytes: bytes.count)
        return String(unsafeUninitializedCapacity: count) { text in
            var group: UInt32 = 0
            var held = 0
            var written = 0
            func write(characters: Int) {
                for position in 0..<4 {
                    let value = Int(group >> UInt32(18 - 6 * position)) & 63
                    text[written] = position < characters ? alphabet.utf8Start[value] : padding
                    written += 1
                }
            }
            for byte in bytes {
                group |= UInt32(byte) << UInt32(16 - 8 * held)
                held += 1
                if held == 3 {
                    write(characters: 4)
                    group = 0
                    held = 0
                }
            }
            if held > 0 { write(characters: held + 1) }
            return written
        }
    }

    /// `nil` for anything that ``encode(_:)`` would not have written.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let characters = text.last == padding ? text.dropLast(text.dropLast().last == padding ? 2 : 1) : text
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * 3 / 4)
        var group: UInt32 = 0
        var bitCount: UInt32 = 0
        for character in characters {
            guard let value = value(of: character) else { return nil }
            group = group << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bitCount))
            }
        }
        // What is left of the last character must be zero.
        guard group & ((1 << bitCount) - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

extension JournalHash {
    /// The 44 characters of the hash in base 64, as C2SP's texts have it.
    package var base64: String {
        withUnsafeBytes { Base64.encode($0) }
    }

    /// `nil` unless `text` is the one base 64 of 32 bytes.
    package init?(base64 text: ArraySlice<UInt8>) {
        guard text.count == Base64.characterCount(ofBytes: Self.byteCount), let bytes = Base64.decode(text) else {
            return nil
        }
        self.init(bytes)
    }
}
