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

/// Watches the health of an endpoint over one of its connections. Its calls are the process's own: they carry no caller
/// but its certificate. Confined to the loop.
final class HealthWatch: ClientCallReceiver {
    private static let service = "quality.rpc.v1.HealthService"
    private static let watchMethod = MethodDescriptor(
        service: service, name: "Watch", isServerStreaming: true, idempotency: .noSideEffects)
    private static let checkMethod = MethodDescriptor(service: service, name: "Check", idempotency: .noSideEffects)
    private static let checkTimeoutMicroseconds: UInt64 = 5_000_000
    /// A health message is a few words long.
    private static let maximumMessageBytes = 65_536

    let connection: ClientConnection
    private let probe: HealthProbe
    private let onHealth: (EndpointHealth) -> Void
    private var machine = HealthWatchMachine()
    private var callID: UInt32?
    private var partial: [UInt8] = []
    private var timer: Scheduled<Void>?
    private var isOver = false

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
        isOver = true
        timer?.cancel()
        if let callID { connection.cancel(callID, .none) }
        callID = nil
    }

    private func call(_ method: HealthWatchMachine.Method) {
        guard !isOver, connection.takesCalls else { return }
        partial = []
        let deadline: MonotonicInstant? =
            switch method {
            case .watch: nil
            case .check: MonotonicInstant.now.advanced(byMicroseconds: Self.checkTimeoutMicroseconds)
            }
        let descriptor = method == .watch ? Self.watchMethod : Self.checkMethod
        guard let opening = try? CallOpening(descriptor, CallOptions(), deadline: deadline) else { return }
        let outcome = probe.request.withUnsafeBytes { message in
            opening.withHead { head in
                connection.open(
                    OutgoingCall(
                        head: head, message: message, messageEnd: true, streamEnd: true, isIdempotent: true,
                        deadline: deadline), self)
            }
        }
        switch outcome {
        case .opened(let id, _): callID = id
        // All slots are taken: calls go through, so it is not urgent.
        case .full, .unusable, nil: after(machine.ended(isUnimplemented: false, isOK: false))
        }
    }

    private func after(_ action: HealthWatchMachine.OnEnd) {
        switch action {
        case .serving: onHealth(.serving)
        case .again(let method, 0): call(method)
        case .again(let method, let pause):
            timer = connection.loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
                in: .microseconds(Int64(pause))
            ) { self.call(method) }
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
        if let callID { connection.consumed(callID, bytes: bytes.count) }
        if messageEnd, partial.isEmpty { return heard(bytes) }
        guard partial.count + bytes.count <= Self.maximumMessageBytes else { return cancel() }
        partial += bytes
        guard messageEnd else { return }
        let whole = partial
        partial = []
        whole.withUnsafeBytes(heard)
    }

    func ended(_ end: CallEnd) {
        callID = nil
        guard !isOver else { return }
        var code = end.code
        if case .status(_, _, let message?) = end { heard(message) }
        if case .failed = end, code == .unimplemented { code = .internal }
        if code == .notFound { onHealth(.notServing(reason: "the process does not have the service")) }
        after(machine.ended(isUnimplemented: code == .unimplemented, isOK: code == .ok))
    }

    func requestBytesSent(_ bytes: Int) {}
}
