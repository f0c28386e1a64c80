/// Writes protobuf by hand, after protobuf.dev/programming-guides/encoding: an encoder that shares nothing with the one
/// under test.
enum Bytes {
    static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    static func field(_ number: UInt64, wireType: UInt64, _ rest: [UInt8]) -> [UInt8] {
        varint(number << 3 | wireType) + rest
    }

    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] {
        self.field(field, wireType: 0, varint(value))
    }

    static func delimited(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
        self.field(field, wireType: 2, varint(UInt64(content.count)) + content)
    }

    static func text(_ field: UInt64, _ text: String) -> [UInt8] {
        delimited(field, Array(text.utf8))
    }

    static func fixed<T: FixedWidthInteger>(_ field: UInt64, _ value: T) -> [UInt8] {
        let bytes = (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return self.field(field, wireType: T.bitWidth == 64 ? 1 : 5, bytes)
    }
}
