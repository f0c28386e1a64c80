/// Memory for the C structs of one message: taken by moving a cursor, given back all at once. Nothing taken from it
/// outlives the closure that was handed the arena.
public struct Arena {
    let blocks: UnsafeMutablePointer<Blocks>

    /// Uninitialised memory for one `type`.
    @inlinable
    public func allocate<C>(_ type: C.Type) -> UnsafeMutablePointer<C> {
        allocate(bytes: MemoryLayout<C>.stride).bindMemory(to: type, capacity: 1)
    }

    /// Uninitialised memory.
    @usableFromInline
    func allocate(bytes: Int) -> UnsafeMutableRawPointer {
        blocks.pointee.take(bytes)
    }

    /// Copies bytes: their number and, unless that is 0, where they are.
    public func copy(_ bytes: [UInt8]) -> (Int, UnsafeMutablePointer<UInt8>?) {
        bytes.withUnsafeBytes { copy($0) }
    }

    /// Copies a text's UTF-8: the number of bytes and, unless that is 0, where they are.
    public func copy(_ text: String) -> (Int, UnsafeMutablePointer<UInt8>?) {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    /// Makes a C array: the number of elements and, unless that is 0, where they are.
    @inlinable
    public func copy<Element, C>(
        _ elements: [Element], _ convert: (Element) -> C
    ) -> (Int, UnsafeMutablePointer<C>?) {
        guard !elements.isEmpty else { return (0, nil) }
        let start = allocate(bytes: elements.count * MemoryLayout<C>.stride)
            .bindMemory(to: C.self, capacity: elements.count)
        for (index, element) in elements.enumerated() {
            (start + index).initialize(to: convert(element))
        }
        return (elements.count, start)
    }

    private func copy(_ bytes: UnsafeRawBufferPointer) -> (Int, UnsafeMutablePointer<UInt8>?) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return (0, nil) }
        let target = allocate(bytes: bytes.count)
        target.copyMemory(from: source, byteCount: bytes.count)
        return (bytes.count, target.assumingMemoryBound(to: UInt8.self))
    }
}

extension Arena {
    /// What an arena is made of. The last block is the one in use.
    struct Blocks {
        /// Enough for any member of a generated struct.
        static let alignmentBytes = 16
        static let firstBlockBytes = 16 << 10
        /// A block up to this size is kept for the next message; a larger one was an exception and is freed.
        static let keptBlockBytes = 1 << 20

        private var cursor: UnsafeMutableRawPointer
        private var end: UnsafeMutableRawPointer
        private var blocks: [UnsafeMutableRawBufferPointer]
        /// Bytes of the blocks that are full.
        private var fullBytes = 0

        init() {
            let block = Self.makeBlock(Self.firstBlockBytes)
            blocks = [block]
            cursor = block.baseAddress!
            end = cursor + block.count
        }

        /// Bytes taken since the last reset, with what alignment and the ends of blocks cost.
        var takenBytes: Int {
            fullBytes + (blocks[blocks.count - 1].count - (end - cursor))
        }

        mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer {
            let aligned = (bytes + Self.alignmentBytes - 1) & ~(Self.alignmentBytes - 1)
            if aligned > end - cursor { addBlock(atLeast: aligned) }
            defer { cursor += aligned }
            return cursor
        }

        /// Gives everything back and keeps one block.
        mutating func reset() {
            if blocks.count > 1 {
                // The last block is the largest; one alone holds most messages like this one.
                let last = blocks.removeLast()
                let kept = last.count <= Self.keptBlockBytes ? last : Self.makeBlock(Self.firstBlockBytes)
                if kept.baseAddress != last.baseAddress { last.deallocate() }
                blocks.forEach { $0.deallocate() }
                blocks = [kept]
                end = kept.baseAddress! + kept.count
                fullBytes = 0
            }
            cursor = blocks[0].baseAddress!
        }

        func deallocate() {
            blocks.forEach { $0.deallocate() }
        }

        private mutating func addBlock(atLeast bytes: Int) {
            let inUse = blocks[blocks.count - 1].count
            fullBytes += inUse
            let block = Self.makeBlock(max(bytes, inUse * 2))
            blocks.append(block)
            cursor = block.baseAddress!
            end = cursor + block.count
        }

        private static func makeBlock(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
            .allocate(byteCount: bytes, alignment: alignmentBytes)
        }
    }
}
