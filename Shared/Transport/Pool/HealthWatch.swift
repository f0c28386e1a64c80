public import Balancing
internal import NIOCore
internal import RPC
internal import Wire

/// How to ask an endpoint for its health. Transport knows no messages, so they are handed in encoded.
public struct HealthProbe: Sendable {
    /// A `quality.rpc.v1.WatchRequest`, or `CheckRequest`, which has the same bytes.
    public var request: [UInt8]
    /// Reads a `WatchResponse` or `CheckResponse`; `nil` when it is none.
    public var parse: @Sendable (UnsafeRawBufferPointer) -> EndpointHealth?

    public init(request: [UInt8], parse: @escaping @Sendable (UnsafeRawBufferPointer) -> EndpointHealth?) {
        self.request = request
        self.parse = parse
    }
}

/// Watches the health of an endpoint over one of its connections, as ``Balancing/HealthWatchMachine`` says. Its calls are
/// the process's own: they carry no caller but its certificate. Confined to the loop.
///
/// ```
///         begin             opened
///   idle ───────> opening ─────────> open
///    ^  ^            │                 │
///    │  └────────────┴─────────────────┤ the call ended, or has no place
///    │ the pause is over               v
///    └──────────────────────────── pausing          over: cancel, from each of them
/// ```
///
/// Frames matter in `open` only. In `over` nothing happens any more; a stream that is opened nevertheless is given up.
final class HealthWatch: ClientCallReceiver {
    private static let service = "quality.rpc.v1.HealthService"
    private static let watchMethod = MethodDescriptor(
        service: service, name: "Watch", isServerStreaming: true, idempotency: .noSideEffects)
    private static let checkMethod = MethodDescriptor(service: service, name: "Check", idempotency: .noSideEffects)
    private static let checkTimeoutMicroseconds: UInt64 = 5_000_000
    /// A health message is a few words long.
    private static let maximumMessageBytes = 65_536

    private enum State {
        case idle
        case opening
        /// With the bytes of the message that is coming in.
        case open(id: UInt32, partial: [UInt8])
        case pausing(Scheduled<Void>)
        case over
    }

    let connection: ClientConnection
    private let probe: HealthProbe
    private let onHealth: (EndpointHealth) -> Void
    private var machine = HealthWatchMachine()
    private var state = State.idle

    init(_ connection: ClientConnection, _ probe: HealthProbe, onHealth: @escaping (EndpointHealth) -> Void) {
        self.connection = connection
        self.probe = probe
        self.onHealth = onHealth
    }

    func begin() {
        call(machine.method)
    }

    /// Ends the watch, so that the connection can drain.
    func cancel() {
        let before = state
        state = .over
        switch before {
        case .open(let id, _): connection.cancel(id, .none)
        case .pausing(let timer): timer.cancel()
        case .idle, .opening, .over: break
        }
    }

    private func call(_ method: HealthWatchMachine.Method) {
        switch state {
        case .idle, .pausing: break
        case .opening, .open, .over: return
        }
        guard connection.takesCalls else { return }
        state = .opening
        let deadline: MonotonicInstant? =
            switch method {
            case .watch: nil
            case .check: MonotonicInstant.now.advanced(byMicroseconds: Self.checkTimeoutMicroseconds)
            }
        let descriptor = method == .watch ? Self.watchMethod : Self.checkMethod
        guard let opening = try? CallOpening(descriptor, CallOptions(), deadline: deadline) else { return }
        switch probe.request.withUnsafeBytes({ opening.open(on: connection, request: $0, self) }) {
        case .success(let id): opened(id)
        // All slots are taken: calls go through, so it is not urgent.
        case .failure: ended(isUnimplemented: false, isOK: false)
        }
    }

    private func opened(_ id: UInt32) {
        switch state {
        case .opening: state = .open(id: id, partial: [])
        case .over: connection.cancel(id, .none)
        // It has ended while it was opened.
        case .idle, .open, .pausing: break
        }
    }

    private func ended(isUnimplemented: Bool, isOK: Bool) {
        switch state {
        case .opening, .open: state = .idle
        case .idle, .pausing, .over: return
        }
        switch machine.ended(isUnimplemented: isUnimplemented, isOK: isOK) {
        case .serving: onHealth(.serving)
        case .again(let method, 0): call(method)
        case .again(let method, let pause):
            let loop = connection.loop.eventLoop.assumeIsolatedUnsafeUnchecked()
            state = .pausing(loop.scheduleTask(in: .microseconds(Int64(pause))) { self.call(method) })
        }
    }

    private func heard(_ message: UnsafeRawBufferPointer) {
        guard let health = probe.parse(message) else { return }
        machine.answered()
        onHealth(health)
    }

    // MARK: ClientCallReceiver

    func headersReceived(_ block: UnsafeRawBufferPointer) {}

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        switch state {
        case .open(let id, var message):
            guard message.count + bytes.count <= Self.maximumMessageBytes else {
                connection.cancel(id)
                ended(isUnimplemented: false, isOK: false)
                return
            }
            message += bytes
            state = .open(id: id, partial: messageEnd ? [] : message)
            connection.consumed(id, bytes: bytes.count)
            if messageEnd { message.withUnsafeBytes(heard) }
        case .idle, .opening, .pausing, .over:
            break
        }
    }

    func ended(_ end: CallEnd) {
        switch state {
        case .opening, .open: break
        case .idle, .pausing, .over: return
        }
        var code = end.code
        if case .status(_, _, let message?) = end { heard(message) }
        if case .failed = end, code == .unimplemented { code = .internal }
        if code == .notFound { onHealth(.notServing(reason: "the process does not have the service")) }
        ended(isUnimplemented: code == .unimplemented, isOK: code == .ok)
    }

    func requestBytesSent(_ bytes: Int) {}
}
