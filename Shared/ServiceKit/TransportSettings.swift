internal import NIOCore
internal import Transport
internal import Wire

// What a program's connections are held to, read from the configuration: alike for every service and the gateway. What
// happens at each limit is written in Proto/WIRE.md, "Limits".

extension ConfigurationKey {
    public static let drainSeconds = ConfigurationKey(
        "drain.seconds", "how long open calls may take to end when the program is told to stop")
    public static let drainOpenEndedSeconds = ConfigurationKey(
        "drain.openEndedSeconds", "how long calls without a deadline go on then; at most drain.seconds")

    static let transport: [ConfigurationKey] =
        [.drainSeconds, .drainOpenEndedSeconds] + TransportLimit.all.map(\.key)
}

/// A whole number that some connection is held to.
struct TransportLimit: Sendable {
    /// All of them, with what the code that uses them has as default.
    struct Values: Sendable, Equatable {
        var listener = ListenerConfiguration(
            host: "", port: 0, limits: ConnectionLimits(concurrentStreams: openCalls))
        var bytesInFlight = BytesInFlightLimits()
    }

    /// What a gateway has open at a service, all of it on one connection: the usual 1,000 places of its policy, an eighth of
    /// that for health and reflection, and an eighth for calls that it has given up and whose handlers have yet to return.
    private static let openCalls: UInt32 = 1_250

    let key: ConfigurationKey
    let range: ClosedRange<Int>
    let set: @Sendable (inout Values, Int) -> Void

    private init(
        _ name: String, _ range: ClosedRange<Int>, _ summary: String,
        _ set: @escaping @Sendable (inout Values, Int) -> Void
    ) {
        key = ConfigurationKey("limits.\(name)", summary)
        self.range = range
        self.set = set
    }

    static let all: [TransportLimit] = hello + sockets + times + floods

    /// What HELLO says.
    private static let hello = [
        TransportLimit("frameBytes", 16_384...0xff_ffff, "the longest frame payload that is taken, in bytes") {
            $0.listener.limits.framePayloadBytes = UInt32($1)
        },
        TransportLimit("openCalls", 1...1_000_000, "calls that may be open on a connection") {
            $0.listener.limits.concurrentStreams = UInt32($1)
        },
        TransportLimit("streamCreditBytes", 1...0x7fff_ffff, "message bytes that may be under way on a call") {
            $0.listener.limits.streamCreditBytes = UInt32($1)
        },
        TransportLimit("connectionCreditBytes", 1...0x7fff_ffff, "message bytes that may be under way in all") {
            $0.listener.limits.connectionCreditBytes = UInt32($1)
        },
        // Less than this the suite's own small messages would not pass.
        TransportLimit("messageBytes", 4_096...0x7fff_ffff, "the longest message that is taken, in bytes") {
            $0.listener.limits.messageBytes = UInt32($1)
        },
    ]

    private static let sockets = [
        TransportLimit("connections", 1...1_000_000, "connections that may be open to this program") {
            $0.listener.maximumConnections = $1
        },
        TransportLimit("connectionsPerIdentity", 1...1_000_000, "connections that one identity may have open") {
            $0.listener.maximumConnectionsPerIdentity = $1
        },
        TransportLimit("handshakes", 1...1_000_000, "TLS handshakes that may go on at once") {
            $0.listener.maximumHandshakes = $1
        },
        TransportLimit("handshakesPerAddress", 1...1_000_000, "of which so many may come from one address") {
            $0.listener.maximumHandshakesPerAddress = $1
        },
        TransportLimit("handshakeSeconds", 1...3_600, "how long a TLS handshake may take") {
            $0.listener.handshakeTimeoutSeconds = Int64($1)
        },
        TransportLimit("unsentBytes", 65_536...(1 << 40), "bytes that may wait for one connection's socket") {
            $0.listener.rules.unsentBytes = $1
        },
        TransportLimit(
            "unsentControlFrames", 1...1_000_000, "answers and refusals that may wait for it when it is full"
        ) {
            $0.listener.rules.unsentControlFrames = $1
        },
        TransportLimit("bytesInFlight", 1_048_576...(1 << 50), "bytes that may wait in the whole program") {
            $0.bytesInFlight.bytes = $1
        },
        TransportLimit(
            "bytesInFlightPerIdentity", 1_048_576...(1 << 50), "of these, those of one identity"
        ) {
            $0.bytesInFlight.callerBytes = $1
        },
        TransportLimit("lastStreamID", 1...0x7fff_ffff, "the stream id at which a connection drains itself") {
            $0.listener.rules.lastStreamID = UInt32($1)
        },
    ]

