internal import Messages
package import RPC
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

extension RPCError {
    /// Why a stream failed, or a batch of which each item stands alone, with what became of its items: of the first, which
    /// were carried out, the client has no verdicts, and whether one was taken in it hears when it sends it again.
    ///
    /// - Parameter begun: some of the items behind `carriedOut` may have been carried out, up to this number of all.
    package func telling(carriedOut: Int, begun: Int) -> RPCError {
        let first = "the first \(carriedOut) items were carried out"
        let doubtful = "some of the items \(carriedOut) to \(begun - 1) may have been"
        var what =
            switch (carriedOut > 0, begun > carriedOut) {
            case (false, false): "no item was carried out"
            case (false, true): "\(doubtful) carried out"
            case (true, false): "\(first), no other"
            case (true, true): "\(first), and \(doubtful)"
            }
        if begun > 0 { what += ": what was taken in stays, and sent again with its key gets the same receipt" }
        var error = self
        error.message += "; \(what)"
        // Whoever reads the details reads no text.
        if var detail = try? TypeV1.ErrorDetail.decode(details), !details.isEmpty {
            detail.remedy += "; \(what)"
            error.details = (try? detail.encodedBytes()) ?? details
        }
        if begun > 0 { error.isNotStarted = false }
        return error
    }
}
