public import Logging
public import Messages
public import RPC
public import Reporting
internal import Storage
public import Wire

extension RPCError {
    /// A status whose message and details name the thing, the place and the remedy.
    public static func refusal(
        _ code: StatusCode, _ thing: String, at place: String, remedy: String, findings: [TypeV1.Finding] = []
    ) -> RPCError {
        let detail = TypeV1.ErrorDetail(thing: thing, place: place, remedy: remedy, findings: findings)
        return RPCError(code, "\(thing): \(place): \(remedy)", details: (try? detail.encodedBytes()) ?? [])
    }

    /// UNAVAILABLE, and nothing was done: another replica may do it, or this one later.
    public static func notStarted(_ thing: String, at place: String, remedy: String) -> RPCError {
        var error = RPCError.refusal(.unavailable, thing, at: place, remedy: remedy)
        error.isNotStarted = true
        return error
    }

    /// PERMISSION_DENIED. `what`: what was asked for.
    public static func denied(_ denial: AccessDenial, _ caller: CallerIdentity, at what: String) -> RPCError {
        refusal(.permissionDenied, "caller '\(caller.uri)' may not do this", at: what, remedy: denial.remedy)
    }
}

extension Caller {
    /// As the gateway stamped it.
    public init(_ identity: CallerIdentity) {
        switch identity.subject {
        case .service(let name): self = .service(name: name)
        case .organisation(let code, let role): self = .organisation(code: code, role: role)
        }
    }
}

/// What a failure inside a handler is to its caller, and what the log hears of it.
///
/// The caller is told what it can do, never a path, SQL or another's data; the log has the cause, at level error. A call
/// that its caller gave up is no failure: it is told to nobody but the one who debugs, and counted as every call is
/// (`rpc_server_calls_total`, code CANCELLED or DEADLINE_EXCEEDED). What fails again and again, call by call, as all writes
/// do on a full disk, is one line, then one a minute with their number, and one when it is over.
public struct ServiceFaults: Sendable {
    private let service: String
    private let logger: Logger
    private let notices: FaultNotices

    /// - Parameters:
    ///   - service: as a sentence names it, e.g. "submission".
    ///   - now: what a minute is told by.
    public init(
        _ service: String, _ logger: Logger, now: @escaping @Sendable () -> MonotonicInstant = FaultNotices.now
    ) {
        self.service = service
        self.logger = logger
        notices = FaultNotices(now: now)
    }

    /// The store has taken something in: after an outage, an operator hears of it.
    public func wrote() {
        guard case .tell(let attempts, let microseconds) = notices.storeWrote() else { return }
        logger.notice(
            "storage works again",
            metadata: ["failed": "\(attempts)", "after_seconds": "\(microseconds / 1_000_000)"])
    }

    /// `what`: what was asked for, e.g. "campaign 'henan-2019-open-day'".
    public func status(of error: any Error, doing what: String) -> RPCError {
        switch error {
        case let error as RPCError: return error
        case is CancellationError:
            logger.debug("a call was given up", metadata: ["what": "\(what)"])
            return RPCError(wrapping: error)
        case let error as StorageError: return status(of: error, doing: what)
        default:
            log("failed", what, error, notices.otherFailed("\(error)"))
            return RPCError(wrapping: error)
        }
    }

    private func status(of error: StorageError, doing what: String) -> RPCError {
        switch error.code {
        case .overloaded:
            return .refusal(
                .resourceExhausted, "\(service) has too many writes waiting", at: what,
                remedy: "try again in a second")
        case .entryTooLarge:
            return .refusal(.invalidArgument, error.message, at: what, remedy: "send less at once")
        case .closed:
            return .refusal(.unavailable, "\(service) is stopping", at: what, remedy: "try again")
        case .held:
            log("storage is held", what, error, notices.storeFailed("\(error)"))
            return .notStarted(
                "\(service)'s store: \(error.message)", at: what,
                remedy: "nothing of it was done; try again when \(service) serves again")
        case .full, .ioFailure, .busy, .unreachable, .outcomeUnknown, .notSealed, .cannotOpen, .damaged:
            log("storage failed", what, error, notices.storeFailed("\(error)"))
            return .refusal(
                .unavailable, "\(service)'s store: \(error.message)", at: what,
                remedy: "try again; the log of \(service) says why")
        case .journalBroken:
            log("storage failed", what, error, notices.otherFailed("\(error)"))
            return .refusal(
                .dataLoss, "\(service)'s store: \(error.message)", at: what,
                remedy: "tell those who run \(service): nothing is taken in until the right store is back")
        case .conflict, .constraint, .malformedData, .badStatement, .alreadyOpen, .mismatch, .cursorOfAnotherHistory:
            log("storage failed", what, error, notices.otherFailed("\(error)"))
            return RPCError(wrapping: error)
        }
    }

    private func log(_ message: Logger.Message, _ what: String, _ error: any Error, _ notice: OutageNotices.OnFailure) {
        guard case .tell(let attempts) = notice else { return }
        logger.error(
            message, metadata: ["what": "\(what)", "error": "\(error)", "attempts": "\(attempts)"])
    }
}
