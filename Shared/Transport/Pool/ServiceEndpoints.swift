internal import Balancing
public import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import RPC
internal import Synchronization
internal import Wire

/// The endpoints of one service as the whole process knows them: looked up once for all loops, dialled at one rate.
///
/// Look-ups run on a thread, never on a loop, and on one of the service's own, so that a name whose look-up has no end holds
/// up no other service's. What they give is handed to the pool of each loop.
public final class ServiceEndpoints: Sendable {
    let configuration: ConnectionPoolConfiguration
    let logger: Logger
    /// Where look-ups are timed and their answers are dealt with, one after the other.
    private let home: any EventLoop
    /// One, or none where nothing is looked up again.
    private let thread: NIOThreadPool
    private let state: Mutex<State>

    private struct State {
        var schedule: ResolutionSchedule
        var known: KnownAddresses<Endpoint>
        var current: [Endpoint] = []
        /// The last problem of each source, so that it is logged once and not at every look-up.
        var problems: [String?]
        var dials: [Endpoint: DialSchedule] = [:]
        /// Why an endpoint could not be reached last, whichever loop tried.
        var failures: [Endpoint: String] = [:]
        /// Of all loops together: each dials in its turn.
        var outages: [Endpoint: OutageNotices] = [:]
        var pools: [ObjectIdentifier: NIOLoopBound<ConnectionPool>] = [:]
        var timer: Scheduled<Void>?
        var isClosed = false
    }

    /// Looks the endpoints up for the first time; a failure is logged and the look-up made again in time. One that has no
    /// end goes on behind the first calls, which are told that no endpoint is known.
    public static func make(
        _ configuration: ConnectionPoolConfiguration, loops: ConnectionLoops, logger: Logger
    ) async -> ServiceEndpoints {
        let endpoints = ServiceEndpoints(configuration, home: loops.all[0].eventLoop, logger: logger)
        if configuration.sources.contains(where: \.mayChange) {
            await endpoints.firstLookUp()
        } else {
            endpoints.resolved(endpoints.lookUp())
        }
        return endpoints
    }

    private init(_ configuration: ConnectionPoolConfiguration, home: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        self.home = home
        thread = NIOThreadPool(numberOfThreads: configuration.sources.contains(where: \.mayChange) ? 1 : 0)
        thread.start()
        state = Mutex(
            State(
                schedule: ResolutionSchedule(intervalMicroseconds: configuration.resolutionSeconds * 1_000_000),
                known: KnownAddresses(sources: configuration.sources.count),
                problems: Array(repeating: nil, count: configuration.sources.count)))
    }

    deinit {
        thread.shutdownGracefully { _ in }
    }

    // MARK: Pools

    /// Hands the list as it is, and from now on each change of it, to a pool. On the pool's loop.
    func subscribe(_ pool: ConnectionPool, on loop: any EventLoop) -> [Endpoint] {
        state.withLock { state in
            state.pools[ObjectIdentifier(pool)] = NIOLoopBound(pool, eventLoop: loop)
            return state.current
        }
    }

    /// A pool is closed; with the last one the look-ups end.
    func unsubscribe(_ pool: ConnectionPool) {
        state.withLock { state in
            state.pools[ObjectIdentifier(pool)] = nil
            guard state.pools.isEmpty else { return }
            state.isClosed = true
            state.timer?.cancel()
        }
    }

    /// Why no endpoint is known, for a person; empty when none was asked for.
    var problem: String {
        let problems = state.withLock { $0.problems.compactMap { $0 } }
        guard problems.isEmpty else { return problems.joined(separator: "; ") }
        let names = configuration.sources.map(\.description).joined(separator: ", ")
        return names.isEmpty ? "" : "\(names): still being looked up"
    }

    // MARK: Looking up

    /// An endpoint could not be reached or was lost: the names may have other addresses by now.
    func endpointLost() {
        guard configuration.sources.contains(where: \.mayChange) else { return }
        act(on: state.withLock { $0.schedule.endpointLost(at: .now) }) {}
    }

