internal import GatewayRules
internal import Logging
internal import RPC
internal import Telemetry
internal import Transport
internal import Wire

/// Says which calls were refused: a line each, but a flood of them a few lines a second, with how many were left out.
struct RefusalLog {
    private let logger: Logger
    /// A budget for each reason.
    private var lines = [LineBudget](repeating: LineBudget(linesPerSecond: 5), count: CallRefusal.allCases.count)

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// A call was refused when it came.
    mutating func refused(
        _ reason: CallRefusal, _ caller: Caller, _ connection: ServerConnection, _ path: UnsafeRawBufferPointer,
        now: MonotonicInstant
    ) {
        guard let leftOut = lines[reason.rawValue].admit(at: now) else { return }
        let method = LogText.cut(String(decoding: path, as: UTF8.self), to: LogText.pathBytes)
        write(reason, caller, connection, leftOut, ["method": "\(method)"])
    }

    /// A call that waited was given up.
    mutating func gaveUp(
        _ reason: CallRefusal, _ caller: Caller, _ connection: ServerConnection, _ service: String,
        now: MonotonicInstant
    ) {
        guard let leftOut = lines[reason.rawValue].admit(at: now) else { return }
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
}
