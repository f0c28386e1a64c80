internal import Messages
internal import RPC
internal import RegistryRules
internal import Reporting
internal import ReportingMessages
internal import Serving
internal import Wire

extension RPCError {
    /// `doing` says what was asked, e.g. "campaign 'henan-2019-open-day'".
    init(_ refusal: RegistryRefusal, doing what: String, by caller: CallerIdentity) {
        switch refusal {
        case .denied(let remedy):
            self = .denied(AccessDenial(remedy: remedy), caller, at: what)
        case .problems(let problems):
            self.init(problems, doing: what)
        case .campaignExists(let code):
            self = .refusal(
                .alreadyExists, "another campaign is published under '\(code)'", at: what,
                remedy: "a published campaign is not changed by publishing again: take another code")
        case .organisationDiffers(let registered, let offered):
            self = .refusal(
                .alreadyExists, "organisation '\(offered.code)' is registered with other data", at: what,
                remedy: offered.differences(from: registered).joined(separator: "; ")
                    + ": send it as it is registered; it is not changed by that, nor gets another superior")
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

    /// For what a handler throws beside what ``Serving/ServiceFaults`` knows.
    init(_ error: any Error, doing what: String, by caller: CallerIdentity, _ faults: ServiceFaults) {
        switch error {
        case let refusal as RegistryRefusal: self.init(refusal, doing: what, by: caller)
        case let error as TranslationError: self.init(error.problems, doing: what)
        default: self = faults.status(of: error, doing: what)
        }
    }
}

extension Organisation {
    /// For the message that compares two: each field that is another, with both values.
    fileprivate func differences(from registered: Organisation) -> [String] {
        func difference(_ field: String, _ registered: String, _ offered: String) -> String? {
            registered == offered ? nil : "\(field) is \(registered) there and \(offered) here"
        }
        return [
            difference("name", "'\(registered.name)'", "'\(name)'"),
            difference("kind", "\(registered.kind)", "\(kind)"),
            difference("division_code", "'\(registered.divisionCode)'", "'\(divisionCode)'"),
            difference("reports_to", "'\(registered.reportsTo ?? "")'", "'\(reportsTo ?? "")'"),
        ].compactMap(\.self)
    }
}
