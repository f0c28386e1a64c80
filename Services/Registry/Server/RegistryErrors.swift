internal import Logging
internal import Messages
internal import RPC
internal import RegistryRules
internal import Reporting
internal import ReportingMessages
internal import Storage
internal import Wire

extension RPCError {
    /// A status whose message and details name the thing, the place and the remedy.
    static func refusal(
        _ code: StatusCode, _ thing: String, at place: String, remedy: String, findings: [TypeV1.Finding] = []
    ) -> RPCError {
        let detail = TypeV1.ErrorDetail(thing: thing, place: place, remedy: remedy, findings: findings)
        return RPCError(
            code, "\(thing): \(place): \(remedy)", details: (try? detail.encodedBytes()) ?? [])
    }

    /// `doing` says what was asked, e.g. "campaign 'henan-2019-open-day'".
    init(_ refusal: RegistryRefusal, doing what: String, by caller: CallerIdentity) {
        switch refusal {
        case .denied(let remedy):
            self = .refusal(.permissionDenied, "caller '\(caller.uri)' may not do this", at: what, remedy: remedy)
        case .problems(let problems):
            self.init(problems, doing: what)
        case .campaignExists(let code):
            self = .refusal(
                .alreadyExists, "another campaign is published under '\(code)'", at: what,
                remedy: "a published campaign is not changed by publishing again: take another code")
        case .organisationDiffers(let registered, let offered):
            self = .refusal(
                .alreadyExists, "organisation '\(offered.code)' is registered with other data", at: what,
                remedy: "registered is \(registered.text), offered \(offered.text): send it as it is registered")
        case .unknownOrganisation(let code):
            self = .refusal(
                .notFound, "no organisation '\(code)' is registered", at: what,
                remedy: "register it first, or publish a campaign that brings it along")
        }
    }

    /// INVALID_ARGUMENT with every problem as a finding.
    init(_ problems: [DefinitionProblem], doing what: String) {
        let findings = problems.map { problem in
            TypeV1.Finding(
                pointer: problem.pointer, rule: "definition", severity: .blocking, message: problem.message)
        }
        self = .refusal(
            .invalidArgument, "\(problems.count) error\(problems.count == 1 ? "" : "s")", at: what,
            remedy: "correct what the findings name, first: \(problems.first?.description ?? "")", findings: findings)
    }

    /// What a store's failure looks like from outside. Its own words go to the log.
    init(_ error: any Error, doing what: String, by caller: CallerIdentity, _ logger: Logger) {
        switch error {
        case let error as RPCError:
            self = error
        case let refusal as RegistryRefusal:
            self.init(refusal, doing: what, by: caller)
        case let error as TranslationError:
            self.init(error.problems, doing: what)
        case let error as StorageError where error.code == .overloaded:
            self = .refusal(
                .resourceExhausted, "the registry has too many writes waiting", at: what,
                remedy: "try again in a second")
        case let error as StorageError where error.code == .closed:
            self = .refusal(.unavailable, "the registry is stopping", at: what, remedy: "try again")
        case let error as StorageError:
            logger.error("storage failed", metadata: ["what": "\(what)", "error": "\(error)"])
            self = .refusal(
                .unavailable, "the registry's store failed", at: what, remedy: "the registry's log says why")
        // The caller gave up, or its deadline passed: nothing failed.
        case is CancellationError:
            self.init(wrapping: error)
        default:
            logger.error("failed", metadata: ["what": "\(what)", "error": "\(error)"])
            self.init(wrapping: error)
        }
    }
}

extension Organisation {
    /// For the message that compares two.
    fileprivate var text: String {
        "\(name), \(kind), division '\(divisionCode)', "
            + (reportsTo.map { "reports to '\($0)'" } ?? "reports to nobody")
    }
}

extension RegistryCaller {
    init(_ identity: CallerIdentity) {
        switch identity.subject {
        case .service(let name): self = .service(name: name)
        case .organisation(let code, let role): self = .organisation(code: code, role: role)
        }
    }
}
