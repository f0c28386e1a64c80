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

    /// Applies the rule to a form's figures.
    ///
    /// A figure that is rounded to a precision p stands for any value within p/2 of it. The rule is violated only if no
    /// such values satisfy it; a field on both sides counts with the difference of its factors, as it is one value.
    public func outcome(
        figure: (_ field: String) -> Decimal?, precision: (_ field: String) -> Decimal?
    ) -> RuleOutcome {
        guard let leftSum = sum(of: left, figure), let rightSum = sum(of: right, figure) else { return .unevaluable }
        let difference = leftSum - rightSum
        let fits =
            switch comparison {
            case .equal: difference == 0
            case .atMost: difference <= 0
            case .atLeast: difference >= 0
            }
        if fits { return .satisfied }
        // Twice the slack, so that half a unit stays a whole number.
        let doubledSlack = doubledSlack(precision)
        let fitsWithin =
            switch comparison {
            case .equal: Int128(difference.magnitude) * 2 <= doubledSlack
            case .atMost: difference * 2 <= doubledSlack
            case .atLeast: -difference * 2 <= doubledSlack
            }
        if fitsWithin { return .satisfied }
        return .violated(left: RuleSum(billionths: leftSum), right: RuleSum(billionths: rightSum))
    }

    private func sum(of terms: [Term], _ figure: (String) -> Decimal?) -> Int128? {
        var sum: Int128 = 0
        for term in terms {
            guard let value = figure(term.field) else { return nil }
            sum += value.billionths * Int128(term.factor)
        }
        return sum
    }

    private func doubledSlack(_ precision: (String) -> Decimal?) -> Int128 {
        var factors: [String: Int64] = [:]
        for term in left { factors[term.field, default: 0] += term.factor }
        for term in right { factors[term.field, default: 0] -= term.factor }
        return factors.reduce(0) { slack, factor in
            slack + Int128(factor.value.magnitude) * (precision(factor.key)?.billionths ?? 0)
        }
    }
}
