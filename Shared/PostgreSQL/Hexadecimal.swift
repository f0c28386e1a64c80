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

    /// Through a little memory that stays in the cache, instead of making room in the text first.
    private static let chunkBytes = 1024

    static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        guard let source = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let digits = digits.utf8Start
        text.reserveFor(bytes.count * 2)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * min(bytes.count, chunkBytes)) { chunk in
            guard let place = chunk.baseAddress else { return }
            var start = 0
            while start < bytes.count {
                let count = min(bytes.count - start, chunkBytes)
                for index in 0..<count {
                    let byte = source[start + index]
                    place[2 * index] = digits[Int(byte >> 4)]
                    place[2 * index + 1] = digits[Int(byte & 15)]
                }
                text.append(contentsOf: UnsafeBufferPointer(start: place, count: 2 * count))
                start += count
            }
        }
    }

    /// Appends the bytes that `text` stands for; false, and nothing appended, when it does not begin with `\x` or what
    /// follows are no pairs of digits.
    static func appendDecoded(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) -> Bool {
        guard let source = text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count >= 2, text.count % 2 == 0,
            source[0] == UInt8(ascii: "\\"), source[1] == UInt8(ascii: "x")
        else { return false }
        let (before, total) = (bytes.count, text.count / 2 - 1)
        bytes.reserveFor(total)
        let isDecoded = values.withUnsafeBufferPointer { values in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: min(max(total, 1), chunkBytes)) { chunk in
                guard let place = chunk.baseAddress, let values = values.baseAddress else { return false }
                var all: UInt8 = 0
                var start = 0
                while start < total {
                    let count = min(total - start, chunkBytes)
                    for index in 0..<count {
                        let high = values[Int(source[2 * (start + index) + 2])]
                        let low = values[Int(source[2 * (start + index) + 3])]
                        all |= high | low
                        place[index] = high << 4 | low & 15
                    }
                    bytes.append(contentsOf: UnsafeBufferPointer(start: place, count: count))
                    start += count
                }
                // Digits have no high bits: one character that is none shows in the end.
                return all < 16
            }
        }
        if !isDecoded { bytes.removeLast(bytes.count - before) }
        return isDecoded
    }
}

extension [UInt8] {
    /// Room for so many more, at least doubled: reserving what is needed alone would copy all at each call.
    mutating func reserveFor(_ more: Int) {
        if capacity - count < more { reserveCapacity(Swift.max(count + more, capacity * 2)) }
    }
}
