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

    /// Bytes that came in and were not dealt with.
    var heldBytes: Int { Int(windowBytes - remainingBytes - unreturnedBytes) }

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
struct ConnectionCredit: Sendable, Hashable {
    private var send = SendCredit(0)
    private var receive: ReceiveWindow

    init(limits: ConnectionLimits) {
        receive = ReceiveWindow(limits.connectionCreditBytes)
    }

    /// What this side may still send over all streams, in message bytes.
    var sendBytes: Int64 { send.bytes }

    /// Message bytes that came in and were not dealt with.
    var heldBytes: Int { receive.heldBytes }

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
        receive.receive(bytes)
            ? nil
            : ConnectionError(.flowControl, "the peer exceeds the connection's credit with a frame of \(bytes) bytes")
    }

    /// Counts message bytes that were dealt with or dropped.
    mutating func consumed(_ bytes: Int) -> CreditReturn {
        CreditReturn(connection: receive.consume(bytes))
    }

    mutating func creditReceived(_ increment: Int32) -> OnCredit {
        send.apply(increment)
            ? .connectionWritable
            : .connectionError(ConnectionError(.flowControl, "a credit of \(increment) on top of \(send.bytes)"))
    }
}

/// The credit to send after bytes were dealt with: at most one CREDIT frame for the stream and one for the connection.
public struct CreditReturn: Sendable, Hashable {
    public var stream: Int32?
    public var connection: Int32?

    public init(stream: Int32? = nil, connection: Int32? = nil) {
        self.stream = stream
        self.connection = connection
    }
}
