internal import Balancing
internal import Logging
internal import Metrics
internal import NIOCore
public import TLS
internal import Telemetry
internal import Wire

/// The connections of one loop to the endpoints of one service, and the choice among them for each call: power of two
/// choices on the calls from this loop that await their answer. Confined to the loop.
///
/// Each loop counts its own calls and judges by them: what other loops have in flight is spread in the same way, and to
/// know it exactly would cost every call a shared counter.
public final class ConnectionPool {
    /// What a call that waits is told.
    public typealias Waiter = (Result<ClientConnection, ConnectionUnavailable>) -> Void

    let endpoints: ServiceEndpoints
    let configuration: ConnectionPoolConfiguration
    let tls: any TLSContextProvider
    let loop: ConnectionLoop
    private(set) var isClosed = false
    /// Known endpoints, in no order.
    var members: [EndpointConnections] = []
    /// Those that calls go to now.
    private(set) var eligible: [EndpointConnections] = []
    /// Some of those warm up.
    private var isWarming = false
    /// Endpoints that were ejected, and whose next call is a probe.
    private var probes: [EndpointConnections] = []
    /// Something is to be done before the next choice: a probe, or endpoints that wait until somebody asks.
    private var needsAttention = true
    /// A call has asked since the last attempt to connect.
    var isWanted = false
    private var random = ChoiceRandom(seed: .random(in: 0...UInt64.max))
    private var outliers: OutlierDetection
    private var expiryTimer: Scheduled<Void>?
    private var waiters = CircularBuffer<(id: UInt64, until: MonotonicInstant, waiter: Waiter)>()
    private var nextWaiterID: UInt64 = 0
    /// Looks for calls whose patience has ended.
    private var patienceTimer: Scheduled<Void>?
    private var nextMemberID = 0
    private var states: EndpointMetrics.States
    private var callLines = LineBudget(linesPerSecond: 5)
    /// Hears when calls go to other connections than before, and ``room`` may be another. On the loop.
    public var onChange: (() -> Void)?

    /// On the loop.
    public init(_ endpoints: ServiceEndpoints, tls: any TLSContextProvider, loop: ConnectionLoop) {
        self.endpoints = endpoints
        configuration = endpoints.configuration
        self.tls = tls
        self.loop = loop
        outliers = OutlierDetection(settings: configuration.ejection)
        states = EndpointMetrics.States(service: configuration.service)
        update(endpoints.subscribe(self, on: loop.eventLoop))
    }

    // MARK: Choosing

    /// A connection that takes a call now. Starts connecting what was left until somebody asks.
    public func readyConnection() -> ClientConnection? {
        isWanted = true
        if needsAttention, let probe = attend() { return probe }
        guard eligible.count > 1 else { return eligible.first?.freeConnection ?? searched(avoiding: nil) }
        let bits = random.next()
        let (first, second) = PowerOfTwoChoices.draw(among: eligible.count, random: bits)
        let chosen = choice(eligible[first], eligible[second], bits)
        return chosen.freeConnection ?? searched(avoiding: nil)
    }

    private func choice(
        _ first: EndpointConnections, _ second: EndpointConnections, _ bits: UInt64
    ) -> EndpointConnections {
        var firstDeclines = false
        var secondDeclines = false
        if isWarming {
            let now = MonotonicInstant.now
            firstDeclines = first.slowStart?.declines(at: now, random: UInt8(truncatingIfNeeded: bits)) ?? false
            secondDeclines = second.slowStart?.declines(at: now, random: UInt8(truncatingIfNeeded: bits >> 8)) ?? false
        }
        let prefersFirst = PowerOfTwoChoices.prefersFirst(
            firstLoad: first.load, secondLoad: second.load, firstDeclines: firstDeclines, secondDeclines: secondDeclines
        )
        return prefersFirst ? first : second
    }

    /// A connection to another endpoint than this connection's, which did not take the call.
    public func readyConnection(otherThan refused: ClientConnection) -> ClientConnection? {
        searched(avoiding: members.first { $0.ready.contains { $0 === refused } } ?? owner(of: refused))
    }

    private func owner(of connection: ClientConnection) -> EndpointConnections? {
        members.first { $0.leaving.contains { $0 === connection } }
    }