    private static func seconds(
        _ name: String, _ lowest: Int, _ summary: String,
        _ path: any WritableKeyPath<ConnectionTimes, UInt32> & Sendable
    ) -> TransportLimit {
        TransportLimit(name, lowest...10_000_000, summary) { $0.listener.rules.times[keyPath: path] = UInt32($1) }
    }

    private static let times = [
        seconds("helloSeconds", 1, "how long a peer may take to say HELLO", \.helloTimeoutSeconds),
        seconds(
            "silenceSeconds", 0, "silence after which a server with open calls is asked, and then counts as silent",
            \.silenceSeconds),
        seconds("keepaliveSeconds", 0, "silence after which a peer with open calls is asked", \.keepaliveSeconds),
        seconds("keepaliveIdleSeconds", 0, "silence after which a peer without calls is asked", \.keepaliveIdleSeconds),
        seconds("keepaliveTimeoutSeconds", 1, "how long its answer may take", \.keepaliveTimeoutSeconds),
        seconds("idleSeconds", 0, "how long a connection may be without calls; 0 is for ever", \.idleTimeoutSeconds),
        seconds("ageSeconds", 0, "how old a connection may become; 0 is as old as it likes", \.maximumAgeSeconds),
        TransportLimit("ageJitterPercent", 0...100, "how much more or less than that, at random") {
            $0.listener.rules.times.ageJitterPercent = UInt32($1)
        },
        seconds(
            "drainGraceSeconds", 0, "how long the calls of a connection that drains itself go on", \.drainGraceSeconds),
        seconds(
            "stallSeconds", 0, "how long bytes wait for a peer that takes none; 0 is for ever", \.stallTimeoutSeconds),
    ]

    private static func flood(_ name: String, _ kind: FloodKind, _ summary: String) -> TransportLimit {
        TransportLimit("\(name)PerSecond", 1...1_000_000_000, "\(summary) that a connection may send in a second") {
            $0.listener.rules.flood[kind] = UInt32($1)
        }
    }

    private static let floods = [
        flood("pings", .pings, "PING frames"),
        flood("skippedFrames", .skippedFrames, "frames of unknown types, and GOAWAY,"),
        flood("resets", .resets, "calls given up"),
        flood("emptyMessages", .emptyMessages, "messages without a byte"),
        flood("credits", .credits, "CREDIT frames, beyond three for each frame it was sent,"),
        flood("tinyFrames", .tinyFrames, "DATA frames of less than 16 bytes that end no message"),
        flood("lateFrames", .lateFrames, "DATA frames of calls that are over"),
        flood("refusedCalls", .refusedCalls, "calls beyond limits.openCalls"),
        flood("keyUpdates", .keyUpdates, "KeyUpdate messages of TLS"),
    ]
}

extension ServiceConfiguration {
    /// How long open calls may take to end when the process is told to stop.
    func drainTimes() throws -> DrainTimes {
        let total = try number(.drainSeconds, 0...3_600) ?? 10
        let openEnded = try number(.drainOpenEndedSeconds, 0...3_600) ?? min(1, total)
        guard openEnded <= total else {
            throw StartError(
                .configuration,
                "drain.openEndedSeconds: \(openEnded) is more than drain.seconds, \(total): give less")
        }
        return DrainTimes(total: .seconds(Int64(total)), openEnded: .seconds(Int64(openEnded)))
    }

    /// Every `limits.` key.
    func transportLimits() throws -> TransportLimit.Values {
        var values = TransportLimit.Values()
        for limit in TransportLimit.all {
            if let number = try number(limit.key, limit.range) { limit.set(&values, number) }
        }
        return values
    }

    /// The whole number that `key` has, if it is somewhere; one outside of `range` is an error.
    public func number(_ key: ConfigurationKey, _ range: ClosedRange<Int>) throws -> Int? {
        try value(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
