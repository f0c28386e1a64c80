internal import CMessages

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A thread's arena with its C allocator, and its texts: made when the thread first needs it, freed when the thread ends.
final class Scratch {
    private let blocks: UnsafeMutablePointer<Arena.Blocks>
    private var isInUse = false
    private var madeTexts: TextReader?

    private init() {
        blocks = .allocate(capacity: 1)
        blocks.initialize(to: Arena.Blocks())
    }

    deinit {
        madeTexts?.deallocate()
        blocks.pointee.deallocate()
        blocks.deinitialize(count: 1)
        blocks.deallocate()
    }

    /// Runs `body` with the thread's scratch, whose arena gives nothing beyond `limitBytes`. A call inside `body` gets
    /// another one, made for it alone.
    static func with<Result, Failure>(
        limitBytes: Int = .max, _ body: (Scratch) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let scratch = current()
        scratch.isInUse = true
        scratch.blocks.pointee.begin(limitBytes: limitBytes)
        defer {
            scratch.blocks.pointee.reset()
            scratch.isInUse = false
        }
        return try body(scratch)
    }

    var arena: Arena { Arena(blocks: blocks) }

    /// For what is decoded on the thread; made when first asked for.
    var texts: TextReader {
        if let madeTexts { return madeTexts }
        let texts = TextReader()
        madeTexts = texts
        return texts
    }

    /// The arena for protobuf-c.
    var allocator: ProtobufCAllocator {
        ProtobufCAllocator(
            alloc: { blocks, bytes in
                blocks?.assumingMemoryBound(to: Arena.Blocks.self).pointee.take(bytes)
            },
            // Everything is taken back at once.
            free: { _, _ in },
            allocator_data: blocks)
    }

    // MARK: One a thread

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let result = pthread_key_create(&key) { scratch in
            Unmanaged<Scratch>.fromOpaque(scratch!).release()
        }
        precondition(result == 0, "no thread key left (errno \(result))")
        return key
    }()

    private static func current() -> Scratch {
        if let stored = pthread_getspecific(key) {
            let scratch = Unmanaged<Scratch>.fromOpaque(stored).takeUnretainedValue()
            return scratch.isInUse ? Scratch() : scratch
        }
        let scratch = Scratch()
        pthread_setspecific(key, Unmanaged.passRetained(scratch).toOpaque())
        return scratch
    }
}
