/// What the same callers saw while nothing else happened and while something did, in rounds that take turns.
///
/// One p99 says little: the same measurement of the same build, twice in a row, differs by more than what is looked for.
/// So a quiet and a loaded round stand beside each other, each time in the other order, and what counts is the median of
/// the ratios of such pairs. Beside it stand their quartiles, and how far quiet rounds differ among themselves: a ratio
/// within that is none.
struct InterleavedRounds {
    /// p99 of each round, in microseconds; those of one place belong together.
    private(set) var quiet: [Double] = []
    private(set) var loaded: [Double] = []
    private(set) var calls = 0
    /// Calls that failed, and those that were not begun since too many were open.
    private(set) var failures = 0
    private(set) var reasons: Set<String> = []

    static func measure(
        rounds: Int, quiet measureQuiet: () async -> PacedRun, loaded measureLoaded: () async -> PacedRun
    ) async -> InterleavedRounds {
        var result = InterleavedRounds()
        for round in 0..<rounds {
            if round.isMultiple(of: 2) {
                result.quiet.append(result.add(await measureQuiet()))
                result.loaded.append(result.add(await measureLoaded()))
            } else {
                result.loaded.append(result.add(await measureLoaded()))
                result.quiet.append(result.add(await measureQuiet()))
            }
        }
        return result
    }

    private mutating func add(_ run: PacedRun) -> Double {
        calls += run.latencies.count
        failures += run.failures + run.skipped
        reasons.formUnion(run.reasons)
        return max(1, run.p99Microseconds)
    }

    var ratios: [Double] { zip(loaded, quiet).map { $0 / $1 } }

    /// Pairs of `name value`, each name with `prefix` before it. A spread is the upper quartile over the lower one.
    func summary(_ prefix: String = "") -> String {
        let figures: [(String, Double)] = [
            ("quiet_p99_us", quiet.quantile(0.5)), ("loaded_p99_us", loaded.quantile(0.5)),
            ("p99_ratio", ratios.quantile(0.5)), ("p99_ratio_low", ratios.quantile(0.25)),
            ("p99_ratio_high", ratios.quantile(0.75)),
            ("quiet_spread", quiet.quantile(0.75) / quiet.quantile(0.25)),
        ]
        return figures.map { "\(prefix)\($0) \($1)" }.joined(separator: " ")
            + " \(prefix)rounds \(quiet.count) \(prefix)calls \(calls) \(prefix)failures \(failures)"
    }
}

extension [Double] {
    /// The value below which `fraction` of them lie; 0 of none.
    fileprivate func quantile(_ fraction: Double) -> Double {
        isEmpty ? 0 : sorted()[Int((Double(count - 1) * fraction).rounded())]
    }
}
