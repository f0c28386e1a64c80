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
    package func allocate(bytes: Int) -> UnsafeMutableRawPointer {
        guard let memory = blocks.pointee.take(bytes) else {
            // Encoding begins without a limit. See Scratch.with.
            preconditionFailure("an arena without a limit gave nothing")
        }
        return memory
    }

    /// What was taken, unless that is in several blocks.
    var takenBytes: Int? { blocks.pointee.takenBytes }
    /// What the block in use has left.
    var roomBytes: Int { blocks.pointee.roomBytes }

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
    /// What an arena is made of: a block in use, and those that are full.
    struct Blocks {
        /// Enough for any member of a generated struct.
        static let alignmentBytes = 16
        static let firstBlockBytes = 64 << 10
        /// A block up to this size is kept for the next message; a larger one was an exception and is freed.
        static let keptBlockBytes = 1 << 20

        private var block: UnsafeMutableRawBufferPointer
        private var fullBlocks: [UnsafeMutableRawBufferPointer] = []
        private var cursor: UnsafeMutableRawPointer
        /// The end of the block, or what the limit leaves of it: the limit costs nothing until it is met.
        private var end: UnsafeMutableRawPointer
        /// What the limit leaves beyond `end`.
        private var restBytes = 0

        init() {
            block = Self.makeBlock(Self.firstBlockBytes)
            cursor = block.baseAddress!
            end = cursor
        }

        /// Begins a message: gives nothing beyond `limitBytes`, with what alignment and the ends of blocks cost.
        mutating func begin(limitBytes: Int) {
            cursor = block.baseAddress!
            setEnd(limitBytes: limitBytes)
        }

        var takenBytes: Int? { fullBlocks.isEmpty ? cursor - block.baseAddress! : nil }
        var roomBytes: Int { end - cursor }

        /// `nil` beyond the limit.
        mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
            let aligned = (bytes + Self.alignmentBytes - 1) & ~(Self.alignmentBytes - 1)
            if aligned > end - cursor, !addBlock(atLeast: aligned) { return nil }
            defer { cursor += aligned }
            return cursor
        }

        /// Ends a message: takes everything back and keeps one block.
        mutating func reset() {
            if !fullBlocks.isEmpty {
                fullBlocks.forEach { $0.deallocate() }
                fullBlocks = []
            }
            // The block in use is the largest: it alone holds most messages like this one.
            if block.count > Self.keptBlockBytes {
                block.deallocate()
                block = Self.makeBlock(Self.firstBlockBytes)
            }
        }

        func deallocate() {
            fullBlocks.forEach { $0.deallocate() }
            block.deallocate()
        }

        private mutating func addBlock(atLeast bytes: Int) -> Bool {
            guard bytes <= restBytes else { return false }
            fullBlocks.append(block)
            block = Self.makeBlock(max(bytes, block.count * 2))
            cursor = block.baseAddress!
            setEnd(limitBytes: restBytes)
            return true
        }

        private mutating func setEnd(limitBytes: Int) {
            let usableBytes = min(block.count, limitBytes)
            end = cursor + usableBytes
            restBytes = limitBytes - usableBytes
        }

        private static func makeBlock(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
            .allocate(byteCount: bytes, alignment: alignmentBytes)
        }
    }
}
