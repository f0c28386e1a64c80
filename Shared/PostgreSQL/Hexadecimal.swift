/// BYTEA as text: `\x` and two digits a byte, which every server of the family takes and gives.
enum Hexadecimal {
    private static let digits: StaticString = "0123456789abcdef"
    /// The value of a digit by its character; 0xff where it is none.
    private static let values: [UInt8] = (UInt8.min...UInt8.max).map { code in
        switch code {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): code - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): code - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): code - UInt8(ascii: "A") + 10
        default: 0xff
        }
    }

    static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let digits = digits.utf8Start
        text.reserveFor(bytes.count * 2)
        text.append(addingCapacity: bytes.count * 2) { place in
            var next = 0
            for byte in bytes {
                place[next] = digits[Int(byte >> 4)]
                place[next + 1] = digits[Int(byte & 15)]
                next += 2
            }
            return next
        }
    }

    /// How many bytes `text` stands for; `nil` when it does not begin with `\x` or has half a byte.
    static func byteCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else {
            return nil
        }
        return text.count / 2 - 1
    }

    /// Writes the bytes that `text` stands for to `place`, which has room for ``byteCount(_:)``; false when a character is
    /// no digit.
    static func decode(_ text: UnsafeRawBufferPointer, to place: UnsafeMutableRawBufferPointer) -> Bool {
        values.withUnsafeBufferPointer { values in
            var all: UInt8 = 0
            var next = 2
            var index = 0
            while next < text.count {
                let high = values[Int(text[next])]
                let low = values[Int(text[next + 1])]
                all |= high | low
                place[index] = high << 4 | low & 15
                next += 2
                index += 1
            }
            // Digits have no high bits: one character that is none shows in the end.
            return all < 16
        }
    }
}

extension [UInt8] {
    /// Room for so many more, at least doubled: reserving what is needed alone would copy all at each call.
    mutating func reserveFor(_ more: Int) {
        if capacity - count < more { reserveCapacity(Swift.max(count + more, capacity * 2)) }
    }

    /// Appends what `write` puts into its buffer, as many as it says.
    mutating func append(addingCapacity more: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        let start = count
        append(contentsOf: repeatElement(0, count: more))
        let used = withUnsafeMutableBufferPointer { write(UnsafeMutableBufferPointer(rebasing: $0[start...])) }
        if used < more { removeLast(more - used) }
    }
}
