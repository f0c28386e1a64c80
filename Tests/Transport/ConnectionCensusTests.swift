import TestSupport
import Testing
import Wire

@testable import Transport

@Suite("Connections of a server, counted")
struct ConnectionCensusTests {
    private let configuration = ListenerConfiguration(
        host: "", port: 0, maximumConnections: 4, maximumConnectionsPerIdentity: 2, maximumHandshakes: 2)

    @Test("handshakes are bounded apart from connections, and a finished or broken one makes room")
    func handshakes() {
        var census = ConnectionCensus()
        #expect(census.accept(configuration) == nil)
        #expect(census.accept(configuration) == nil)
        #expect(census.accept(configuration)?.cause == "handshakes")
        #expect(census.establish("a", configuration) == nil)
        #expect(census.accept(configuration) == nil)
        #expect(census.accept(configuration)?.cause == "handshakes")
        census.close(nil)
        #expect(census.accept(configuration) == nil)
        #expect(census.handshakes == 2)
        #expect(census.connections == 3)
    }

    @Test("connections are bounded in all")
    func connections() {
        var census = ConnectionCensus()
        for name in ["a", "b", "c", "d"] {
            #expect(census.accept(configuration) == nil)
            #expect(census.establish(name, configuration) == nil)
        }
        #expect(census.accept(configuration)?.cause == "connections")
        census.close("b")
        #expect(census.accept(configuration) == nil)
    }

    @Test("one identity's connections are bounded, and another's are none of them")
    func identities() {
        var census = ConnectionCensus()
        for _ in 0..<2 {
            #expect(census.accept(configuration) == nil)
            #expect(census.establish("a", configuration) == nil)
        }
        #expect(census.accept(configuration) == nil)
        let error = census.establish("a", configuration)
        #expect(error?.code == .excessiveLoad)
        #expect(error?.cause == "identity_connections")
        census.close("a")
        #expect(census.accept(configuration) == nil)
        #expect(census.establish("b", configuration) == nil)
        census.close("a")
        #expect(census.accept(configuration) == nil)
        #expect(census.establish("a", configuration) == nil)
    }

    @Test("when all are closed nothing is left")
    func empty() {
        var census = ConnectionCensus()
        for index in 0..<100 {
            #expect(census.accept(configuration) == nil)
            if index % 2 == 0 { _ = census.establish("\(index % 3)", configuration) }
            census.close(index % 2 == 0 ? "\(index % 3)" : nil)
        }
        #expect(census == ConnectionCensus())
    }

    @Test("so many lines a second are written, and the next one says how many were not")
    func lines() {
        func second(_ number: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: number * 1_000_000_000) }
        var budget = LineBudget(linesPerSecond: 2)
        #expect(budget.admit(at: second(1)) == 0)
        #expect(budget.admit(at: second(1)) == 0)
        #expect(budget.admit(at: second(1)) == nil)
        #expect(budget.admit(at: second(1)) == nil)
        #expect(budget.admit(at: second(2)) == 2)
        #expect(budget.admit(at: second(2)) == 0)
        #expect(budget.admit(at: second(2)) == nil)
    }
}
