internal import Wire

/// The calls of the class control that are in flight, as a list through the entries: these never wait, so nothing else is
/// there. -1 for none.
struct ControlCalls: Sendable {
    var oldest = -1
    var newest = -1
}

// The class control: health and reflection, which must be answered when nothing else is.

extension AdmissionQueue {
    /// After so long a call of the class control is one that watches, or one that hangs: its caller's next goes before it.
    static let controlPatienceMicroseconds: UInt64 = 2_000_000

    /// A call of the class control has come. It begins at once, or not at all.
    ///
    /// When all of the class's places are taken, the identity that holds most of them gives the one that it took first to
    /// any other that holds fewer. It need not stand idle: whoever opens a thousand watches has just opened them, and a
    /// health check cannot wait until they are old. To itself that identity gives one only after a while, since it would
    /// else end its own calls before they are answered.
    mutating func controlArrived(_ caller: UInt, _ now: MonotonicInstant) -> OnArrival {
        guard inFlight[0] >= available.control else { return .start(startControl(caller, now)) }
        guard let victim = controlVictim(beside: caller, now) else { return .refuse }
        let ended = ticket(victim)
        leavePlace(victim)
        let ticket = startControl(caller, now)
        // Not before: whoever keeps the calls by their tickets' index has not let go of this one.
        free(victim)
        return .startInsteadOf(ticket, ended: ended)
    }

    private mutating func startControl(_ caller: UInt, _ now: MonotonicInstant) -> Ticket {
        let index = newEntry(.control, caller)
        entries[index].older = control.newest
        entries[index].newer = -1
        if control.newest >= 0 { entries[control.newest].newer = index } else { control.oldest = index }
        control.newest = index
        start(index, now)
        return ticket(index)
    }

    /// A call of the class control is in flight no longer.
    mutating func leaveControl(_ index: Int) {
        let entry = entries[index]
        if entry.older >= 0 { entries[entry.older].newer = entry.newer } else { control.oldest = entry.newer }
        if entry.newer >= 0 { entries[entry.newer].older = entry.older } else { control.newest = entry.older }
    }

    /// The call that gives its place; `nil` when it would be one that its own caller has just begun.
    private mutating func controlVictim(beside caller: UInt, _ now: MonotonicInstant) -> Int? {
        let own = holders.holder(caller)
        var most = 0, oldestOfMost = -1, oldestOwn = -1
        var index = control.oldest
        while index >= 0 {
            let holder = entries[index].holder
            let held = holders.all[holder].inFlight[0]
            if held > most { (most, oldestOfMost) = (held, index) }
            if holder == own, oldestOwn < 0 { oldestOwn = index }
            index = entries[index].newer
        }
        if holders.all[own].inFlight[0] < most { return oldestOfMost }
        guard oldestOwn >= 0 else { return nil }
        let isOld = now >= entries[oldestOwn].since.advanced(byMicroseconds: Self.controlPatienceMicroseconds)
        return isOld ? oldestOwn : nil
    }
}
