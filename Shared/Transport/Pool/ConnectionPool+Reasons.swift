internal import Balancing

/// Why a pool has no connection for a call, for a person.
extension ConnectionPool {
    /// Why no endpoint takes calls, if any has said so or could not be reached; `nil` also while one does.
    var failure: String? {
        guard eligible.isEmpty else { return nil }
        let isKnown = members.isEmpty || members.contains { !reason(of: $0).isEmpty }
        return isKnown ? unavailableReason : nil
    }

    /// The same whatever is known.
    var unavailableReason: String {
        if isClosed { return "this client is closed" }
        let service = configuration.service.isEmpty ? "" : " of \(configuration.service)"
        guard !members.isEmpty else {
            let problem = endpoints.problem
            return "no endpoint\(service) is \(problem.isEmpty ? "configured" : "known (\(problem))")"
        }
        let failures = members.map { member in
            let reason = reason(of: member)
            return "\(member.endpoint): \(reason.isEmpty ? "no answer yet" : reason)"
        }
        return "no endpoint\(service) answers (\(failures.joined(separator: "; ")))"
    }

    private func reason(of member: EndpointConnections) -> String {
        if case .notServing(let reason) = member.health, !member.ready.isEmpty {
            return "does not serve\(reason.isEmpty ? "" : ": \(reason)")"
        }
        return endpoints.lastFailure(of: member.endpoint)
    }
}
