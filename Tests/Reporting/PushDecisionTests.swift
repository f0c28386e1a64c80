import Journal
import Reporting
import Testing

@Suite("What becomes of a push")
struct PushDecisionTests {
    private let first = JournalHash(repeatElement(1, count: 32))!
    private let second = JournalHash(repeatElement(2, count: 32))!
    private let deadline = Deadline(of: Sample.form)

    private func decide(
        _ digest: JournalHash, base: UInt64 = 0, formVersion: UInt32 = 1, earlier: PushDecision.Earlier? = nil,
        current: PushDecision.Current? = nil, at instant: Int64, extendedUntil: Int64? = nil
    ) -> PushDecision {
        PushDecision.decide(
            .init(formVersion: formVersion, digest: digest, baseVersion: base), earlier: earlier, current: current,
            formVersion: 1, deadline: Deadline(of: Sample.form, extendedUntilUnixMicroseconds: extendedUntil),
            sealedAtUnixMicroseconds: instant)
    }

    @Test("the deadline's midnight: the last millisecond is on time, the next is late")
    func midnight() {
        let due = deadline.dueUnixMicroseconds
        #expect(ShanghaiTime(unixMicroseconds: due - 1000)?.description == "2019-10-10 23:59:59.999")
        #expect(decide(first, at: due - 1000) == .accept(version: 1, timeliness: .onTime, correctedLate: false))
        #expect(decide(first, at: due) == .accept(version: 1, timeliness: .late, correctedLate: false))
    }

    @Test("from the lock instant on nothing is accepted, and the reason carries the digest")
    func locked() {
        let lock = deadline.lockUnixMicroseconds
        #expect(decide(first, at: lock - 1) == .accept(version: 1, timeliness: .late, correctedLate: false))
        #expect(decide(first, at: lock) == .refuse(.locked(sinceUnixMicroseconds: lock, digest: first)))
    }

    @Test("with an extension a new version is taken after the lock, and the first mark stays")
    func extended() {
        let lock = deadline.lockUnixMicroseconds
        let current = PushDecision.Current(version: 3, timeliness: .late, correctedLate: false)
        #expect(
            decide(second, base: 3, current: current, at: lock, extendedUntil: lock + 10)
                == .accept(version: 4, timeliness: .late, correctedLate: false))
        #expect(
            decide(first, at: lock, extendedUntil: lock + 10)
                == .accept(version: 1, timeliness: .onTimeByExtension, correctedLate: false))
        #expect(
            decide(first, at: lock + 10, extendedUntil: lock + 10)
                == .refuse(.locked(sinceUnixMicroseconds: lock, digest: first)))
    }

    @Test("a correction after due keeps the first mark and adds 'corrected late', which later ones keep")
    func correctedLate() {
        let due = deadline.dueUnixMicroseconds
        let onTime = PushDecision.Current(version: 1, timeliness: .onTime, correctedLate: false)
        #expect(
            decide(second, base: 1, current: onTime, at: due - 1)
                == .accept(version: 2, timeliness: .onTime, correctedLate: false))
        #expect(
            decide(second, base: 1, current: onTime, at: due)
                == .accept(version: 2, timeliness: .onTime, correctedLate: true))
        let corrected = PushDecision.Current(version: 2, timeliness: .onTime, correctedLate: true)
        #expect(
            decide(first, base: 2, current: corrected, at: due - 1)
                == .accept(version: 3, timeliness: .onTime, correctedLate: true))
    }

    @Test("the same key with the same content gets its first receipt, even after the lock and a later version")
    func repeated() {
        let current = PushDecision.Current(version: 5, timeliness: .onTime, correctedLate: false)
        #expect(
            decide(
                first, earlier: .init(digest: first, version: 1), current: current,
                at: deadline.lockUnixMicroseconds) == .repeated(version: 1))
    }

    @Test("the same key with other content is refused with both digests")
    func keyReused() {
        #expect(
            decide(second, earlier: .init(digest: first, version: 1), at: 0)
                == .refuse(.keyReused(first: first, now: second)))
    }

    @Test("v3 then v2: a stale base is refused with the current version named")
    func staleBase() {
        let current = PushDecision.Current(version: 3, timeliness: .onTime, correctedLate: false)
        #expect(decide(second, base: 1, current: current, at: 0) == .refuse(.staleBase(named: 1, current: 3)))
        #expect(decide(second, base: 7, at: 0) == .refuse(.staleBase(named: 7, current: 0)))
    }

    @Test("another version of the form is refused")
    func formVersion() {
        #expect(decide(first, formVersion: 2, at: 0) == .refuse(.wrongFormVersion(named: 2, inForce: 1)))
    }

    @Test(
        "idempotency keys",
        arguments: [
            ("12345678", true), ("1234567", false), ("with space", false), (" leading", false),
            ("trailing ", false), ("tab\there", false), ("rub\u{7f}out", false), ("!!!~~~!!!", true), ("中文中文中文", false),
            (String(repeating: "k", count: 64), true), (String(repeating: "k", count: 65), false),
        ])
    func keys(text: String, isValid: Bool) {
        #expect((IdempotencyKey(text) != nil) == isValid)
    }
}
