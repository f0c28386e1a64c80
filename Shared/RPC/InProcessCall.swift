internal import Synchronization
internal import Wire

/// A call inside the process: the machine behind a lock, and the tasks that wait for it. Continuations are resumed, and
/// handlers started and cancelled, outside the lock.
final class InProcessCall: Sendable {
    private struct State {
        var machine: InProcessCallMachine
        var nextWaiter: UInt64 = 0
        var senders: [UInt64: CheckedContinuation<RPCError?, Never>] = [:]
        var receivers: [UInt64: CheckedContinuation<InProcessMessageFlow.Received, Never>] = [:]
        var handlerTask: Task<Void, Never>?
        var deadlineTask: Task<Void, Never>?
    }

    private let state: Mutex<State>
    let onOver: @Sendable () -> Void

    init(method: MethodDescriptor, queueLimitMessages: Int, onOver: @escaping @Sendable () -> Void) {
        state = Mutex(State(machine: InProcessCallMachine(method: method, queueLimitMessages: queueLimitMessages)))
        self.onOver = onOver
    }

    var visibleLeading: Metadata { state.withLock { $0.machine.visibleLeading } }
    var visibleTrailing: Metadata { state.withLock { $0.machine.visibleTrailing } }

    // MARK: Tasks of the call

    /// Keeps the handler's task, to be cancelled with the call; a call that is over already cancels it now.
    func attach(handler task: Task<Void, Never>?) {
        attach(task) { $0.handlerTask = $1 }
    }

    /// Keeps the task that waits for the deadline, which the call's end cancels.
    func attach(deadline task: Task<Void, Never>) {
        attach(task) { $0.deadlineTask = $1 }
    }

    private func attach(_ task: Task<Void, Never>?, _ store: (inout State, Task<Void, Never>?) -> Void) {
        let isOver = state.withLock { state in
            if !state.machine.isOver { store(&state, task) }
            return state.machine.isOver
        }
        if isOver { task?.cancel() }
    }

    // MARK: Acting on the machine

    /// Runs `act` under the lock and carries out afterwards what it asks for.
    @discardableResult
    private func perform<Outcome>(_ act: (inout State) -> (Outcome, [InProcessMessageFlow.Wake])) -> Outcome {
        let (outcome, resumptions, ended) = state.withLock { state in
            let wasOver = state.machine.isOver
            let (outcome, wakes) = act(&state)
            let resumptions = wakes.map { Self.resumption($0, &state) }
            var ended: [Task<Void, Never>]?
            if !wasOver, state.machine.isOver {
                ended = [state.handlerTask, state.deadlineTask].compactMap { $0 }
                state.handlerTask = nil
                state.deadlineTask = nil
            }
            return (outcome, resumptions, ended)
        }
        for resume in resumptions { resume() }
        if let ended {
            for task in ended { task.cancel() }
            onOver()
        }
        return outcome
    }

    private static func resumption(
        _ wake: InProcessMessageFlow.Wake, _ state: inout State
    ) -> @Sendable () -> Void {
        switch wake {
        case .sender(let waiter, let error):
            let continuation = state.senders.removeValue(forKey: waiter)
            return { continuation?.resume(returning: error) }
        case .receiver(let waiter, let received):
            let continuation = state.receivers.removeValue(forKey: waiter)
            return { continuation?.resume(returning: received) }
        }
    }

    private func newWaiter() -> UInt64 {
        state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
    }

    /// Ends the call for both sides.
    func end(_ error: RPCError) {
        perform { state in ((), state.machine.end(error)) }
    }

    func serverFinishes(_ error: RPCError?, lastMessage: [UInt8]? = nil) {
        perform { state in ((), state.machine.serverFinishes(error, lastMessage: lastMessage)) }
    }

    func serverSendsLeading(_ metadata: Metadata) {
        perform { state in (state.machine.serverSendsLeading(metadata), []) }
    }

