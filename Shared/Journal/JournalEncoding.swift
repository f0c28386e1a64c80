/// Writes the bytes that journal hashes and signatures cover: integers big-endian, text and byte strings with their
/// length before them as 32 bits (`Proto/WIRE.md`, "Journal"). So no two different values have the same bytes.
package struct JournalEncoding {
    package private(set) var bytes: [UInt8] = []

    package init(capacityBytes: Int) {
        bytes.reserveCapacity(capacityBytes)
    }

    /// Names what follows; ends with a zero byte, so that no name begins another.
    package mutating func append(tag: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount))
        bytes.append(0)
    }

    package mutating func append(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    // Of the usual sizes, since the generic one is done slowly in another module.

    package mutating func append(_ integer: UInt8) { bytes.append(integer) }

    package mutating func append(_ integer: UInt32) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func append(_ integer: UInt64) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func append(fixed hash: JournalHash) {
        hash.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    package mutating func append(fixed epoch: JournalEpoch) {
        bytes.append(contentsOf: epoch.bytes)
    }

    package mutating func append(_ text: String) {
        append(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func append(_ data: [UInt8]) {
        append(UInt32(data.count))
        bytes.append(contentsOf: data)
    }
}
