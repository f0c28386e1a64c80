internal import Metrics
internal import SubmissionRules

/// Counts what became of pushes.
enum PushVerdicts {
    private static let accepted = counter("accepted")
    private static let repeated = counter("repeated")
    private static let refused: [Refusal.Reason: Counter] = Dictionary(
        uniqueKeysWithValues: Refusal.Reason.allCases.map { ($0, counter($0.word)) })

    private static func counter(_ verdict: String) -> Counter {
        Counter(label: "submission_verdicts_total", dimensions: [("verdict", verdict)])
    }

    static func count(isRepeated: Bool) { (isRepeated ? repeated : accepted).increment() }

    static func count(_ refusal: Refusal) { refused[refusal.reason]?.increment() }
}

extension Refusal.Reason {
    /// The metric's label.
    fileprivate var word: String {
        switch self {
        case .invalid: "invalid"
        case .unknown: "unknown"
        case .denied: "denied"
        case .keyReused: "key_reused"
        case .precondition: "precondition"
        case .staleBase: "stale_base"
        case .wholeBatch: "whole_batch"
        case .unavailable: "unavailable"
        }
    }
}