    /// Returns when it has ended, or has lasted as long as calls wait.
    private func firstLookUp() async {
        await withCheckedContinuation { continuation in
            let waiting = Mutex<CheckedContinuation<Void, Never>?>(continuation)
            let proceed: @Sendable () -> Void = {
                waiting.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }?.resume()
            }
            let patience = home.scheduleTask(in: .seconds(Int64(configuration.patienceSeconds)), proceed)
            lookUpWhenDue {
                patience.cancel()
                proceed()
            }
        }
    }

    private func lookUpWhenDue(_ done: @escaping @Sendable () -> Void = {}) {
        act(on: state.withLock { $0.isClosed ? .nothing : $0.schedule.due(at: .now) }, done)
    }

    private func act(on due: ResolutionSchedule.OnDue, _ done: @escaping @Sendable () -> Void) {
        switch due {
        case .nothing: done()
        case .wait(let until):
            schedule(at: until)
            done()
        case .resolve:
            thread.runIfActive(eventLoop: home) { self.lookUp() }.whenComplete { result in
                if case .success(let answers) = result { self.resolved(answers) }
                self.schedule(at: self.state.withLock { $0.schedule.resolved(at: .now) })
                done()
            }
        }
    }

    private func schedule(at instant: MonotonicInstant) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.timer?.cancel()
            state.timer = home.scheduleTask(deadline: .uptimeNanoseconds(instant.nanoseconds)) { self.lookUpWhenDue() }
        }
    }

    /// Asks every source. Blocks.
    private func lookUp() -> [Result<[Endpoint], ResolutionFailure>] {
        configuration.sources.map { source in
            Result { () throws(ResolutionFailure) in try configuration.resolver.endpoints(of: source) }
        }
    }

    private func resolved(_ answers: [Result<[Endpoint], ResolutionFailure>]) {
        let (list, pools) = state.withLock { state in
            for (index, answer) in answers.enumerated() { take(answer, of: index, into: &state) }
            let all = state.known.all
            // In another order they are the same.
            guard Set(all) != Set(state.current) else { return ([Endpoint]?.none, [NIOLoopBound<ConnectionPool>]()) }
            state.current = all
            return (all, Array(state.pools.values))
        }
        guard let list else { return }
        logger.info(
            "endpoints",
            metadata: [
                "service": "\(configuration.service)",
                "endpoints": "\(list.map(\.description).joined(separator: " "))",
            ])
        for pool in pools { pool.eventLoop.execute { pool.value.update(list) } }
    }

    private func take(_ answer: Result<[Endpoint], ResolutionFailure>, of index: Int, into state: inout State) {
        var problem: String?
        switch answer {
        case .success(let endpoints):
            if !state.known.answered(index, endpoints) { problem = "names no endpoint" }
        case .failure(let failure):
            problem = failure.reason
        }
        if problem != nil { EndpointMetrics.resolutionFailures.increment() }
        let source = configuration.sources[index]
        problem = problem.map { "\(source): \($0)" }
        guard problem != state.problems[index] else { return }
        state.problems[index] = problem
        let service: Logger.Metadata = ["service": "\(configuration.service)"]
        if let problem {
            logger.warning("endpoints cannot be learnt; the last known ones stay: \(problem)", metadata: service)
        } else {
            logger.info("endpoints are learnt again: \(source)", metadata: service)
        }
    }

    // MARK: Dialling

    func dialRequested(_ endpoint: Endpoint) -> DialSchedule.OnRequest {
        state.withLock { state in
            let new = DialSchedule(longestPauseSeconds: configuration.longestDialPauseSeconds)
            return state.dials[endpoint, default: new].requested(at: .now)
        }
    }

    /// Until when a call may hope for the endpoint's HELLO, whichever loop dials it; see ``DialSchedule/hope(at:for:)``.
    func hope(of endpoint: Endpoint) -> MonotonicInstant? {
        state.withLock { $0.dials[endpoint]?.hope(at: .now, for: configuration.patienceMicroseconds) }
    }

    /// Answers with what operators are to hear of it.
    func helloReceived(_ endpoint: Endpoint) -> OutageNotices.OnSuccess {
        state.withLock { state in
            state.dials[endpoint]?.helloReceived(at: .now)
            return state.outages[endpoint]?.succeeded(at: .now) ?? .ignore
        }
    }

    /// Returns the pause before the next attempt, and what operators are to hear of this one.
    func dialFailed(
        _ endpoint: Endpoint, _ reason: String
    ) -> (pauseMicroseconds: UInt64, notice: OutageNotices.OnFailure) {
        EndpointMetrics.connectFailures.increment()
        endpointLost()
        return state.withLock { state in
            state.failures[endpoint] = reason
            let pause = state.dials[endpoint]?.failed(at: .now, random: .random(in: 0...1)) ?? 0
            return (pause, state.outages[endpoint, default: OutageNotices()].failed(reason, at: .now))
        }
    }

    func note(_ failure: String, of endpoint: Endpoint) {
        state.withLock { $0.failures[endpoint] = failure }
    }

    /// For a person; empty when there was none.
    func lastFailure(of endpoint: Endpoint) -> String {
        state.withLock { $0.failures[endpoint] ?? "" }
    }

    func connectionLost(_ endpoint: Endpoint, _ reason: String) {
        endpointLost()
        state.withLock { state in
            state.failures[endpoint] = reason
            state.dials[endpoint]?.connectionLost(at: .now, random: .random(in: 0...1))
        }
    }

    /// Nobody needs the rate of what is no endpoint any more.
    func forget(_ endpoint: Endpoint) {
        state.withLock { state in
            guard !state.current.contains(endpoint) else { return }
            state.dials[endpoint] = nil
            state.outages[endpoint] = nil
            state.failures[endpoint] = nil
        }
    }
}
