internal import CMessages

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A thread's arena with its C allocator: made when the thread first needs it, freed when the thread ends.
final class Scratch {
    private let blocks: UnsafeMutablePointer<Arena.Blocks>
    private var limit: UnsafeMutablePointer<AllocatorData>
    private var isInUse = false

    /// What protobuf-c hands back to the allocation function.
    private struct AllocatorData {
        var blocks: UnsafeMutablePointer<Arena.Blocks>
        var limitBytes: Int
    }

    private init() {
        blocks = .allocate(capacity: 1)
        blocks.initialize(to: Arena.Blocks())
        limit = .allocate(capacity: 1)
        limit.initialize(to: AllocatorData(blocks: blocks, limitBytes: 0))
    }

    deinit {
        blocks.pointee.deallocate()
        blocks.deinitialize(count: 1)
        blocks.deallocate()
        limit.deallocate()
    }

    /// Runs `body` with the thread's scratch. A call inside `body` gets another one, made for it alone.
    static func with<Result, Failure>(_ body: (Scratch) throws(Failure) -> Result) throws(Failure) -> Result {
        let scratch = current()
        scratch.isInUse = true
        defer {
            scratch.blocks.pointee.reset()
            scratch.isInUse = false
        }
        return try body(scratch)
    }

    var arena: Arena { Arena(blocks: blocks) }

    /// An allocator over the arena that gives nothing beyond `limitBytes`.
    func allocator(limitBytes: Int) -> ProtobufCAllocator {
        limit.pointee.limitBytes = limitBytes
        return ProtobufCAllocator(
            alloc: { data, bytes in
                guard let data else { return nil }
                let allocator = data.assumingMemoryBound(to: AllocatorData.self).pointee
                guard bytes <= allocator.limitBytes - allocator.blocks.pointee.takenBytes else { return nil }
                return allocator.blocks.pointee.take(bytes)
            },
            // Everything is given back at once.
            free: { _, _ in },
            allocator_data: limit)
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
