/// What this side may still send, in message bytes. May be negative: a peer may lower what it gave.
public struct SendCredit: Sendable, Hashable {
    public private(set) var bytes: Int64

    public init(_ bytes: UInt32) {
        self.bytes = Int64(bytes)
    }

    /// Takes up to `wanted` bytes and returns how many.
    @inlinable
    public mutating func take(upTo wanted: Int) -> Int {
        let granted = min(wanted, Int(max(bytes, 0)))
        spend(granted)
        return granted
    }

    @usableFromInline
    mutating func spend(_ count: Int) {
        assert(count >= 0, "\(count) bytes cannot be sent")
        bytes -= Int64(count)
    }

    /// Applies a CREDIT frame. `false` when the sum leaves -(2^31) to 2^31-1, or the increment is zero.
    mutating func apply(_ increment: Int32) -> Bool {
        let sum = bytes + Int64(increment)
        guard increment != 0, (Int64(Int32.min)...Int64(Int32.max)).contains(sum) else { return false }
        bytes = sum
        return true
    }
}

/// What the peer may still send, and what it is to be given back.
public struct ReceiveWindow: Sendable, Hashable {
    private let windowBytes: Int64
    private var remainingBytes: Int64
    private var unreturnedBytes: Int64 = 0

    public init(_ windowBytes: UInt32) {
        self.windowBytes = Int64(windowBytes)
        remainingBytes = Int64(windowBytes)
    }

    /// Counts bytes that came in; `false` when the peer had no credit for them.
    mutating func receive(_ count: Int) -> Bool {
        remainingBytes -= Int64(count)
        return remainingBytes >= 0
    }

    /// Counts bytes that were dealt with. Returns the credit to send once half of the window has gathered, so that
    /// small messages do not each cost a frame.
    mutating func consume(_ count: Int) -> Int32? {
        unreturnedBytes += Int64(count)
        assert(unreturnedBytes <= windowBytes - remainingBytes, "more bytes were dealt with than came in")
        guard unreturnedBytes * 2 >= windowBytes, unreturnedBytes > 0 else { return nil }
        let increment = unreturnedBytes
        unreturnedBytes = 0
        remainingBytes += increment
        return Int32(increment)
    }
}

/// The credit of a whole connection, both ways.
///
/// What comes in is given back as soon as it has come, whether or not anybody has taken it: from there on it stands under
/// its stream's own window. So this window bounds what is on its way, and a call that nobody reads never holds up the
/// others of its connection (as gRPC's implementations of HTTP/2 do it). What a process keeps is bounded elsewhere, by
/// stream and by caller.
struct ConnectionCredit: Sendable, Hashable {
    private var send = SendCredit(0)
    private var receive: ReceiveWindow
    /// To be given back to the peer.
    private var due: Int32?

    init(limits: ConnectionLimits) {
        receive = ReceiveWindow(limits.connectionCreditBytes)
    }

    /// What this side may still send over all streams, in message bytes.
    var sendBytes: Int64 { send.bytes }

    /// The peer's HELLO came.
    mutating func open(peer: ConnectionLimits) {
        send = SendCredit(peer.connectionCreditBytes)
    }

    /// Takes credit for up to `wanted` bytes of a call, as far as both the connection's and the call's own reach.
    mutating func take(upTo wanted: Int, of call: inout CallFlow) -> Int {
        let granted = call.takeSendCredit(upTo: min(wanted, Int(max(send.bytes, 0))))
        send.spend(granted)
        return granted
    }

    /// Counts message bytes that came in, whether or not their call is still open.
    mutating func received(_ bytes: Int) -> ConnectionError? {
        guard receive.receive(bytes) else {
            return ConnectionError(
                .flowControl, "the peer exceeds the connection's credit with a frame of \(bytes) bytes")
        }
        if let increment = receive.consume(bytes) { due = (due ?? 0) + increment }
        return nil
    }

    /// The credit to send on stream 0, once.
    mutating func takeDue() -> Int32? {
        defer { due = nil }
        return due
    }

    mutating func creditReceived(_ increment: Int32) -> OnCredit {
        send.apply(increment)
            ? .connectionWritable
            : .connectionError(ConnectionError(.flowControl, "a credit of \(increment) on top of \(send.bytes)"))
    }
}
