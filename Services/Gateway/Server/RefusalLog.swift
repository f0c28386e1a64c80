internal import GatewayRules
internal import Logging
internal import RPC
internal import Transport
internal import Wire

/// Says which calls were refused: a line each, but a flood of them a few lines a second, with how many were left out.
struct RefusalLog {
    private static let rate = CallRate(callsPerSecond: 2, burstCalls: 10)

    private let logger: Logger
    private var fullAt = [UInt64](repeating: 0, count: CallRefusal.allCases.count)
    private var leftOut = [Int](repeating: 0, count: CallRefusal.allCases.count)

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// A call was refused when it came.
    mutating func refused(
        _ reason: CallRefusal, _ caller: Caller, _ connection: ServerConnection, _ path: UnsafeRawBufferPointer,
        now: MonotonicInstant
    ) {
        guard let leftOut = turn(reason, now) else { return }
        write(reason, caller, connection, leftOut, ["method": "\(String(decoding: path, as: UTF8.self))"])
    }

    /// A call that waited was given up.
    mutating func gaveUp(
        _ reason: CallRefusal, _ caller: Caller, _ connection: ServerConnection, _ service: String,
        now: MonotonicInstant
    ) {
        guard let leftOut = turn(reason, now) else { return }
        write(reason, caller, connection, leftOut, ["service": "\(service)"])
    }

    private func write(
        _ reason: CallRefusal, _ caller: Caller, _ connection: ServerConnection, _ leftOut: Int,
        _ what: Logger.Metadata
    ) {
        var metadata: Logger.Metadata = [
            "cause": "\(reason.name)", "peer": "\(connection.remoteAddress)", "identity": "\(caller.identity.uri)",
            "role": "\(AdmissionPolicy.role(of: caller.identity))",
        ]
        if leftOut > 0 { metadata["unlogged"] = "\(leftOut)" }
        logger.warning("call refused", metadata: metadata.merging(what) { $1 })
    }

    /// How many lines were left out before this one; `nil` when it is left out too.
    private mutating func turn(_ reason: CallRefusal, _ now: MonotonicInstant) -> Int? {
        let index = reason.rawValue
        switch Self.rate.callArrived(fullAtNanoseconds: fullAt[index], now: now) {
        case .refuse:
            leftOut[index] += 1
            return nil
        case .admit(let next):
            fullAt[index] = next
            defer { leftOut[index] = 0 }
            return leftOut[index]
        }
    }
}
