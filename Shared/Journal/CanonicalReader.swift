/// Reads what ``JournalEncoding`` writes. Every method gives `nil` at bytes that it would not have written.
package struct CanonicalReader {
    private let all: [UInt8]
    /// Of the next byte.
    private var place = 0

    package init(_ bytes: [UInt8]) {
        all = bytes
    }

    package var isAtEnd: Bool { place == all.count }

    package mutating func skip(tag: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount)
        guard let range = next(expected.count + 1) else { return false }
        return all.withUnsafeBufferPointer {
            $0[range.dropLast()].elementsEqual(expected) && $0[range.upperBound - 1] == 0
        }
    }

    package mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        next(count).map { all[$0] }
    }

    // Not one generic method: that is done slowly in another module.

    package mutating func integer(_ type: UInt8.Type) -> UInt8? { fixed(type) }
    package mutating func integer(_ type: UInt32.Type) -> UInt32? { fixed(type) }
    package mutating func integer(_ type: UInt64.Type) -> UInt64? { fixed(type) }

    package mutating func text() -> String? {
        guard let count = integer(UInt32.self), let range = next(Int(count)) else { return nil }
        return all.withUnsafeBufferPointer {
            String(validating: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self)
        }
    }

    private mutating func fixed<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        guard let range = next(MemoryLayout<Value>.size) else { return nil }
        return all.withUnsafeBytes {
            Value(bigEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Value.self))
        }
    }

    /// The place of the next so many bytes, which are read then.
    private mutating func next(_ count: Int) -> Range<Int>? {
        guard count <= all.count - place else { return nil }
        defer { place += count }
        return place..<place + count
    }
}