    /// The choice was full, or its connection is on its way out: any other will do.
    private func searched(avoiding avoided: EndpointConnections?) -> ClientConnection? {
        sweep()
        let start = eligible.isEmpty ? 0 : Int(random.next() % UInt64(eligible.count))
        for offset in eligible.indices {
            let member = eligible[(start + offset) % eligible.count]
            if member !== avoided, let connection = member.freeConnection { return connection }
        }
        return nil
    }

    /// Does what waits for a call; answers with a connection when this call is a probe.
    private func attend() -> ClientConnection? {
        needsAttention = false
        for member in members where member.isIdle { connectAsWanted(member) }
        for (index, member) in probes.enumerated() {
            guard !member.isSilent, let connection = member.freeConnection else { continue }
            probes.remove(at: index)
            needsAttention = !probes.isEmpty
            outliers.probeSent(member.id, at: .now)
            scheduleExpiry()
            return connection
        }
        needsAttention = !probes.isEmpty
        return nil
    }

    /// The next call looks what there is to do before it chooses.
    func askForAttention() {
        needsAttention = true
    }

    // MARK: Waiting

    /// Hands over a connection with a free slot: at once if there is one, else when there is. Fails when no endpoint
    /// serves and none greets within ``ConnectionPoolConfiguration/patienceSeconds``, at once where there is no hope of
    /// it, or when too many calls wait. Returns an id for ``stopWaiting(_:)``.
    @discardableResult
    public func connection(otherThan refused: ClientConnection? = nil, _ waiter: @escaping Waiter) -> UInt64? {
        let ready = refused.flatMap { readyConnection(otherThan: $0) } ?? readyConnection()
        if let ready {
            waiter(.success(ready))
            return nil
        }
        let until = patienceEnd
        guard !isClosed, mayBecomeReady(by: until) else {
            waiter(.failure(ConnectionUnavailable(reason: unavailableReason)))
            return nil
        }
        guard waiters.count < configuration.maximumWaitingCalls else {
            waiter(.failure(ConnectionUnavailable(reason: "\(waiters.count) calls wait for a connection already")))
            return nil
        }
        nextWaiterID += 1
        waiters.append((nextWaiterID, until, waiter))
        if eligible.isEmpty { endPatience(at: until) }
        return nextWaiterID
    }

    /// When a call that begins to wait now has waited long enough for endpoints of which none serves.
    private var patienceEnd: MonotonicInstant {
        MonotonicInstant.now.advanced(byMicroseconds: configuration.patienceMicroseconds)
    }

    /// An attempt that gets no answer at all may take longer than calls wait, and so may a name. Looks after them when the
    /// first has waited long enough, and when the last attempt under way is hoped for no more.
    private func endPatience(at instant: MonotonicInstant) {
        guard patienceTimer == nil else { return }
        let next = members.compactMap { hope(of: $0) }.max().map { min($0, instant) } ?? instant
        patienceTimer = onLoop(at: next) { [self] in
            patienceTimer = nil
            failHopelessWaiters()
            if eligible.isEmpty, let first = waiters.first, first.until > .now { endPatience(at: first.until) }
        }
    }

    /// No endpoint serves any more: those that waited for room there wait for an endpoint from now on.
    private func beginPatience() {
        guard hasWaiters else { return }
        let end = patienceEnd
        for index in waiters.indices { waiters[index].until = end }
        endPatience(at: end)
    }

    /// The call is no longer wanted.
    public func stopWaiting(_ id: UInt64) {
        waiters.removeAll { $0.id == id }
    }

    var hasWaiters: Bool { !waiters.isEmpty }

    /// So that a call does not fail because another one found the endpoint down a moment ago, and so that calls to what
    /// is down for long fail at once.
    private func mayBecomeReady(by until: MonotonicInstant) -> Bool {
        if !eligible.isEmpty { return true }
        return until > .now && members.contains { hope(of: $0) != nil }
    }

    /// Until when a call may hope for the endpoint's HELLO; `nil`: it need not wait.
    private func hope(of member: EndpointConnections) -> MonotonicInstant? {
        // When none is eligible, one with connections has said that it does not serve.
        guard member.ready.isEmpty, member.dialling > 0 || member.retryAt != nil else { return nil }
        return endpoints.hope(of: member.endpoint)
    }

