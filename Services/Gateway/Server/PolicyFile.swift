public import GatewayRules
internal import YAMLText
internal import Yams

/// The policy file: YAML, read into an ``AdmissionPolicy``.
///
///     roles:        role: [method patterns]; what is not granted is denied
///     classes:      control, interactive, push, bulk: [method patterns]
///     limits:
///       callers:    {callsPerSecond, burstCalls, concurrentCalls}
///       roles:      role: the same, where it differs
///       identities: URI: the same, where it differs
///       services:   {concurrentCalls, queuedCalls, queueTargetMilliseconds, queueIntervalMilliseconds,
///                    givenUpMilliseconds}
///       service:    name: the same, where it differs
///       queuedBytes
public enum PolicyFile {
    /// What is wrong with a file: every problem at once, each with its line.
    public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        public var problems: [String]

        public var description: String { problems.joined(separator: "; ") }
    }

    /// What stands in a file.
    public struct Reading: Sendable, Equatable {
        public var policy: AdmissionPolicy
        /// What is no mistake of form, and yet means nobody: each with its line.
        public var warnings: [String]
    }

    /// Reads `text`.
    ///
    /// - Parameters:
    ///   - name: the file's, for messages.
    ///   - organisationRoles: each ROLE of `spiffe://DOMAIN/org/CODE/ROLE` that the suite's certificates have. Another one
    ///     is warned of: a role that is misspelt grants nobody anything, and whoever it was for is refused.
    public static func read(
        _ text: String, name: String, organisationRoles: [String]
    ) throws(Refusal) -> Reading {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Refusal(problems: [YAMLFault(error).text(file: name)])
        }
        var reader = PolicyReader(name: name)
        let policy = reader.policy(root)
        guard reader.problems.isEmpty else { throw Refusal(problems: reader.problems) }
        let names = PolicyNames(organisationRoles: organisationRoles)
        return Reading(policy: policy, warnings: reader.unheld(root, names))
    }

    /// The policy alone.
    public static func policy(_ text: String, name: String) throws(Refusal) -> AdmissionPolicy {
        try read(text, name: name, organisationRoles: []).policy
    }
}

/// Walks the nodes of a policy file and gathers what is wrong.
private struct PolicyReader {
    let name: String
    var problems: [String] = []

    mutating func policy(_ root: Node?) -> AdmissionPolicy {
        var policy = AdmissionPolicy(grants: [])
        guard let root else {
            problems.append("\(name): is empty: grant at least one role its methods, below roles:")
            return policy
        }
        let parts = members(root, "", known: ["roles", "classes", "limits"])
        if let roles = parts["roles"] { policy.grants = grants(roles) }
        if parts["roles"] == nil || (policy.grants.isEmpty && problems.isEmpty) {
            problems.append("\(place(root, "roles")): is missing: without it nobody may call anything")
        }
        if let classes = parts["classes"] {
            policy.classes = [:]
            for (key, node) in members(classes, "classes", known: TrafficClass.allCases.map(\.name)) {
                for trafficClass in TrafficClass.allCases where trafficClass.name == key {
                    policy.classes[trafficClass] = patterns(node, "classes.\(key)")
                }
            }
        }
        if let limits = parts["limits"] { read(limits, into: &policy) }
        return policy
    }

    private mutating func grants(_ node: Node) -> [AdmissionPolicy.Grant] {
        let grants = members(node, "roles").map { role, node in
            AdmissionPolicy.Grant(role: role, methods: patterns(node, "roles.\(role)"))
        }
        if grants.count > AdmissionPolicy.maximumRoles {
            problems.append(
                "\(place(node, "roles")): \(grants.count) roles; at most \(AdmissionPolicy.maximumRoles) are allowed")
        }
        return grants.sorted { $0.role < $1.role }
    }

    private mutating func patterns(_ node: Node, _ path: String) -> [MethodPattern] {
        guard let sequence = node.sequence else {
            problems.append("\(place(node, path)): is not a list of methods")
            return []
        }
        return sequence.compactMap { element in
            let text = element.string ?? ""
            let pattern = MethodPattern(text)
            if pattern == nil {
                problems.append(
                    "\(place(element, path)): \"\(text)\" names no methods: write SERVICE/METHOD, SERVICE/* or a "
                        + "beginning with * behind it")
            }
            return pattern
        }
    }

    // MARK: Limits

