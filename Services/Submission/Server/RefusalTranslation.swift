internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
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
        case .unavailable: .unavailable
        }
    }

    /// Of an UNAVAILABLE that names the thing, the place and the remedy; `nil` for any other error.
    init?(unavailable error: RPCError) {
        guard error.code == .unavailable, let detail = try? TypeV1.ErrorDetail.decode(error.details) else { return nil }
        self.init(.unavailable, thing: detail.thing, place: detail.place, remedy: detail.remedy)
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
                detail.findings.append(TypeV1.Finding(Finding.more(findings.count - index)))
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
}