    func serveWaiters() {
        while !waiters.isEmpty, let connection = readyConnection() {
            waiters.removeFirst().waiter(.success(connection))
        }
    }

    /// Calls that waited for what has failed, or is not tried again soon enough.
    func failHopelessWaiters() {
        guard let first = waiters.first, !mayBecomeReady(by: first.until) else { return }
        let failure = ConnectionUnavailable(reason: unavailableReason)
        while let first = waiters.first, !mayBecomeReady(by: first.until) {
            waiters.removeFirst()
            first.waiter(.failure(failure))
        }
    }

    // MARK: Endpoints

    /// The service's endpoints are now these. What is no longer among them gets no new calls; open ones go on.
    func update(_ list: [Endpoint]) {
        guard !isClosed else { return }
        let wanted = Set(list)
        for member in members where !wanted.contains(member.endpoint) { remove(member) }
        members.removeAll(where: \.isRemoved)
        let known = Set(members.map(\.endpoint))
        for endpoint in list where !known.contains(endpoint) {
            nextMemberID += 1
            let member = EndpointConnections(id: nextMemberID, endpoint: endpoint)
            members.append(member)
            outliers.add(member.id)
            if configuration.isEager || hasWaiters || isWanted { connectAsWanted(member) }
        }
        needsAttention = true
        refresh()
    }

    private func remove(_ member: EndpointConnections) {
        member.isRemoved = true
        outliers.remove(member.id)
        probes.removeAll { $0 === member }
        member.retryTimer?.cancel()
        member.watch?.cancel()
        member.watch = nil
        let connections = member.ready
        member.ready = []
        for connection in connections where connection.openCalls == 0 { connection.closeGracefully() }
        endpoints.forget(member.endpoint)
    }

    /// Finds anew which endpoints calls go to. After each change of an endpoint, never for a call.
    func refresh() {
        let connected = members.filter { !$0.ready.isEmpty && $0.health.rank > 0 }
        let answering = connected.filter { !$0.isSilent }
        let admitted = answering.filter { outliers.isAdmitted($0.id) }
        // When the others are gone, one that was ejected is better than none, and after it one that does not answer.
        let candidates = !admitted.isEmpty ? admitted : !answering.isEmpty ? answering : connected
        let best = candidates.map(\.health.rank).max() ?? 0
        let now = MonotonicInstant.now
        let before = Set(eligible.map(\.id))
        eligible = candidates.filter { $0.health.rank == best }
        if eligible.isEmpty, !before.isEmpty { beginPatience() }
        for member in eligible where !before.contains(member.id) { beginSlowStart(member, at: now) }
        isWarming = eligible.contains { $0.slowStart != nil }
        reportStates()
        onChange?()
    }

    /// For operators.
    func reportStates() {
        let reports = isClosed ? [] : members.map(report)
        states.record(reports.map(\.state))
        loop.telemetry.statistics.endpoints(
            of: configuration.service, by: ObjectIdentifier(self), are: reports)
    }

    private func beginSlowStart(_ member: EndpointConnections, at now: MonotonicInstant) {
        guard configuration.slowStartSeconds > 0 else { return }
        let window = configuration.slowStartSeconds * 1_000_000
        let slowStart = SlowStart(beganAt: now, windowMicroseconds: window)
        member.slowStart = slowStart
        onLoop(at: now.advanced(byMicroseconds: window)) { [self] in
            guard member.slowStart == slowStart else { return }
            member.slowStart = nil
            isWarming = eligible.contains { $0.slowStart != nil }
        }
    }

    private func report(of member: EndpointConnections) -> EndpointReport {
        EndpointReport(
            name: "\(member.endpoint)", state: state(of: member), ejectedUntil: outliers.ejectedUntil(member.id))
    }

    private func state(of member: EndpointConnections) -> EndpointState {
        if !outliers.isAdmitted(member.id) { return .ejected }
        if member.ready.isEmpty { return member.isIdle ? .idle : .connecting }
        if member.isSilent { return .silent }
        return member.health.rank == 0 ? .unhealthy : .serving
    }

