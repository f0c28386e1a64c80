package import Wire

/// How long tests wait for what is no question of time in them: a connection, a handshake, HELLO, an answer, a process
/// that starts or stops. One figure for all, so long that only a hang reaches it: on a slow machine, beside whatever else
/// computes there. What a test does measure it measures by a clock that it moves itself, or by the order of events.
package enum Patience {
    package static let seconds: Int64 = 300
    package static let limit: Duration = .seconds(seconds)

    /// Somebody waited in vain.
    package struct Exhausted: Error, CustomStringConvertible {
        package let what: String
        package var description: String { "never: \(what)" }
    }

    /// Returns once `condition` holds, which no answer promises: it is asked again and again, and others run meanwhile.
    package static func until(
        _ what: @autoclosure () -> String, isolation: isolated (any Actor)? = #isolation,
        _ condition: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < end else { throw Exhausted(what: what()) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

extension ConnectionRules {
    /// The usual rules, with time for every peer: for a test that is about none of their times.
    package static var patient: ConnectionRules {
        var rules = ConnectionRules()
        rules.times.helloTimeoutSeconds = UInt32(Patience.seconds)
        rules.times.silenceSeconds = UInt32(Patience.seconds)
        rules.times.keepaliveTimeoutSeconds = UInt32(Patience.seconds)
        rules.times.stallTimeoutSeconds = UInt32(Patience.seconds)
        return rules
    }
}
