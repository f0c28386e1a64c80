/// What a linear rule says about a report's figures.
public enum RuleOutcome: Sendable, Hashable {
    case satisfied
    case violated(left: RuleSum, right: RuleSum)
    /// A figure is missing or not applicable: the rule says nothing.
    case unevaluable
}

/// An exact sum of a rule's side, in units of 10^-9 of the fields' unit.
public struct RuleSum: Sendable, Hashable, CustomStringConvertible {
    public let billionths: Int128

    /// As few digits after the point as the sum needs.
    public var description: String {
        let magnitude = billionths.magnitude
        var fraction = String(magnitude % 1_000_000_000)
        fraction = String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let whole = "\(billionths < 0 ? "-" : "")\(magnitude / 1_000_000_000)"
        return fraction.isEmpty ? whole : "\(whole).\(fraction)"
    }
}

extension LinearRule {
    /// A rule has at most so many terms a side and factors at most so large: then no sum of 64-bit figures overflows the
    /// 128 bits it is made in (2 x 200 x 10^6 x 2^63 x 10^9 is less than 2^126).
    public static let maximumTerms = 200
    public static let maximumFactor: Int64 = 1_000_000
}

/// A rule made ready for a form: instead of names it has the places of their fields among the form's.
struct PlacedRule: Sendable {
    let rule: LinearRule
    private let left: [Term]
    private let right: [Term]
    /// Twice what rounding explains, so that half a unit stays a whole number.
    private let doubledSlack: Int128

    private struct Term: Sendable {
        let place: Int
        let factor: Int64
    }

    /// `nil` for a rule that names a field which is not there: it never has a figure.
    init?(_ rule: LinearRule, _ fields: FormChecker.FieldSet) {
        func placed(_ terms: [LinearRule.Term]) -> [Term]? {
            let placed = terms.compactMap { term in
                fields.places[term.field].map { Term(place: $0, factor: term.factor) }
            }
            return placed.count == terms.count ? placed : nil
        }
        guard let left = placed(rule.left), let right = placed(rule.right) else { return nil }
        self.rule = rule
        self.left = left
        self.right = right
        var factors: [Int: Int64] = [:]
        for term in left { factors[term.place, default: 0] += term.factor }
        for term in right { factors[term.place, default: 0] -= term.factor }
        doubledSlack = factors.reduce(0) { slack, factor in
            let precision = fields.fields[factor.key].definition.precision
            return slack + Int128(factor.value.magnitude) * (precision?.billionths ?? 0)
        }
    }

    /// Applies the rule to a form's figures, which stand at their fields' places.
    ///
    /// A figure that is rounded to a precision p stands for any value within p/2 of it. The rule is violated only if no
    /// such values satisfy it; a field on both sides counts with the difference of its factors, as it is one value.
    func outcome(_ figures: [Decimal?]) -> RuleOutcome {
        guard let leftSum = sum(of: left, figures), let rightSum = sum(of: right, figures) else { return .unevaluable }
        let difference = leftSum - rightSum
        let fits =
            switch rule.comparison {
            case .equal: Int128(difference.magnitude) * 2 <= doubledSlack
            case .atMost: difference * 2 <= doubledSlack
            case .atLeast: -difference * 2 <= doubledSlack
            }
        if fits { return .satisfied }
        return .violated(left: RuleSum(billionths: leftSum), right: RuleSum(billionths: rightSum))
    }

    private func sum(of terms: [Term], _ figures: [Decimal?]) -> Int128? {
        var sum: Int128 = 0
        for term in terms {
            guard let value = figures[term.place] else { return nil }
            sum += value.billionths * Int128(term.factor)
        }
        return sum
    }
}
