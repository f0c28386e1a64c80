/// Finds values by the bytes of a name as they stand in a frame, without making a `String`.
public struct PathTable<Value> {
    @usableFromInline struct Entry {
        @usableFromInline var hash: UInt64
        @usableFromInline var name: [UInt8]
        @usableFromInline var value: Value

        @inlinable
        init(hash: UInt64, name: [UInt8], value: Value) {
            self.hash = hash
            self.name = name
            self.value = value
        }
    }

    /// Open addressing; a power of two of slots, at most half of them taken.
    @usableFromInline var slots: [Entry?]
    @usableFromInline var entries = 0

    @inlinable
    public init(entries: [(name: String, value: Value)] = []) {
        slots = Array(repeating: nil, count: 16)
        for entry in entries { insert(entry.name, entry.value) }
    }

    @inlinable
    public var count: Int { entries }

    /// Adds a value under a name that has none.
    @inlinable
    public mutating func insert(_ name: String, _ value: Value) {
        if (entries + 1) * 2 > slots.count {
            let old = slots
            slots = Array(repeating: nil, count: old.count * 2)
            for case let entry? in old { place(entry) }
        }
        let name = Array(name.utf8)
        place(Entry(hash: name.withUnsafeBytes(Self.hash), name: name, value: value))
        entries += 1
    }

    @inlinable
    mutating func place(_ entry: Entry) {
        var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
        while slots[slot] != nil { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }

    public subscript(_ name: UnsafeRawBufferPointer) -> Value? {
        @inlinable get {
            let hash = Self.hash(name)
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while let entry = slots[slot] {
                if entry.hash == hash, name.elementsEqual(entry.name) { return entry.value }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    /// FNV-1a's steps, eight bytes at a time.
    @inlinable
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
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