    private mutating func read(_ node: Node, into policy: inout AdmissionPolicy) {
        let parts = members(
            node, "limits", known: ["callers", "roles", "identities", "services", "service", "queuedBytes"])
        if let callers = parts["callers"] {
            policy.callerLimits = caller(callers, "limits.callers", policy.callerLimits)
        }
        for (role, node) in named(parts["roles"], "limits.roles") {
            policy.roleLimits[role] = caller(node, "limits.roles.\(role)", policy.callerLimits)
        }
        for (uri, node) in named(parts["identities"], "limits.identities") {
            policy.identityLimits[uri] = caller(node, "limits.identities.\(uri)", policy.callerLimits)
        }
        if let services = parts["services"] {
            policy.serviceLimits = service(services, "limits.services", policy.serviceLimits)
        }
        for (name, node) in named(parts["service"], "limits.service") {
            policy.limitsByService[name] = service(node, "limits.service.\(name)", policy.serviceLimits)
        }
        if let bytes = parts["queuedBytes"] {
            policy.queuedBytes = number(bytes, "limits.queuedBytes", 65_536...(1 << 34))
        }
    }

    private mutating func caller(_ node: Node, _ path: String, _ usual: CallerLimits) -> CallerLimits {
        var limits = usual
        for (key, node) in members(node, path, known: ["callsPerSecond", "burstCalls", "concurrentCalls"]) {
            switch key {
            case "callsPerSecond": limits.callsPerSecond = number(node, "\(path).\(key)", 1...1_000_000)
            case "burstCalls": limits.burstCalls = number(node, "\(path).\(key)", 1...10_000_000)
            default: limits.concurrentCalls = number(node, "\(path).\(key)", 1...1_000_000)
            }
        }
        return limits
    }

    private mutating func service(_ node: Node, _ path: String, _ usual: ServiceLimits) -> ServiceLimits {
        var limits = usual
        let known = [
            "concurrentCalls", "queuedCalls", "queueTargetMilliseconds", "queueIntervalMilliseconds",
            "givenUpMilliseconds",
        ]
        for (key, node) in members(node, path, known: known) {
            let path = "\(path).\(key)"
            switch key {
            case "concurrentCalls": limits.concurrentCalls = number(node, path, 1...1_000_000)
            case "queuedCalls": limits.queuedCalls = number(node, path, 1...100_000)
            case "queueTargetMilliseconds":
                limits.queueTargetMicroseconds = UInt64(number(node, path, 1...60_000)) * 1000
            case "givenUpMilliseconds": limits.givenUpMicroseconds = UInt64(number(node, path, 0...60_000)) * 1000
            default: limits.queueIntervalMicroseconds = UInt64(number(node, path, 1...60_000)) * 1000
            }
        }
        return limits
    }

    private mutating func number(_ node: Node, _ path: String, _ range: ClosedRange<Int>) -> Int {
        if let number = node.int, range.contains(number) { return number }
        let text = node.string ?? "?"
        problems.append(
            "\(place(node, path)): \"\(text)\" is not a whole number, \(range.lowerBound) to \(range.upperBound)")
        return range.lowerBound
    }

    // MARK: Names that mean nobody

    /// What is wrong with each role and identity that no certificate of the suite has.
    func unheld(_ root: Node?, _ names: PolicyNames) -> [String] {
        let limits = root?["limits"]
        return unheld(root?["roles"], "roles") { $0 == AdmissionPolicy.everyone ? nil : names.problem(ofRole: $0) }
            + unheld(limits?["roles"], "limits.roles", names.problem(ofRole:))
            + unheld(limits?["identities"], "limits.identities", names.problem(ofIdentity:))
    }

    private func unheld(_ node: Node?, _ path: String, _ problem: (String) -> String?) -> [String] {
        guard let mapping = node?.mapping else { return [] }
        return mapping.keys.compactMap { key in
            let text = key.string ?? "?"
            return problem(text).map { "\(place(key, path)): \"\(text)\": \($0)" }
        }
    }

    // MARK: Nodes

    private mutating func named(_ node: Node?, _ path: String) -> [String: Node] {
        guard let node else { return [:] }
        return members(node, path)
    }

    /// The members of a mapping by their names. Others than `known` are a problem.
    private mutating func members(_ node: Node, _ path: String, known: [String]? = nil) -> [String: Node] {
        guard let mapping = node.mapping else {
            problems.append("\(place(node, path)): is not a mapping of names to values")
            return [:]
        }
        var members: [String: Node] = [:]
        for (key, value) in mapping {
            let text = key.string ?? "?"
            if let known, !known.contains(text) {
                problems.append(
                    "\(place(key, path.isEmpty ? text : "\(path).\(text)")): no such key; there are: "
                        + known.joined(separator: ", "))
            } else {
                members[text] = value
            }
        }
        return members
    }

    private func place(_ node: Node, _ path: String) -> String {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        return "\(name)\(line)\(path.isEmpty ? "" : ": \(path)")"
    }
}
