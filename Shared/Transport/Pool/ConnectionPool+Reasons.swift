internal import Balancing

/// Why a pool has no connection for a call, for a person.
extension ConnectionPool {
    /// Why no endpoint takes calls; `nil` while one does.
    var failure: String? { eligible.isEmpty ? unavailableReason : nil }

    /// The same, whether or not one does by now.
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
