internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import Storage
internal import SubmissionRules
internal import Wire

extension Refusal {
    var code: StatusCode {
        switch reason {
        case .invalid: .invalidArgument
        case .unknown: .notFound
        case .denied: .permissionDenied
        case .keyReused: .alreadyExists
        case .precondition: .failedPrecondition
        case .staleBase, .wholeBatch: .aborted
        }
    }

    var detail: TypeV1.ErrorDetail {
        TypeV1.ErrorDetail(
            thing: thing, place: place, remedy: remedy, findings: findings.map { TypeV1.Finding($0) })
    }
}

extension RPCError {
    init(_ refusal: Refusal) {
        let details = (try? refusal.detail.encodedBytes()) ?? []
        self.init(refusal.code, refusal.message, details: details)
    }

    /// For what storage throws: its messages name no SQL and no path once the store is open.
    init(storing error: any Error) {
        switch error {
        case let error as Refusal: self.init(error)
        case let error as StorageError:
            switch error.code {
            case .overloaded: self.init(.resourceExhausted, "submission: \(error.message)")
            case .closed: self.init(.unavailable, "submission is stopping: send it again")
            case .full, .ioFailure, .busy, .notSealed:
                self.init(.unavailable, "submission's store: \(error.message)")
            default: self.init(wrapping: error)
            }
        default: self.init(wrapping: error)
        }
    }
}

extension SubmissionCaller {
    init(_ identity: CallerIdentity) {
        switch identity.subject {
        case .service(let name): self = .service(name: name)
        case .organisation(let code, let role): self = .organisation(code: code, role: role)
        }
    }
}
