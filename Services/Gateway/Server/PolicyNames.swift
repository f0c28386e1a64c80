internal import GatewayRules
internal import RPC

/// Which roles and identities a certificate of the suite can have, for whoever writes a policy.
struct PolicyNames {
    let organisationRoles: [String]

    /// Why nobody has a role; `nil`: somebody may.
    func problem(ofRole role: String) -> String? {
        if role == AdmissionPolicy.everyone {
            return "stands for everyone below roles only; here that is limits.callers"
        }
        if organisationRoles.contains(role) { return nil }
        let service = "service:"
        if role.hasPrefix(service),
            CallerIdentity(uri: "spiffe://domain/service/\(role.dropFirst(service.count))") != nil
        {
            return nil
        }
        return "no certificate holds this role; there are: \(organisationRoles.joined(separator: ", ")), \(service)NAME"
    }

    /// The same of a whole URI.
    func problem(ofIdentity uri: String) -> String? {
        guard let identity = CallerIdentity(uri: uri) else {
            return
                "no certificate holds this identity; write spiffe://DOMAIN/org/CODE/ROLE or spiffe://DOMAIN/service/NAME"
        }
        return problem(ofRole: AdmissionPolicy.role(of: identity))
    }
}
