internal import Glibc
internal import Reporting
public import Storage
internal import Synchronization

/// Watches the machine's clock for a process, as ``ClockRule`` says: whoever seals anything asks here for the instant.
public final class ClockWatch: Sendable {
    private let rule: Mutex<ClockRule>
    private let read: @Sendable () -> ClockReading
    let toleranceMicroseconds: Int64
    /// Until when nothing is sealed before somebody else has said what time it is; the machine's running time.
    private let waitsUntil = Atomic<Int64>(0)

    /// - Parameter read: the clocks.
    public init(
        toleranceMicroseconds: Int64 = 5_000_000, read: @escaping @Sendable () -> ClockReading = ClockWatch.machine
    ) {
        self.toleranceMicroseconds = toleranceMicroseconds
        self.read = read
        rule = Mutex(ClockRule(read(), toleranceMicroseconds: toleranceMicroseconds))
    }

    /// The machine's clocks, as they were at one moment.
    public static let machine: @Sendable () -> ClockReading = {
        // A thread that is stopped between the two would see a jump.
        for _ in 0..<10 {
            let before = microseconds(CLOCK_BOOTTIME)
            let wall = microseconds(CLOCK_REALTIME)
            let after = microseconds(CLOCK_BOOTTIME)
            if after - before < 10_000 { return ClockReading(wall: wall, uptime: after) }
        }
        return ClockReading(wall: microseconds(CLOCK_REALTIME), uptime: microseconds(CLOCK_BOOTTIME))
    }

    private static func microseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// What the clocks show, and what is wrong with that.
    public func look() -> (reading: ClockReading, fault: ClockRule.Fault?) {
        rule.withLock { rule in
            let reading = read()
            return (reading, rule.judge(reading))
        }
    }

    /// What time it is, as far as is known here, for others: microseconds since 1970.
    func believedNow() -> Int64 {
        rule.withLock { rule in
            let reading = read()
            rule.judge(reading)
            return rule.believedUnixMicroseconds(reading)
        }
    }

    /// By how much the clock is ahead of the middle one of the others; `nil` when nobody has said anything lately.
    func aheadOfOthersMicroseconds() -> Int64? {
        rule.withLock { $0.aheadOfOthersMicroseconds(read()) }
    }

    /// Somebody who calls has said what time it is.
    func heard(_ name: String, unixMicroseconds: Int64) {
        rule.withLock {
            $0.heard(name, unixMicroseconds: unixMicroseconds, doubtMicroseconds: 0, at: read())
        }
    }

    /// Asks somebody what time it is; nothing is heard of who does not know.
    func ask(_ name: String, _ question: () async throws -> Int64?) async rethrows {
        let asked = read().uptime
        guard let answer = try await question() else { return }
        rule.withLock { rule in
            let reading = read()
            let doubt = (reading.uptime - asked) / 2
            rule.heard(name, unixMicroseconds: answer &+ doubt, doubtMicroseconds: doubt, at: reading)
        }
        waitsUntil.store(0, ordering: .relaxed)
    }

    /// From now on, for so long at most, nothing is sealed before somebody has answered ``ask(_:_:)``: a program that was just
    /// started has nothing else to hold its clock against.
    func waitForWord(microseconds: Int64) {
        waitsUntil.store(read().uptime + microseconds, ordering: .relaxed)
    }

    /// The instant that a group commit is sealed with, microseconds since 1970. Throws `.held` when the clock cannot be
    /// believed. Blocks for as long as ``waitForWord(microseconds:)`` says.
    public func sealingInstant() throws(StorageError) -> Int64 {
        while read().uptime < waitsUntil.load(ordering: .relaxed) { usleep(2_000) }
        let (reading, fault) = look()
        if let fault { throw StorageError(.held, fault.description) }
        return reading.wall
    }
}

extension ClockRule.Fault: CustomStringConvertible {
    /// From which instant, by how much, and the remedy.
    public var description: String {
        let difference = ClockWords.difference(aheadMicroseconds)
        let since = ClockWords.instant(sinceUnixMicroseconds)
        return switch cause {
        case .jumped:
            "the machine's clock jumped at \(since), and is \(difference) what it should be: nothing is sealed until it is set "
                + "right again (chronyc makestep), or other machines' clocks confirm it; if the new time is the right one, "
                + "stop all programs of the suite, then start them"
        case .contradicted(let names):
            "the machine's clock is \(difference) that of \(names.joined(separator: ", ")), as was noticed at \(since): "
                + "nothing is sealed until they agree; set the one that is wrong (chronyc makestep)"
        }
    }
}

/// Instants and differences of clocks, for people.
enum ClockWords {
    static func instant(_ unixMicroseconds: Int64) -> String {
        ShanghaiTime(unixMicroseconds: unixMicroseconds).map { "\($0) +08:00" } ?? "\(unixMicroseconds) us since 1970"
    }

    /// "60 d 0 h ahead of": the two greatest units.
    static func difference(_ aheadMicroseconds: Int64) -> String {
        let seconds = Int64((aheadMicroseconds.magnitude + 500_000) / 1_000_000)
        let length =
            switch seconds {
            case 86_400...: "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
            case 3_600...: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
            case 60...: "\(seconds / 60) min \(seconds % 60) s"
            default: "\(seconds) s"
            }
        return length + (aheadMicroseconds < 0 ? " behind" : " ahead of")
    }
}
