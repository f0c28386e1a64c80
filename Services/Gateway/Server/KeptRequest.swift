internal import Transport
internal import Wire

/// The whole request of a call that came in one frame, kept until the service has begun to answer: should the one that
/// it went to not begin it, the call goes to another. The memory belongs to ``RequestMemory``, and is given back once: by
/// whoever takes this from the call first.
struct KeptRequest {
    fileprivate let memory: UnsafeMutableRawPointer
    private let headBytes: Int
    private let messageBytes: Int
    private let isIdempotent: Bool
    private let deadline: MonotonicInstant?

    /// Copies the call. `memory` has at least ``RequestMemory/blockBytes``; `nil` when that is too little.
    init?(_ call: IncomingCall, memory: UnsafeMutableRawPointer) {
        let frame = call.frame
        headBytes = frame.head.encodedBytes
        messageBytes = frame.message.count
        isIdempotent = frame.isIdempotent
        deadline = call.deadline
        self.memory = memory
        guard Self.fits(frame) else { return nil }
        frame.head.write(to: UnsafeMutableRawBufferPointer(start: memory, count: headBytes))
        if let message = frame.message.baseAddress {
            (memory + headBytes).copyMemory(from: message, byteCount: messageBytes)
        }
    }

    static func fits(_ frame: CallFrame) -> Bool {
        frame.messageEnd && frame.streamEnd
            && frame.head.encodedBytes + frame.message.count <= RequestMemory.blockBytes
    }

    /// The call as it came, with its one message.
    func withCall(id: UInt32, _ body: (IncomingCall) -> Void) {
        let bytes = UnsafeRawBufferPointer(start: memory, count: headBytes + messageBytes)
        // It was parsed before and written by this side.
        guard let (head, message) = try? CallHead.parse(bytes) else { return }
        let frame = CallFrame(
            head: head, message: message, messageEnd: true, streamEnd: true, isIdempotent: isIdempotent)
        body(IncomingCall(id: id, frame: frame, deadline: deadline, receivedAt: .now))
    }
}

/// Memory for the requests that a loop keeps, used again and again, so that keeping one allocates nothing. Confined to
/// its loop.
final class RequestMemory {
    /// A CALL frame of the usual limit, with the caller that the gateway stamps.
    static let blockBytes = 16_384 + 256
    /// Calls beyond this many under way are not kept: they fail "not started" instead of going elsewhere.
    private static let maximumBlocks = 2048
    /// So many stay allocated when they are not in use.
    private static let maximumFreeBlocks = 256

    private var free: [UnsafeMutableRawPointer] = []
    private var takenBlocks = 0

    deinit {
        for block in free { block.deallocate() }
    }

    func keep(_ call: IncomingCall) -> KeptRequest? {
        guard KeptRequest.fits(call.frame), takenBlocks < Self.maximumBlocks else { return nil }
        takenBlocks += 1
        let block = free.popLast() ?? .allocate(byteCount: Self.blockBytes, alignment: 16)
        return KeptRequest(call, memory: block)
    }

    func giveBack(_ request: KeptRequest) {
        takenBlocks -= 1
        if free.count < Self.maximumFreeBlocks {
            free.append(request.memory)
        } else {
            request.memory.deallocate()
        }
    }
}
