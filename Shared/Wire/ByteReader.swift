/// Reads big-endian numbers and counted bytes from borrowed memory. Every read checks the length first and returns
/// `nil` at the end.
@usableFromInline
struct ByteReader {
    @usableFromInline var bytes: UnsafeRawBufferPointer
    @usableFromInline var offset = 0

    @inlinable
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inlinable
    var remaining: Int { bytes.count - offset }

    @inlinable
    mutating func readUInt8() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    @inlinable
    mutating func readUInt16() -> UInt16? { readInteger() }
    @inlinable
    mutating func readUInt32() -> UInt32? { readInteger() }
    @inlinable
    mutating func readUInt64() -> UInt64? { readInteger() }

    @inlinable
    mutating func readInteger<Integer: FixedWidthInteger>() -> Integer? {
        let count = MemoryLayout<Integer>.size
        guard remaining >= count else { return nil }
        defer { offset += count }
        return Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    /// The next `count` bytes, still borrowed.
    @inlinable
    mutating func readBytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, remaining >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}

/// Collects big-endian numbers and bytes.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(bytes more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }
}