    @discardableResult
    func onLoop(at instant: MonotonicInstant, _ body: @escaping () -> Void) -> Scheduled<Void> {
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            deadline: .uptimeNanoseconds(instant.nanoseconds), body)
    }

    // MARK: Silence

    /// One of its connections fell silent, or is heard again.
    func silenceChanged(_ member: EndpointConnections, _ connection: ClientConnection) {
        guard member.ready.contains(where: { $0 === connection }) else { return }
        if !connection.isSilent, !member.isSilent {
            endpoints.logger.notice("endpoint answers again", metadata: metadata(member))
        } else if connection.isSilent, member.ready.count(where: \.isSilent) == 1 {
            endpoints.logger.warning("endpoint does not answer", metadata: metadata(member))
        }
        refresh()
        serveWaiters()
    }

    // MARK: Outliers

    /// A call on a connection ended, and not simply OK; or it did, and somebody waits to hear so.
    func callEnded(_ member: EndpointConnections, _ end: CallEnd) {
        switch end.verdict {
        case .answered: react(to: outliers.succeeded(member.id, at: .now), member)
        case .failed: failed(member, .call)
        case .none: react(to: outliers.endedWithoutVerdict(member.id), member)
        }
        listenForSuccess(member)
    }

    /// A call was ended because the endpoint broke a rule.
    func callCut(_ member: EndpointConnections, _ fault: CallFault, _ reason: String) {
        guard let dropped = callLines.admit(at: .now) else { return }
        var metadata = metadata(member)
        metadata["cause"] = "\(fault.rawValue)"
        metadata["reason"] = "\(LogText.cut(reason, to: LogText.reasonBytes))"
        if dropped > 0 { metadata["unlogged"] = "\(dropped)" }
        endpoints.logger.warning("call cut", metadata: metadata)
    }

    func failed(_ member: EndpointConnections, _ failure: OutlierDetection.Failure) {
        react(to: outliers.failed(member.id, failure, at: .now), member)
        listenForSuccess(member)
    }

    func listenForSuccess(_ member: EndpointConnections) {
        let listens = outliers.awaitsSuccess(member.id)
        for connection in member.ready { connection.reportsSuccess = listens }
    }

    private func react(to outcome: OutlierDetection.OnOutcome, _ member: EndpointConnections) {
        switch outcome {
        case .unchanged: return
        case .ejected:
            probes.removeAll { $0 === member }
            EndpointMetrics.ejections.increment()
            let end = outliers.ejectedUntil(member.id)?.microseconds(since: .now) ?? 0
            endpoints.logger.warning(
                "endpoint ejected", metadata: metadata(member).merging(["ends_in_ms": "\(end / 1000)"]) { $1 })
        case .admitted:
            probes.removeAll { $0 === member }
            endpoints.logger.notice("endpoint is back", metadata: metadata(member))
        case .probeAgain: awaitProbe(member)
        }
        scheduleExpiry()
        refresh()
    }

    func metadata(_ member: EndpointConnections) -> Logger.Metadata {
        ["service": "\(configuration.service)", "endpoint": "\(member.endpoint)"]
    }

    private func awaitProbe(_ member: EndpointConnections) {
        if !probes.contains(where: { $0 === member }) { probes.append(member) }
        needsAttention = true
        listenForSuccess(member)
    }

    private func scheduleExpiry() {
        expiryTimer?.cancel()
        expiryTimer = nil
        guard !isClosed, let next = outliers.nextExpiry else { return }
        expiryTimer = onLoop(at: next) { [self] in
            for id in outliers.expire(at: .now) {
                if let member = members.first(where: { $0.id == id }) { awaitProbe(member) }
            }
            scheduleExpiry()
            reportStates()
        }
    }

    // MARK: The end

    /// Ends every connection. Calls that wait fail.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        expiryTimer?.cancel()
        patienceTimer?.cancel()
        for member in members {
            member.retryTimer?.cancel()
            member.watch?.cancel()
            for connection in member.ready + member.leaving { connection.closeGracefully() }
        }
        reportStates()
        endpoints.unsubscribe(self)
        let failure = ConnectionUnavailable(reason: unavailableReason)
        let waiting = waiters
        waiters.removeAll()
        for (_, _, waiter) in waiting { waiter(.failure(failure)) }
    }
}
