internal import Transport
internal import Wire

/// A call that waits at the gateway, for its turn or for a connection to its service, with what the caller has sent so
/// far: no more than the credit of its stream, since none is given back before the bytes go on.
final class HeldCall {
    private struct Frame {
        var bytes: [UInt8]
        var messageEnd: Bool
        var streamEnd: Bool
    }

    private let id: UInt32
    private let head: [UInt8]
    private let isIdempotent: Bool
    private let deadline: MonotonicInstant?
    private let receivedAt: MonotonicInstant
    private var frames: [Frame]
    private var waiting: (pool: ConnectionPool, id: UInt64)?
    /// Message bytes.
    private(set) var byteCount: Int

    init(_ call: IncomingCall) {
        id = call.id
        head = [UInt8](unsafeUninitializedCapacity: call.head.encodedBytes) { memory, count in
            call.head.write(to: UnsafeMutableRawBufferPointer(memory))
            count = call.head.encodedBytes
        }
        isIdempotent = call.isIdempotent
        deadline = call.deadline
        receivedAt = call.receivedAt
        frames = [Frame(bytes: Array(call.message), messageEnd: call.messageEnd, streamEnd: call.streamEnd)]
        byteCount = call.message.count
    }

    func wait(for pool: ConnectionPool, _ done: @escaping ConnectionPool.Waiter) {
        waiting = pool.connection(done).map { (pool, $0) }
    }

    func cancel() {
        if let waiting { waiting.pool.stopWaiting(waiting.id) }
    }

    /// Frames that wait.
    var count: Int { frames.count }

    func append(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        frames.append(Frame(bytes: Array(bytes), messageEnd: messageEnd, streamEnd: streamEnd))
        byteCount += bytes.count
    }

    /// Hands over what came, in its order: the call with its first bytes, then the rest.
    func replay(
        first: (IncomingCall) -> Void, later: (UnsafeRawBufferPointer, _ messageEnd: Bool, _ streamEnd: Bool) -> Void
    ) {
        let opening = frames[0]
        head.withUnsafeBytes { encoded in
            // It was parsed before and written by this side.
            guard let head = try? CallHead.parse(encoded).head else { return }
            opening.bytes.withUnsafeBytes { message in
                first(
                    IncomingCall(
                        id: id, head: head, message: message, messageEnd: opening.messageEnd,
                        streamEnd: opening.streamEnd, isIdempotent: isIdempotent, deadline: deadline,
                        receivedAt: receivedAt))
            }
        }
        for frame in frames.dropFirst() {
            frame.bytes.withUnsafeBytes { later($0, frame.messageEnd, frame.streamEnd) }
        }
    }
}
