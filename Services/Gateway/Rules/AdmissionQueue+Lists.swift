internal import Wire

// The lists of an admission queue: entries that are used again, flows in a ring for each class.

extension AdmissionQueue {
    func ticket(_ index: Int) -> Ticket { Ticket(index: index, generation: entries[index].generation) }

    mutating func newEntry(_ trafficClass: TrafficClass, _ caller: UInt) -> Int {
        let index = freeEntries.popLast() ?? entries.count
        if index == entries.count { entries.append(Entry()) }
        entries[index].trafficClass = trafficClass
        entries[index].holder = holders.holder(caller)
        return index
    }

    /// The call is gone: its ticket means nothing from now on.
    mutating func free(_ index: Int) {
        entries[index].standing = .gone
        entries[index].generation &+= 1
        freeEntries.append(index)
    }

    mutating func append(
        _ trafficClass: TrafficClass, _ caller: UInt, _ deadline: MonotonicInstant?, _ now: MonotonicInstant
    ) -> Ticket {
        let flow = flow(trafficClass, caller, now)
        let index = newEntry(trafficClass, caller)
        holders.waits(entries[index].holder)
        entries[index].standing = .waiting
        entries[index].flow = flow
        entries[index].deadline = deadline
        entries[index].since = now
        entries[index].older = flows[flow].newest
        entries[index].newer = -1
        if flows[flow].newest >= 0 {
            entries[flows[flow].newest].newer = index
        } else {
            flows[flow].oldest = index
        }
        flows[flow].newest = index
        flows[flow].count += 1
        lanes[Int(trafficClass.rawValue)].waiting += 1
        waitingCalls += 1
        return ticket(index)
    }

    /// The flow of an identity in a class. A new one has its turn after all others.
    private mutating func flow(_ trafficClass: TrafficClass, _ caller: UInt, _ now: MonotonicInstant) -> Int {
        let lane = Int(trafficClass.rawValue)
        if let flow = lanes[lane].flows[caller] { return flow }
        let index = freeFlows.popLast() ?? flows.count
        if index == flows.count { flows.append(Flow()) }
        lanes[lane].flows[caller] = index
        let turn = lanes[lane].turn
        let previous = turn < 0 ? index : flows[turn].previous
        flows[index] = Flow(
            caller: caller, trafficClass: trafficClass, busySince: now, previous: previous,
            next: turn < 0 ? index : turn)
        if turn < 0 {
            lanes[lane].turn = index
        } else {
            flows[previous].next = index
            flows[turn].previous = index
        }
        return index
    }

    /// A call waits no longer; it is gone, or in flight, next.
    mutating func leaveFlow(_ index: Int) {
        let entry = entries[index]
        let flow = entry.flow
        holders.waitsNoLonger(entry.holder)
        if entry.older >= 0 { entries[entry.older].newer = entry.newer } else { flows[flow].oldest = entry.newer }
        if entry.newer >= 0 { entries[entry.newer].older = entry.older } else { flows[flow].newest = entry.older }
        flows[flow].count -= 1
        waitingCalls -= 1
        let lane = Int(entry.trafficClass.rawValue)
        lanes[lane].waiting -= 1
        guard flows[flow].count == 0 else { return }
        lanes[lane].flows[flows[flow].caller] = nil
        let previous = flows[flow].previous, next = flows[flow].next
        flows[previous].next = next
        flows[next].previous = previous
        if lanes[lane].turn == flow { lanes[lane].turn = next == flow ? -1 : next }
        freeFlows.append(flow)
    }
}
