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

    /// With as many findings as about `limitBytes` hold, and at the end a notice of how many were left out.
    func detail(limitBytes: Int) -> TypeV1.ErrorDetail {
        var detail = TypeV1.ErrorDetail(thing: thing, place: place, remedy: remedy)
        var roomBytes = limitBytes - thing.utf8.count - place.utf8.count - remedy.utf8.count - 64
        for (index, finding) in findings.enumerated() {
            let message = TypeV1.Finding(finding)
            roomBytes -= message.approximateBytes
            // The notice needs room too.
            guard roomBytes > 200 else {
                detail.findings.append(
                    TypeV1.Finding(
                        pointer: "", rule: "more", severity: .notice,
                        message: "另有\(findings.count - index)处问题未在此列出，改正后请再次报送"))
                break
            }
            detail.findings.append(message)
        }
        return detail
    }
}

extension TypeV1.Finding {
    fileprivate var approximateBytes: Int { pointer.utf8.count + rule.utf8.count + message.utf8.count + 16 }
}

extension TypeV1.ErrorDetail {
    var approximateBytes: Int {
        findings.reduce(thing.utf8.count + place.utf8.count + remedy.utf8.count + 32) { $0 + $1.approximateBytes }
    }
}

extension RPCError {
    /// What the details of a status may take: its head has at most 16,384 bytes (Proto/WIRE.md, "Limits"), the text 2,048.
    private static let detailsBytes = 12_000

    init(_ refusal: Refusal) {
        let details = (try? refusal.detail(limitBytes: Self.detailsBytes).encodedBytes()) ?? []
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
