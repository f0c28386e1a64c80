internal import Logging
internal import Synchronization
internal import TLS
internal import Telemetry
internal import Wire

/// What operators hear of a server's connections: a metric each time, and a line as long as there are not too many. A
/// flood must not fill the disk: so many lines a second, of bounded length, and the next one says how many are missing
/// ("unlogged").
///
/// Lines have the peer's address, its identity, the cause under which the metric counts it, and the reason for a person.
final class ConnectionLog: Sendable {
    private static let linesPerSecond = 20

    private let logger: Logger
    private let connectionLines = Mutex(LineBudget(linesPerSecond: linesPerSecond))
    /// Of its own, so that a flood of calls does not hide who is cut for it.
    private let callLines = Mutex(LineBudget(linesPerSecond: linesPerSecond))

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// A peer was closed before TLS had seen a byte of it.
    func refused(_ cause: String, _ reason: String, _ remote: String) {
        ConnectionCounters.refused(cause)
        guard let dropped = connectionLines.withLock({ $0.admit(at: .now) }) else { return }
        write(.warning, "connection refused", nil, remote, cause, reason, dropped)
    }

    /// Nobody is accepted for now. Those who come wait in the system's queue, and hear nothing.
    func acceptPaused(_ cause: AcceptGate.Cause) {
        ConnectionCounters.acceptPaused(cause)
        guard let dropped = connectionLines.withLock({ $0.admit(at: .now) }) else { return }
        logger.error(
            "accepting paused",
            metadata: [
                "cause": "\(cause.rawValue)", "unlogged": "\(dropped)",
                "reason": "\(cause.words); raise it (ulimit -n, LimitNOFILE=) or lower limits.connections",
            ])
    }

    func acceptResumed() {
        guard connectionLines.withLock({ $0.admit(at: .now) }) != nil else { return }
        logger.notice("accepting again")
    }

    /// The listening socket is gone, though nobody closed it.
    func listenerLost(_ reason: String, attempts: Int) {
        logger.error(
            "the listening socket was lost; binding again",
            metadata: ["reason": "\(reason)", "attempts": "\(attempts)"])
    }

    func listenerBack(attempts: Int) {
        logger.notice("listening again", metadata: ["attempts": "\(attempts)"])
    }

    /// A drain is over; what it cut is said once for all.
    func drained(_ cut: DrainCut) {
        guard cut != DrainCut() else { return }
        logger.warning(
            "the drain did not wait for everybody",
            metadata: ["calls": "\(cut.calls)", "connections": "\(cut.connections)"])
    }

    func ended(_ end: ConnectionEnd, of connection: ServerConnection, _ remote: String) {
        guard let cause = end.cause else {
            write(.debug, "connection ended", connection, remote, "none", end.reason, 0)
            return
        }
        if connection.isAdmitted {
            ConnectionCounters.cut(.server, cause)
        } else {
            ConnectionCounters.refused(cause)
        }
        guard let dropped = connectionLines.withLock({ $0.admit(at: .now) }) else { return }
        write(
            .warning, connection.isAdmitted ? "connection failed" : "connection refused", connection, remote, cause,
            end.reason, dropped)
    }

    func noticed(_ notice: ConnectionNotice, of connection: ServerConnection, _ remote: String) {
        switch notice {
        case .callRefused(let fault, let path, let reason):
            ConnectionCounters.callRefused(fault)
            guard let dropped = callLines.withLock({ $0.admit(at: connection.loop.now) }) else { return }
            write(
                .warning, "call refused", connection, remote, fault.rawValue, reason, dropped,
                ["method": "\(LogText.cut(String(decoding: path, as: UTF8.self), to: LogText.pathBytes))"])
        case .callCut(let fault, let reason):
            ConnectionCounters.callCut(fault)
            // When the process stops, one line says so for all.
            if fault == .drain, connection.drainCause == .process { return }
            guard let dropped = callLines.withLock({ $0.admit(at: connection.loop.now) }) else { return }
            write(.warning, "call cut", connection, remote, fault.rawValue, reason, dropped)
        case .draining(let cause, let reason):
            ConnectionCounters.drained(cause)
            // When the process stops, one line says so for all.
            guard cause != .process, logger.logLevel <= .info,
                let dropped = connectionLines.withLock({ $0.admit(at: .now) })
            else { return }
            write(.info, "connection drains", connection, remote, cause.rawValue, reason, dropped)
        }
    }

    private func write(
        _ level: Logger.Level, _ message: Logger.Message, _ connection: ServerConnection?, _ remote: String,
        _ cause: String, _ reason: String, _ dropped: Int, _ more: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard logger.logLevel <= level else { return }
        var metadata = more()
        metadata["peer"] = "\(remote)"
        metadata["identity"] = "\(connection?.peer?.uri ?? "none")"
        metadata["cause"] = "\(cause)"
        metadata["reason"] = "\(LogText.cut(reason, to: LogText.reasonBytes))"
        if dropped > 0 { metadata["unlogged"] = "\(dropped)" }
        logger.log(level: level, message, metadata: metadata)
    }
}
