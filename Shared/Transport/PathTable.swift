/// Finds values by the bytes of a name as they stand in a frame, without making a `String`.
public struct PathTable<Value> {
    private var buckets: [UInt64: [(name: [UInt8], value: Value)]] = [:]
    public private(set) var count = 0

    public init(entries: [(name: String, value: Value)]) {
        for entry in entries { insert(entry.name, entry.value) }
    }

    public mutating func insert(_ name: String, _ value: Value) {
        let bytes = Array(name.utf8)
        let hash = bytes.withUnsafeBytes(Self.hash)
        buckets[hash, default: []].append((bytes, value))
        count += 1
    }

    public subscript(_ name: UnsafeRawBufferPointer) -> Value? {
        guard let bucket = buckets[Self.hash(name)] else { return nil }
        for entry in bucket where entry.name.count == name.count && name.elementsEqual(entry.name) {
            return entry.value
        }
        return nil
    }

    /// FNV-1a, eight bytes a step.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01b3
            hash ^= hash >> 32
            offset += 8
        }
        while offset < bytes.count {
            hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01b3
            offset += 1
        }
        return hash
    }
}
