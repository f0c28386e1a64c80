import Foundation
import GatewayRules
import GatewayServer
import RPC
import Testing

@Suite struct AdmissionPolicyTests {
    private func identity(_ path: String) throws -> CallerIdentity {
        try #require(CallerIdentity(uri: "spiffe://quality.example/\(path)"))
    }

    private func isAllowed(_ policy: AdmissionPolicy, _ path: String, _ method: String) throws -> Bool {
        policy.roles(allowed: method).meets(policy.roles(of: try identity(path)))
    }

    // MARK: Patterns

    @Test(
        "a pattern matches what it says and nothing else",
        arguments: [
            ("a.B/C", ["a.B/C"], ["a.B/CD", "a.B/c", "a.BB/C", "a.B"]),
            ("a.B/*", ["a.B/C", "a.B/"], ["a.BB/C", "a.B", "x.a.B/C"]),
            ("a.B/Get*", ["a.B/Get", "a.B/GetX"], ["a.B/Ge", "a.B/XGet"]),
            ("a.*", ["a.B/C", "a.b.C/D"], ["ab.C/D", "a/B"]),
            ("*/Push*", ["a.B/Push", "c.D/PushBatch"], ["a.B/NoPush"]),
            ("*", ["a.B/C", "x/Y"], ["x"]),
        ])
    func patterns(_ text: String, _ matching: [String], _ others: [String]) throws {
        let pattern = try #require(MethodPattern(text))
        for path in matching { #expect(pattern.matches(path), "\(path)") }
        for path in others { #expect(!pattern.matches(path), "\(path)") }
    }

    @Test("what is no pattern is refused", arguments: ["", "a.B", "a.B/", "/C", "a/b/c", "a.*B/C", "a B/C", "a.B/**"])
    func noPatterns(_ text: String) {
        #expect(MethodPattern(text) == nil)
    }

    // MARK: Grants

    @Test("an identity may call what its role or everyone is granted, and nothing else")
    func grants() throws {
        let policy = try PolicyFile.policy(
            """
            roles:
              "*": [q.Health/Check]
              reporter: [q.Reports/Push*]
              service:statistics: [q.Reports/Follow]
            """, name: "p")
        #expect(try isAllowed(policy, "org/henan/reporter", "q.Reports/PushBatch"))
        #expect(try isAllowed(policy, "org/henan/reporter", "q.Health/Check"))
        #expect(try !isAllowed(policy, "org/henan/reporter", "q.Reports/Follow"))
        #expect(try !isAllowed(policy, "org/henan/viewer", "q.Reports/Push"))
        #expect(try isAllowed(policy, "org/henan/unheard-of", "q.Health/Check"))
        #expect(try isAllowed(policy, "service/statistics", "q.Reports/Follow"))
        #expect(try !isAllowed(policy, "service/notification", "q.Reports/Follow"))
        // A role of an organisation is no service, whatever it is called.
        #expect(try !isAllowed(policy, "org/henan/statistics", "q.Reports/Follow"))
        #expect(try !isAllowed(policy, "service/reporter", "q.Reports/Push"))
    }

    @Test("an identity's limits are its own, else its role's, else everyone's")
    func limits() throws {
        let policy = try PolicyFile.policy(
            """
            roles: {"*": ["*"]}
            limits:
              callers: {callsPerSecond: 10, burstCalls: 20, concurrentCalls: 30}
              roles: {viewer: {callsPerSecond: 5}}
              identities:
                spiffe://quality.example/org/henan/viewer: {concurrentCalls: 1}
              services: {concurrentCalls: 7, queueTargetMilliseconds: 2, givenUpMilliseconds: 0}
              service: {q.Reports: {queuedCalls: 3}}
              queuedBytes: 100000
            """, name: "p")
        #expect(
            policy.limits(of: try identity("org/henan/reporter"))
                == CallerLimits(callsPerSecond: 10, burstCalls: 20, concurrentCalls: 30))
        #expect(
            policy.limits(of: try identity("org/fujian/viewer"))
                == CallerLimits(callsPerSecond: 5, burstCalls: 20, concurrentCalls: 30))
        #expect(
            policy.limits(of: try identity("org/henan/viewer"))
                == CallerLimits(callsPerSecond: 10, burstCalls: 20, concurrentCalls: 1))
        #expect(policy.limits(ofService: "q.Other").concurrentCalls == 7)
        #expect(policy.limits(ofService: "q.Reports").queuedCalls == 3)
        #expect(policy.limits(ofService: "q.Reports").queueTargetMicroseconds == 2_000)
        #expect(policy.limits(ofService: "q.Other").givenUpMicroseconds == 0)
        #expect(policy.queuedBytes == 100_000)
    }

    @Test("without classes in the file health is control, a push is a push, following is bulk, the rest interactive")
    func usualClasses() throws {
        let policy = try PolicyFile.policy("roles: {\"*\": [\"*\"]}", name: "p")
        for (method, trafficClass) in [
            ("quality.rpc.v1.HealthService/Watch", .control), ("q.v1.Reports/PushBatch", .push),
            ("q.v1.Reports/Follow", .bulk), ("q.v1.Files/GetAttachment", .bulk), ("q.v1.Reports/Get", .interactive),
        ] as [(String, TrafficClass)] {
            #expect(policy.trafficClass(of: method) == trafficClass, "\(method)")
        }
    }

    // MARK: Mistakes

    @Test(
        "a mistake is named with its line, and all of them at once",
        arguments: [
            ("", ["is empty"]),
            ("roles: [", ["p:2:1: is not YAML here"]),
            ("classes: {push: [a.B/*]}", ["roles", "nobody"]),
            ("roles: {}", ["roles", "nobody"]),
            ("roles:\n  viewer: a.B/C", ["p:2: roles.viewer", "not a list"]),
            ("roles:\n  viewer:\n    - a.B", ["p:3: roles.viewer", "\"a.B\""]),
            ("roels: {}", ["p:1: roels", "no such key"]),
            (
                "roles: {a: [\"*\"]}\nlimits:\n  callers: {callsPerSecond: 0, burst: 1}\n  queuedBytes: x",
                [
                    "p:3: limits.callers.callsPerSecond", "1 to 1000000", "limits.callers.burst",
                    "p:4: limits.queuedBytes",
                ]
            ),
            ("roles: {a: [\"*\"]}\nclasses: {pusch: []}", ["p:2: classes.pusch", "control, interactive, push, bulk"]),
        ])
    func mistakes(_ text: String, _ words: [String]) throws {
        let refusal = #expect(throws: PolicyFile.Refusal.self) { try PolicyFile.policy(text, name: "p") }
        for word in words { #expect(refusal?.description.contains(word) == true, "\(refusal?.description ?? "")") }
    }

    @Test(
        "a role or an identity that no certificate has is taken with a warning, which names its line and the known ones"
    )
    func unheldNames() throws {
        let text = """
            roles:
              viewer: ["*"]
              reportr: ["*"]
              "*": [quality.rpc.v1.*]
              service:statistics: ["*"]
              "service:": ["*"]
            limits:
              roles:
                reporter: {concurrentCalls: 5}
                "*": {concurrentCalls: 5}
                Viewer: {concurrentCalls: 5}
              identities:
                spiffe://quality.example/org/henan/reporter: {concurrentCalls: 5}
                spiffe://quality.example/service/registry: {concurrentCalls: 5}
                spiffe://quality.example/org/henan/reportr: {concurrentCalls: 5}
                quality.example/org/henan/reporter: {concurrentCalls: 5}
            """
        let reading = try PolicyFile.read(text, name: "p", organisationRoles: ["viewer", "reporter"])
        #expect(reading.policy.grants.count == 5)
        let places = [
            "p:3: roles: \"reportr\": no certificate holds this role; there are: viewer, reporter, service:NAME",
            "p:6: roles: \"service:\": no certificate", "p:10: limits.roles: \"*\": stands for everyone",
            "p:11: limits.roles: \"Viewer\": no certificate",
            "p:15: limits.identities: \"spiffe://quality.example/org/henan/reportr\": no certificate holds this role",
            "p:16: limits.identities: \"quality.example/org/henan/reporter\": no certificate holds this identity",
        ]
        #expect(reading.warnings.count == places.count, "\(reading.warnings)")
        for (warning, place) in zip(reading.warnings, places) { #expect(warning.hasPrefix(place), "\(warning)") }
    }

    @Test("more roles than a set holds are refused")
    func tooManyRoles() {
        let roles = (0..<65).map { "  r\($0): [\"*\"]" }.joined(separator: "\n")
        #expect(throws: PolicyFile.Refusal.self) { try PolicyFile.policy("roles:\n" + roles, name: "p") }
    }

    // MARK: The suite's own

    private static let methods: [(service: String, methods: [String])] = [
        (
            "quality.registry.v1.RegistryService",
            [
                "PublishCampaign", "RegisterOrganisation", "RegisterIdentity", "GetCampaign", "ListCampaigns",
                "GetForm",
                "ListExpectedReporters", "GetOrganisation", "ListOrganisations", "ListIdentities", "GetDivision",
                "ListDivisions", "Follow", "GetCheckpoint", "GetConsistencyProof", "GetInclusionProof", "GetHashTiles",
            ]
        ),
        (
            "quality.submission.v1.SubmissionService",
            [
                "Push", "PushBatch", "PushStream", "GetReport", "ListReports", "GetReceiptKey", "Follow",
                "GetCheckpoint", "GetConsistencyProof", "GetInclusionProof", "GetHashTiles",
            ]
        ),
        ("quality.statistics.v1.StatisticsService", ["GetRollup", "GetCompleteness"]),
        ("quality.notification.v1.NotificationService", ["ListInbox", "ReadMessage", "AcknowledgeMessage"]),
        ("quality.rpc.v1.HealthService", ["Check", "Watch"]),
    ]

    private func shipped() throws -> AdmissionPolicy {
        let here = URL(fileURLWithPath: #filePath)
        let path = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("compose/policy.yaml").path
        return try PolicyFile.policy(try String(contentsOfFile: path, encoding: .utf8), name: path)
    }

    /// Methods that a role may not call, of all there are.
    @Test(
        "the shipped policy denies each role what its services would refuse it whatever it asks for",
        arguments: [
            ("org/henan/publisher", ["Push", "PushBatch", "PushStream", "Follow"]),
            ("org/henan/reporter", ["PublishCampaign", "RegisterOrganisation", "RegisterIdentity", "Follow"]),
            (
                "org/henan/reviewer",
                [
                    "PublishCampaign", "RegisterOrganisation", "RegisterIdentity", "Push", "PushBatch", "PushStream",
                    "Follow",
                ]
            ),
            (
                "org/henan/viewer",
                [
                    "PublishCampaign", "RegisterOrganisation", "RegisterIdentity", "Push", "PushBatch", "PushStream",
                    "AcknowledgeMessage", "Follow",
                ]
            ),
        ])
    func shippedRoles(_ path: String, _ denied: [String]) throws {
        let policy = try shipped()
        for (service, methods) in Self.methods {
            for method in methods {
                #expect(
                    try isAllowed(policy, path, "\(service)/\(method)") == !denied.contains(method),
                    "\(path) \(service)/\(method)")
            }
        }
    }

    @Test(
        "the shipped policy gives the suite's processes what they call and no more, and others only health",
        arguments: [
            ("submission", ["registry.v1.RegistryService": ["Follow"]]),
            ("statistics", ["registry.v1.RegistryService": ["Follow"], "submission.v1.SubmissionService": ["Follow"]]),
            (
                "notification",
                ["registry.v1.RegistryService": ["Follow"], "submission.v1.SubmissionService": ["Follow"]]
            ),
            ("gateway", [:]), ("registry", [:]), ("unheard-of", [:]),
        ] as [(String, [String: [String]])])
    func shippedServices(_ name: String, _ allowed: [String: [String]]) throws {
        let policy = try shipped()
        for (service, methods) in Self.methods {
            for method in methods {
                let isAllowed = try isAllowed(policy, "service/\(name)", "\(service)/\(method)")
                let expected =
                    service.hasPrefix("quality.rpc.")
                    || allowed[String(service.dropFirst("quality.".count))]?.contains(method) == true
                #expect(isAllowed == expected, "service:\(name) \(service)/\(method)")
            }
        }
    }

    @Test("the shipped classes")
    func shippedClasses() throws {
        let policy = try shipped()
        for (service, methods) in Self.methods {
            for method in methods {
                let expected: TrafficClass =
                    switch method {
                    case "Check", "Watch": .control
                    case "Push", "PushBatch", "PushStream": .push
                    case "Follow", "GetHashTiles": .bulk
                    default: .interactive
                    }
                #expect(policy.trafficClass(of: "\(service)/\(method)") == expected)
            }
        }
    }
}
