import Foundation
import NIOCore
import Testing
import Transport
import Wire

@testable import ServiceKit

@Suite("Limits from the configuration")
struct TransportSettingsTests {
    private func load(_ flags: [String: String]) async throws -> ServiceConfiguration {
        try await ServiceConfiguration.load(
            flags: flags, environment: [:], file: nil, keys: ConfigurationKey.common)
    }

    @Test("every limit sets one thing of its own, and has a default that its range allows")
    func everyLimit() async throws {
        let defaults = try await load([:]).transportLimits()
        #expect(defaults == TransportLimit.Values())
        for limit in TransportLimit.all {
            let name = limit.key.name
            let low = try await load([name: "\(limit.range.lowerBound)"]).transportLimits()
            let high = try await load([name: "\(limit.range.upperBound)"]).transportLimits()
            #expect(low != high, "\(name) sets nothing")
            for other in TransportLimit.all where other.key != limit.key {
                var both = low
                other.set(&both, other.range.lowerBound)
                var swapped = try await load([:]).transportLimits()
                other.set(&swapped, other.range.lowerBound)
                limit.set(&swapped, limit.range.lowerBound)
                #expect(both == swapped, "\(name) and \(other.key.name) set the same thing")
            }
        }
    }

    @Test("a number outside of its range is refused, and the answer names key and range")
    func outOfRange() async throws {
        for (name, text) in [("limits.frameBytes", "16383"), ("limits.handshakes", "0"), ("limits.ageSeconds", "x")] {
            let configuration = try await load([name: text])
            do {
                _ = try configuration.transportLimits()
                Issue.record("\(name)=\(text) was taken")
            } catch let error as StartError {
                #expect(error.message.contains(name))
                #expect(error.message.contains("a whole number from"))
            }
        }
    }

    @Test("draining takes ten seconds and one, unless told otherwise, and the second never more than the first")
    func drain() async throws {
        #expect(try await load([:]).drainTimes() == DrainTimes(total: .seconds(10), openEnded: .seconds(1)))
        #expect(
            try await load(["drain.seconds": "0"]).drainTimes() == DrainTimes(total: .zero, openEnded: .zero))
        #expect(
            try await load(["drain.seconds": "30", "drain.openEndedSeconds": "7"]).drainTimes()
                == DrainTimes(total: .seconds(30), openEnded: .seconds(7)))
        let wrong = try await load(["drain.seconds": "3", "drain.openEndedSeconds": "4"])
        #expect(throws: StartError.self) { try wrong.drainTimes() }
    }

    @Test("every limit stands in WIRE.md")
    func documented() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Proto/WIRE.md")
        let document = try String(contentsOf: path, encoding: .utf8)
        for limit in TransportLimit.all {
            let name = limit.key.name.dropFirst("limits.".count)
            #expect(document.contains("`\(name)`"), "limits.\(name) is not in WIRE.md")
        }
    }
}
