/// Reads what ``JournalEncoding`` writes. Every method gives `nil` at bytes that it would not have written.
package struct CanonicalReader {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    package var isAtEnd: Bool { rest.isEmpty }

    package mutating func skip(tag: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount)
        guard rest.count > expected.count, rest.starts(with: expected), rest.dropFirst(expected.count).first == 0 else {
            return false
        }
        rest = rest.dropFirst(expected.count + 1)
        return true
    }

    package mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    package mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        guard let bytes = bytes(MemoryLayout<Value>.size) else { return nil }
        // Not byte by byte: generic code of another module does little at a time at a great price.
        var value = Value.zero
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
        return Value(bigEndian: value)
    }

    package mutating func text() -> String? {
        guard let count = integer(UInt32.self), let bytes = bytes(Int(count)) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
