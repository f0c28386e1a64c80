import Testing
import Wire

@testable import ServiceKit
@testable import Telemetry

@Suite("Room on a store's disk")
struct DiskRuleTests {
    private static let mebibyte: UInt64 = 1 << 20

    @Test("holds the store below the reserve, and lets it go a fourth above")
    func reserve() throws {
        var rule = DiskRule(reserveBytes: 64 * Self.mebibyte)
        func isHeld(_ mebibytes: UInt64) -> Bool {
            rule.looked(DiskRoom(freeBytes: mebibytes * Self.mebibyte)) != nil
        }
        #expect([64, 63, 64, 79, 80, 64, 0].map(isHeld) == [false, true, true, true, false, false, true])
    }

    @Test("names what is kept, and what to do")
    func sentence() throws {
        var rule = DiskRule(reserveBytes: 64 * Self.mebibyte)
        let held = rule.looked(DiskRoom(freeBytes: 12 * Self.mebibyte))
        let reason = try #require(held)
        #expect(reason.contains("less than 64 MiB left") && reason.hasSuffix("make room"))
    }

    @Test("a disk that can only be read holds it whatever is free, and a reserve of nothing does not")
    func readOnly() {
        var rule = DiskRule(reserveBytes: 0)
        let reasons = [
            rule.looked(DiskRoom(freeBytes: 0)), rule.looked(DiskRoom(freeBytes: .max, isReadOnly: true)),
            rule.looked(DiskRoom(freeBytes: .max)),
        ]
        #expect(reasons[0] == nil && reasons[1]?.contains("only be read") == true && reasons[2] == nil)
    }

    @Test("is looked up of a real file system, and not of a place that is not there")
    func real() throws {
        let room = try #require(DiskRoom(ofFileAt: "/"))
        #expect(room.freeBytes > 0 && !room.isReadOnly)
        #expect(DiskRoom(ofFileAt: "/no/such/place") == nil)
    }
}

@Suite("Services without an endpoint")
struct MissingServicesTests {
    private static func at(_ seconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: (100 + seconds) * 1_000_000_000)
    }

    private static func snapshots(
        _ endpoints: (name: String, service: String, state: EndpointState)...
    ) -> [String: EndpointSnapshot] {
        var sum: [String: EndpointSnapshot] = [:]
        for endpoint in endpoints {
            sum += [
                endpoint.name: EndpointSnapshot(
                    EndpointReport(name: endpoint.name, state: endpoint.state), service: endpoint.service)
            ]
        }
        return sum
    }

    private var missing = MissingServices()

    @Test("are said after ten seconds, with what is thought of their endpoints, until one serves")
    mutating func grace() {
        let lost = Self.snapshots(("a:1", "x.X", .connecting), ("b:1", "x.X", .ejected), ("c:1", "y.Y", .serving))
        missing.looked(lost, at: Self.at(0))
        missing.looked(lost, at: Self.at(9))
        #expect(missing.reason(at: Self.at(9)) == nil)
        #expect(
            missing.reason(at: Self.at(10)) == "x.X has no endpoint that serves: a:1 connecting, b:1 ejected")
        missing.looked(Self.snapshots(("a:1", "x.X", .serving), ("b:1", "x.X", .ejected)), at: Self.at(11))
        #expect(missing.reason(at: Self.at(30)) == nil)
        missing.looked(lost, at: Self.at(40))
        #expect(missing.reason(at: Self.at(49)) == nil)
        #expect(missing.reason(at: Self.at(50)) != nil)
    }

    @Test("do not count while nobody has asked for them, or while any event loop has a connection")
    mutating func usable() {
        missing.looked(
            Self.snapshots(("a:1", "x.X", .idle), ("b:1", "y.Y", .connecting), ("b:1", "y.Y", .serving)), at: Self.at(0)
        )
        #expect(missing.reason(at: Self.at(60)) == nil)
    }

    @Test("are named with three endpoints and the number of the others")
    mutating func many() {
        missing.looked(
            Self.snapshots(
                ("a:1", "x.X", .silent), ("b:1", "x.X", .silent), ("c:1", "x.X", .silent), ("d:1", "x.X", .silent),
                ("e:1", "x.X", .silent)), at: Self.at(0))
        #expect(missing.reason(at: Self.at(60))?.hasSuffix("c:1 silent and 2 more") == true)
    }
}
