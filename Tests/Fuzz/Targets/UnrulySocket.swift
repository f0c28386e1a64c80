internal import NIOCore
internal import NIOEmbedded

/// What a socket and its peer do, one step after the other, as the fuzzer's bytes say: the first byte counts the steps,
/// each of which is a byte, and what follows them comes from the peer.
struct SocketScript {
    enum Step {
        /// So many bytes come in one read.
        case deliver(bytes: Int)
        /// The next write fails: as SwiftNIO does, what the socket still held (so many bytes) is read within that, and
        /// the channel is closed.
        case failNextWrite(heldBytes: Int)
        case runLoop
        case setWritable(Bool)
        case event(Int)
        case pass(seconds: Int64)
        case close
    }

    private(set) var steps: [Step] = []
    private(set) var bytes: ArraySlice<UInt8>

    init(_ input: UnsafeRawBufferPointer) {
        let count = min(Int(input.first ?? 0), max(0, input.count - 1))
        steps = input.dropFirst().prefix(count).map(Self.step)
        bytes = Array(input.dropFirst(1 + count))[...]
    }

    private static func step(_ byte: UInt8) -> Step {
        let size = Int(byte >> 3)
        return switch byte & 7 {
        case 0: .deliver(bytes: 1 + size)
        case 1: .deliver(bytes: 64 * (1 + size))
        case 2: .failNextWrite(heldBytes: 8 * size)
        case 3: .runLoop
        case 4: .setWritable(size & 1 == 0)
        case 5: .event(size)
        case 6: .pass(seconds: Int64(1 + size))
        default: .close
        }
    }

    /// The next bytes of the peer; empty when it has said all.
    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
}

/// At the head of a pipeline, before everything that is under test: a socket that fails when it is told to.
final class UnrulySocket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    /// What it still holds of the peer's bytes when the next write fails; `nil`: writes succeed.
    var heldAtFailure: [ByteBuffer]?

    func flush(context: ChannelHandlerContext) {
        guard let held = heldAtFailure else { return context.flush() }
        heldAtFailure = nil
        for buffer in held { context.fireChannelRead(NIOAny(buffer)) }
        context.fireChannelReadComplete()
        context.close(promise: nil)
    }
}

/// Plays a script upon a channel.
struct ScriptedSocket {
    let channel: EmbeddedChannel
    let socket: UnrulySocket
    /// The next bytes of the peer as they come off the wire.
    let onWire: (ArraySlice<UInt8>) -> [ByteBuffer]
    /// Looks at what went out.
    let onSent: (ByteBuffer) -> Void
    /// What a step `event` means.
    let onEvent: (Int) -> Void

    func play(_ script: SocketScript) {
        var script = script
        for step in script.steps where channel.isActive { play(step, &script) }
        while channel.isActive, !script.bytes.isEmpty { play(.deliver(bytes: 1_021), &script) }
        channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        drain()
        channel.finishWhateverHappens()
    }

    private func play(_ step: SocketScript.Step, _ script: inout SocketScript) {
        switch step {
        case .deliver(let count):
            for buffer in onWire(script.take(count)) where channel.isActive {
                channel.pipeline.fireChannelRead(buffer)
                channel.pipeline.fireChannelReadComplete()
            }
        case .failNextWrite(let heldBytes): socket.heldAtFailure = onWire(script.take(heldBytes))
        case .runLoop: drain()
        case .setWritable(let isWritable):
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        case .event(let kind): onEvent(kind)
        case .pass(let seconds):
            channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
            drain()
        case .close: channel.close(promise: nil)
        }
    }

    private func drain() {
        channel.embeddedEventLoop.run()
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { onSent(buffer) }
    }
}

extension EmbeddedChannel {
    /// Closes the channel and lets everything end that takes its time; waits for nothing, since TLS may still have its say.
    func finishWhateverHappens() {
        close(promise: nil)
        embeddedEventLoop.advanceTime(by: .minutes(2))
    }
}
