/// Builds the byte strings that digests, statements and hashes are made of: big-endian integers; texts and byte strings
/// behind their length in bytes as an unsigned 32-bit integer. One value has one encoding.
public struct CanonicalBytes: Sendable {
    public private(set) var bytes: [UInt8]

    public init(reservingBytes capacityBytes: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacityBytes)
    }

    /// A fixed label that says what the bytes are, closed by a NUL, so that no two kinds of statement can be confused.
    public mutating func label(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0)
    }

    public mutating func integer(_ value: some FixedWidthInteger) {
        var bigEndian = value.bigEndian
        Swift.withUnsafeBytes(of: &bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Bytes of a length that both sides know, without a prefix.
    public mutating func fixed(_ value: some Collection<UInt8>) {
        bytes.append(contentsOf: value)
    }

    public mutating func sized(_ value: some Collection<UInt8>) {
        integer(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    public mutating func text(_ value: String) {
        sized(value.utf8)
    }
}
