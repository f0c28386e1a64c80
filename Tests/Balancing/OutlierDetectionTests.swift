import Balancing
import Testing
import Wire

@Suite("Ejecting endpoints that fail")
struct OutlierDetectionTests {
    private var detection: OutlierDetection
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    init() {
        detection = Self.detection(endpoints: 2)
    }

    private static func detection(endpoints: Int, maximumPercent: Int = 50) -> OutlierDetection {
        var detection = OutlierDetection(settings: EjectionSettings(maximumPercent: maximumPercent))
        for id in 0..<endpoints { detection.add(id) }
        return detection
    }

    private func after(seconds: UInt64) -> MonotonicInstant {
        start.advanced(byMicroseconds: seconds * 1_000_000)
    }

    private mutating func eject(_ id: Int, at now: MonotonicInstant) {
        for _ in 0..<4 { #expect(detection.failed(id, .call, at: now) == .unchanged) }
        #expect(detection.failed(id, .call, at: now) == .ejected)
    }

    @Test("five failures in a row eject; a success between them begins anew")
    mutating func consecutive() {
        for _ in 0..<4 { #expect(detection.failed(0, .call, at: start) == .unchanged) }
        #expect(detection.awaitsSuccess(0))
        #expect(detection.succeeded(0, at: start) == .unchanged)
        #expect(!detection.awaitsSuccess(0))
        eject(0, at: start)
        #expect(!detection.isAdmitted(0))
        #expect(detection.isAdmitted(1))
    }

    @Test("after 30 s one call is the probe: it brings the endpoint back, or keeps it out twice as long")
    mutating func probe() {
        eject(0, at: start)
        #expect(detection.nextExpiry == after(seconds: 30))
        #expect(detection.ejectedUntil(0) == after(seconds: 30) && detection.ejectedUntil(1) == nil)
        #expect(detection.expire(at: after(seconds: 29)) == [])
        #expect(detection.expire(at: after(seconds: 30)) == [0])
        #expect(detection.ejectedUntil(0) == nil && !detection.isAdmitted(0))
        detection.probeSent(0, at: after(seconds: 30))
        #expect(!detection.isAdmitted(0))
        #expect(detection.failed(0, .call, at: after(seconds: 31)) == .ejected)
        #expect(detection.nextExpiry == after(seconds: 91))
        #expect(detection.expire(at: after(seconds: 91)) == [0])
        detection.probeSent(0, at: after(seconds: 91))
        #expect(detection.succeeded(0, at: after(seconds: 92)) == .admitted)
        #expect(detection.isAdmitted(0))
        #expect(detection.nextExpiry == nil)
    }

    @Test("a probe that tells nothing, or never ends, is followed by another")
    mutating func voidProbe() {
        eject(0, at: start)
        _ = detection.expire(at: after(seconds: 30))
        detection.probeSent(0, at: after(seconds: 30))
        #expect(detection.endedWithoutVerdict(0) == .probeAgain)
        #expect(detection.endedWithoutVerdict(0) == .unchanged)
        detection.probeSent(0, at: after(seconds: 31))
        #expect(detection.expire(at: after(seconds: 61)) == [0])
    }

    @Test("the n-th ejection in a row lasts 30 s x n, up to 300 s; time without one shortens the next")
    mutating func growth() {
        var now = start
        eject(0, at: now)
        var lasted: [UInt64] = [(detection.nextExpiry ?? now).microseconds(since: now) / 1_000_000]
        for _ in 0..<11 {
            now = detection.nextExpiry ?? now
            _ = detection.expire(at: now)
            detection.probeSent(0, at: now)
            #expect(detection.failed(0, .call, at: now) == .ejected)
            lasted.append((detection.nextExpiry ?? now).microseconds(since: now) / 1_000_000)
        }
        #expect(lasted == [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300])
        now = detection.nextExpiry ?? now
        _ = detection.expire(at: now)
        #expect(detection.succeeded(0, at: now) == .admitted)
        now = now.advanced(byMicroseconds: 300_000_000)
        eject(0, at: now)
        #expect(detection.nextExpiry == now.advanced(byMicroseconds: 90_000_000))
    }

    @Test(
        "never the last endpoint, and never more than the percentage, but one of several if any",
        arguments: [
            (1, 50, 0), (1, 100, 0), (2, 50, 1), (3, 50, 1), (4, 50, 2), (5, 50, 2), (2, 100, 1), (3, 100, 2),
            (10, 50, 5),
            (2, 10, 1), (3, 10, 1), (9, 33, 2), (10, 29, 2), (100, 1, 1), (2, 0, 0), (10, 0, 0),
        ])
    mutating func neverAll(endpoints: Int, percent: Int, ejected: Int) {
        detection = Self.detection(endpoints: endpoints, maximumPercent: percent)
        for id in 0..<endpoints {
            for _ in 0..<10 { _ = detection.failed(id, .connection, at: start) }
        }
        #expect(detection.ejectedCount == ejected)
    }

    @Test("an endpoint that is no more is forgotten, and leaves its place among the ejected")
    mutating func removal() {
        eject(0, at: start)
        detection.remove(0)
        #expect(detection.ejectedCount == 0)
        #expect(detection.nextExpiry == nil)
        #expect(detection.failed(0, .call, at: start) == .unchanged)
    }
}
