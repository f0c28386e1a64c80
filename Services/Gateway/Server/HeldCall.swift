internal import GatewayRules
internal import NIOCore
internal import Transport
internal import Wire

/// The calls of one loop that keep message bytes while they wait, and how many of those there may be. Confined to its
/// loop.
final class HeldBytes {
    private var waiting = WaitingBytes(maximumBytes: 0)
    /// By their ids.
    private var calls: [ForwardedCall?] = []
    private var isMakingRoom = false
    private let loop: ConnectionLoop

    init(_ loop: ConnectionLoop) {
        self.loop = loop
    }

    var count: Int { waiting.bytes }
    var maximum: Int {
        get { waiting.maximumBytes }
        set { waiting.maximumBytes = newValue }
    }

    func hasRoom(for bytes: Int, of caller: Caller?) -> Bool { waiting.hasRoom(for: bytes, of: caller?.number ?? 0) }

    fileprivate func callCame(_ call: ForwardedCall, of caller: UInt) -> WaitingBytes.ID {
        let id = waiting.callCame(caller: caller)
        while calls.count <= id { calls.append(nil) }
        calls[id] = call
        return id
    }

    fileprivate func changed(_ id: WaitingBytes.ID, by bytes: Int) {
        waiting.changed(id, by: bytes)
        guard waiting.isOverfull, !isMakingRoom else { return }
        isMakingRoom = true
        // Not at once: whoever brought them is in the midst of it.
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.makeRoom() }
    }

    fileprivate func callWent(_ id: WaitingBytes.ID) {
        waiting.callWent(id)
        calls[id] = nil
    }

    /// Those who have most give way, until what is here fits.
    private func makeRoom() {
        while waiting.isOverfull, let id = waiting.heaviestCall, let call = calls[id], call.givesRoom() {}
        isMakingRoom = false
    }
}

/// What the caller has sent of a call that waits at the gateway, for its turn or for a connection to its service: no more
/// than the credit of its stream, since none is given back before the bytes go on. It counts what it keeps, until it has
/// been handed over or thrown away.
final class HeldCall {
    struct Frame {
        var bytes: [UInt8]
        var messageEnd: Bool
        var streamEnd: Bool
    }

    /// The CALL frame, with the first bytes.
    private struct Opening {
        let id: UInt32
        let head: [UInt8]
        let first: Frame
        let isIdempotent: Bool
        let deadline: MonotonicInstant?
        let receivedAt: MonotonicInstant

        init(_ call: IncomingCall) {
            let frame = call.frame
            id = call.id
            head = [UInt8](unsafeUninitializedCapacity: frame.head.encodedBytes) { memory, count in
                frame.head.write(to: UnsafeMutableRawBufferPointer(memory))
                count = frame.head.encodedBytes
            }
            first = Frame(bytes: Array(frame.message), messageEnd: frame.messageEnd, streamEnd: frame.streamEnd)
            isIdempotent = frame.isIdempotent
            deadline = call.deadline
            receivedAt = call.receivedAt
        }
    }

    private let bytes: HeldBytes
    /// Until it is thrown away.
    private var id: WaitingBytes.ID?
    private var opening: Opening?
    /// What came after it; those before `next` have been handed over.
    private var frames: [Frame] = []
    private var next = 0
    private var waiting: (pool: ConnectionPool, id: UInt64)?

    init(_ call: ForwardedCall, of caller: UInt, in bytes: HeldBytes) {
        self.bytes = bytes
        id = bytes.callCame(call, of: caller)
    }

    private func count(_ change: Int) {
        if let id { bytes.changed(id, by: change) }
    }

    // MARK: Keeping

    func keep(_ call: IncomingCall) {
        opening = Opening(call)
        count(call.frame.message.count)
    }

    func append(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        frames.append(Frame(bytes: Array(bytes), messageEnd: messageEnd, streamEnd: streamEnd))
        count(bytes.count)
    }

    // MARK: Waiting

    /// Asks for a connection. `done` may be called before this returns; not after ``discard()``.
    func wait(for pool: ConnectionPool, _ done: @escaping ConnectionPool.Waiter) {
        waiting = pool.connection(done).map { (pool, $0) }
        // The call may have ended while the pool was asked.
        if opening == nil { discard() }
    }

    // MARK: Handing over

    /// The call as it came, with its first bytes.
    func withCall(_ body: (IncomingCall) -> Void) {
        guard let opening else { return }
        opening.head.withUnsafeBytes { encoded in
            // It was parsed before and written by this side.
            guard let head = try? CallHead.parse(encoded).head else { return }
            opening.first.bytes.withUnsafeBytes { message in
                let frame = CallFrame(
                    head: head, message: message, messageEnd: opening.first.messageEnd,
                    streamEnd: opening.first.streamEnd, isIdempotent: opening.isIdempotent)
                body(
                    IncomingCall(
                        id: opening.id, frame: frame, deadline: opening.deadline, receivedAt: opening.receivedAt))
            }
        }
    }

    /// The next of the frames behind it, which is kept no longer.
    func popFirst() -> Frame? {
        guard next < frames.count else { return nil }
        let frame = frames[next]
        next += 1
        count(-frame.bytes.count)
        return frame
    }

    /// What is still here is not needed any more, and no connection is waited for.
    func discard() {
        if let waiting { waiting.pool.stopWaiting(waiting.id) }
        waiting = nil
        if let id { bytes.callWent(id) }
        id = nil
        opening = nil
        frames = []
        next = 0
    }
}
