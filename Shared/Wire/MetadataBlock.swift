/// Metadata as it stands in a frame: a count (2), then for each entry key length (1), key, value length (2), value.
public enum MetadataBlock {
    /// The most entries, and the most bytes of the whole block, that a receiver takes.
    public static let maximumEntries = 128
    public static let maximumBytes = 8192
    /// An empty block.
    public static let empty: [UInt8] = [0, 0]
    static let reservedPrefix: StaticString = "quality-"

    /// Why metadata is refused: the call fails, the connection lives.
    public struct Refusal: Error, Sendable, Hashable {
        public var reason: String
    }

    /// Encodes metadata. Throws what a receiver would refuse.
    public static func encoded(_ metadata: Metadata) throws(Refusal) -> [UInt8] {
        if metadata.isEmpty { return empty }
        guard metadata.entries.count <= maximumEntries else {
            throw Refusal(reason: "\(metadata.entries.count) metadata entries; at most \(maximumEntries) are allowed")
        }
        var writer = ByteWriter()
        writer.write(UInt16(metadata.entries.count))
        for entry in metadata.entries {
            let key = entry.key.utf8
            guard !entry.key.hasPrefix("\(reservedPrefix)") else {
                throw Refusal(reason: "metadata key \(entry.key) is reserved for the protocol")
            }
            guard key.count <= 64, entry.value.count <= maximumBytes else {
                throw Refusal(
                    reason: "metadata entry of \(key.count) + \(entry.value.count) bytes; at most 64 + \(maximumBytes)")
            }
            writer.write(UInt8(key.count))
            writer.write(bytes: key)
            writer.write(UInt16(entry.value.count))
            writer.write(bytes: entry.value)
        }
        try writer.bytes.withUnsafeBufferPointer { (bytes) throws(Refusal) in
            try validate(UnsafeRawBufferPointer(bytes))
        }
        return writer.bytes
    }

    /// Reads a block that ``validate(_:)`` has passed.
    public static func decoded(_ bytes: UnsafeRawBufferPointer) -> Metadata {
        var reader = ByteReader(bytes)
        guard let count = reader.readUInt16(), count > 0 else { return Metadata() }
        var entries: [Metadata.Entry] = []
        entries.reserveCapacity(Int(count))
        while let keyBytes = reader.readUInt8().flatMap({ reader.readBytes(Int($0)) }),
            let value = reader.readUInt16().flatMap({ reader.readBytes(Int($0)) })
        {
            entries.append(Metadata.Entry(key: String(decoding: keyBytes, as: UTF8.self), value: Array(value)))
        }
        return Metadata(entries)
    }

    /// What is wrong with a received block; `nil` if nothing is. Of an empty one, as most are, two bytes are looked at.
    public static func refusal(of bytes: UnsafeRawBufferPointer) -> Refusal? {
        if bytes.count == 2, bytes[0] == 0, bytes[1] == 0 { return nil }
        do throws(Refusal) {
            try validate(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Checks a received block without copying it: lengths that fit, and keys and values of the allowed bytes.
    public static func validate(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
        var reader = ByteReader(bytes)
        guard let count = reader.readUInt16() else { throw Refusal(reason: "metadata is cut short") }
        guard count <= maximumEntries, bytes.count <= maximumBytes else {
            throw Refusal(reason: "metadata of \(count) entries and \(bytes.count) bytes is over the limits")
        }
        for _ in 0..<count {
            guard let key = reader.readUInt8().flatMap({ reader.readBytes(Int($0)) }),
                let value = reader.readUInt16().flatMap({ reader.readBytes(Int($0)) })
            else { throw Refusal(reason: "metadata is cut short") }
            try check(key, value)
        }
        guard reader.remaining == 0 else { throw Refusal(reason: "metadata is followed by stray bytes") }
    }

    private static func check(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(Refusal) {
        guard (1...64).contains(key.count), key.allSatisfy(isKeyByte) else {
            throw Refusal(
                reason: "metadata key \"\(String(decoding: key, as: UTF8.self))\" is not 1 to 64 of a-z 0-9 . _ -")
        }
        let isBinary = key.count > 4 && key.suffix(4).elementsEqual("-bin".utf8)
        guard isBinary || value.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw Refusal(
                reason: "metadata value of \(String(decoding: key, as: UTF8.self)) is not printable ASCII; "
                    + "name the key ...-bin to send bytes")
        }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
