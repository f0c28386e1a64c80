/// What this side allows the other: the numbers of a HELLO frame.
public struct ConnectionLimits: Sendable, Hashable {
    /// The longest frame payload this side accepts: 16,384 to 16,777,215 bytes.
    public var framePayloadBytes: UInt32
    /// Calls the peer may have open at once (a server's word; a client's is 0).
    public var concurrentStreams: UInt32
    /// Message bytes the peer may send on a new stream before it is given credit: 1 to 2^31-1.
    public var streamCreditBytes: UInt32
    /// Message bytes the peer may send over all streams before it is given credit: 1 to 2^31-1.
    public var connectionCreditBytes: UInt32
    /// The longest message this side accepts, in bytes.
    public var messageBytes: UInt32

    public init(
        framePayloadBytes: UInt32 = 16_384, concurrentStreams: UInt32 = 1_000, streamCreditBytes: UInt32 = 65_536,
        connectionCreditBytes: UInt32 = 1_048_576, messageBytes: UInt32 = 4_194_304
    ) {
        self.framePayloadBytes = framePayloadBytes
        self.concurrentStreams = concurrentStreams
        self.streamCreditBytes = streamCreditBytes
        self.connectionCreditBytes = connectionCreditBytes
        self.messageBytes = messageBytes
    }

    /// Calls of a connection that may be open beside ``concurrentStreams`` because WAITING was said of them: as many as one
    /// process of the suite has places for calls that wait. The same everywhere, since it is said nowhere.
    static let waitingStreams = 1_000
}

/// The first frame in each direction: versions, features, limits.
public struct Hello: Sendable, Hashable {
    /// The protocol version described in WIRE.md.
    public static let currentVersion: UInt16 = 1
    static let minimumBytes = 10

    public var minimumVersion: UInt16
    public var maximumVersion: UInt16
    /// No feature bit is defined yet; unknown ones are ignored.
    public var features: UInt32
    public var limits: ConnectionLimits

    public init(
        minimumVersion: UInt16 = currentVersion, maximumVersion: UInt16 = currentVersion, features: UInt32 = 0,
        limits: ConnectionLimits = ConnectionLimits()
    ) {
        self.minimumVersion = minimumVersion
        self.maximumVersion = maximumVersion
        self.features = features
        self.limits = limits
    }

    private enum Setting: UInt16 {
        case framePayloadBytes = 1
        case concurrentStreams = 2
        case streamCreditBytes = 3
        case connectionCreditBytes = 4
        case messageBytes = 5
    }

    /// The payload: minimum and maximum version (2+2), features (4), number of settings (2), then each setting's id (2)
    /// and value (4).
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(minimumVersion)
        writer.write(maximumVersion)
        writer.write(features)
        let settings: [(Setting, UInt32)] = [
            (.framePayloadBytes, limits.framePayloadBytes), (.concurrentStreams, limits.concurrentStreams),
            (.streamCreditBytes, limits.streamCreditBytes), (.connectionCreditBytes, limits.connectionCreditBytes),
            (.messageBytes, limits.messageBytes),
        ]
        writer.write(UInt16(settings.count))
        for (setting, value) in settings {
            writer.write(setting.rawValue)
            writer.write(value)
        }
        return writer.bytes
    }

    /// Reads a payload. Settings with an unknown id are skipped; one that is missing has its default.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(ConnectionError) {
        var reader = ByteReader(bytes)
        guard let minimum = reader.readUInt16(), let maximum = reader.readUInt16(), let features = reader.readUInt32(),
            let count = reader.readUInt16()
        else { throw ConnectionError(.hello, "HELLO is cut short") }
        guard reader.remaining == Int(count) * 6 else {
            throw ConnectionError(.hello, "HELLO names \(count) settings but holds \(reader.remaining) bytes of them")
        }
        self.init(minimumVersion: minimum, maximumVersion: maximum, features: features)
        while let id = reader.readUInt16(), let value = reader.readUInt32() {
            guard let setting = Setting(rawValue: id) else { continue }
            try apply(setting, value)
        }
    }

    private mutating func apply(_ setting: Setting, _ value: UInt32) throws(ConnectionError) {
        let credit: ClosedRange<UInt32> = 1...0x7fff_ffff
        switch setting {
        case .framePayloadBytes:
            try Self.check(value, in: 16_384...0xff_ffff, "frame payload")
            limits.framePayloadBytes = value
        case .concurrentStreams:
            limits.concurrentStreams = value
        case .streamCreditBytes:
            try Self.check(value, in: credit, "stream credit")
            limits.streamCreditBytes = value
        case .connectionCreditBytes:
            try Self.check(value, in: credit, "connection credit")
            limits.connectionCreditBytes = value
        case .messageBytes:
            limits.messageBytes = value
        }
    }

    private static func check(
        _ value: UInt32, in range: ClosedRange<UInt32>, _ what: String
    ) throws(ConnectionError) {
        guard range.contains(value) else {
            throw ConnectionError(
                .hello, "HELLO sets \(what) to \(value); allowed are \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// The version that both sides speak: the lower of the two maxima, if neither side's minimum forbids it.
    public func negotiatedVersion(with peer: Hello) throws(ConnectionError) -> UInt16 {
        let version = min(maximumVersion, peer.maximumVersion)
        guard version >= minimumVersion, version >= peer.minimumVersion else {
            throw ConnectionError(
                .version,
                "no version in common: here \(minimumVersion) to \(maximumVersion), "
                    + "peer \(peer.minimumVersion) to \(peer.maximumVersion)")
        }
        return version
    }
}