    func serverSetsTrailing(_ metadata: Metadata) {
        perform { state in (state.machine.serverSetsTrailing(metadata), []) }
    }

    /// The one request that is now complete, of a method without client streaming.
    func clientFinishedSending() -> [UInt8]? {
        perform { state in
            switch state.machine.clientFinishedSending() {
            case .start(let request): (request, [])
            case .wake(let wakes): (nil, wakes)
            }
        }
    }

    // MARK: Waiting

    static let cancelledByClient = RPCError(.cancelled, "the client cancelled the call")

    /// What becomes of a call when a task that waits in it is cancelled.
    private enum OnTaskCancelled {
        /// The client's task: the call ends.
        case endCall
        /// A task of the handler, cancelled alone: it gives up its place, and the call goes on.
        case giveUp
    }

    func clientSends(_ message: [UInt8]) async -> RPCError? {
        await waitToSend(.endCall) { machine, waiter in
            switch machine.clientSends(message, waiter: waiter) {
            case .sent(let wakes): .done(nil, wakes)
            case .wait: .wait
            case .failed(let error, let wakes): .done(error, wakes)
            }
        }
    }

    func serverSends(_ message: [UInt8]) async -> RPCError? {
        await waitToSend(.giveUp) { machine, waiter in
            switch machine.serverSends(message, waiter: waiter) {
            case .sent(let wakes): .done(nil, wakes)
            case .wait: .wait
            case .failed(let error): .done(error, [])
            }
        }
    }

    func clientReceives() async -> InProcessMessageFlow.Received {
        let received = await waitToReceive(.endCall) { machine, waiter in
            switch machine.clientReceives(waiter: waiter) {
            case .received(let received, let wakes): .done(received, wakes)
            case .wait: .wait
            }
        }
        perform { state in (state.machine.clientReceived(received), []) }
        return received
    }

    func serverReceives() async -> InProcessMessageFlow.Received {
        await waitToReceive(.giveUp) { machine, waiter in
            switch machine.serverReceives(waiter: waiter) {
            case .received(let received, let wakes): .done(received, wakes)
            case .wait: .wait
            }
        }
    }

    private enum Attempt<Outcome> {
        case done(Outcome, [InProcessMessageFlow.Wake])
        case wait
    }

    private func waitToSend(
        _ onTaskCancelled: OnTaskCancelled, _ act: (inout InProcessCallMachine, UInt64) -> Attempt<RPCError?>
    ) async -> RPCError? {
        await wait(onTaskCancelled, ifCancelled: RPCError.callIsOver, table: \.senders, act)
    }

    private func waitToReceive(
        _ onTaskCancelled: OnTaskCancelled,
        _ act: (inout InProcessCallMachine, UInt64) -> Attempt<InProcessMessageFlow.Received>
    ) async -> InProcessMessageFlow.Received {
        await wait(onTaskCancelled, ifCancelled: .failed(.callIsOver), table: \.receivers, act)
    }

    private func wait<Outcome: Sendable>(
        _ onTaskCancelled: OnTaskCancelled, ifCancelled cancelled: Outcome,
        table: WritableKeyPath<State, [UInt64: CheckedContinuation<Outcome, Never>]>,
        _ act: (inout InProcessCallMachine, UInt64) -> Attempt<Outcome>
    ) async -> Outcome {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: Outcome? = perform { state in
                    switch act(&state.machine, waiter) {
                    case .done(let outcome, let wakes):
                        return (outcome, wakes)
                    case .wait:
                        // Read under the lock: a cancellation that comes later finds the waiter in the table.
                        guard !Task.isCancelled else {
                            _ = state.machine.cancel(waiter: waiter)
                            return (cancelled, [])
                        }
                        state[keyPath: table][waiter] = continuation
                        return (nil, [])
                    }
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            switch onTaskCancelled {
            case .endCall: end(Self.cancelledByClient)
            case .giveUp: perform { state in ((), state.machine.cancel(waiter: waiter).map { [$0] } ?? []) }
            }
        }
    }
}
