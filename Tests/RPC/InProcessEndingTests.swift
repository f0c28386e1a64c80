import RPC
import Synchronization
import Testing
import Wire

/// How calls end from outside: cancellation, deadlines, a lost server; and what a slow reader does.
@Suite("The end of a call inside the process") struct InProcessEndingTests {
    @Test("a client that cancels ends the handler's task and its own receive")
    func cancelReachesTheHandler() async throws {
        let started = Gate()
        let seen = Gate()
        let transport = transport(
            to: ServerStreamingHandler(Methods.download) {
                (_: Note, _: ResponseWriter<Note>, _) throws(RPCError) in
                started.open()
                await untilCancelled()
                seen.open()
            })
        let call = try await transport.open(Methods.download, options: .init())
        try await call.send(Note(""))
        call.finishSending()
        await started.wait()
        call.cancel()
        await seen.wait()
        let error = await #expect(throws: RPCError.self) { try await call.receive(Note.self) }
        #expect(error?.code == .cancelled)
    }

    @Test("cancelling the client's task cancels the call")
    func taskCancellation() async throws {
        let started = Gate()
        let seen = Gate()
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in
                started.open()
                await untilCancelled()
                seen.open()
                return request
            })
        let task = Task {
            try await transport.unary(Methods.unary, Note(""), returning: Note.self, options: .init())
        }
        await started.wait()
        task.cancel()
        await seen.wait()
        let error = await #expect(throws: RPCError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test("a cancelled call ends the handler's receive and send with CANCELLED")
    func handlerLearns() async throws {
        let (codes, report) = AsyncStream<StatusCode>.makeStream()
        let transport = transport(
            to: BidirectionalHandler(Methods.chat) {
                (requests: RequestStream<Note>, responses: ResponseWriter<Note>, _) throws(RPCError) in
                do throws(RPCError) {
                    for try await _ in requests {}
                } catch {
                    report.yield(error.code)
                }
                do throws(RPCError) {
                    try await responses.write(Note(""))
                } catch {
                    report.yield(error.code)
                }
                report.finish()
            })
        let call = try await transport.open(Methods.chat, options: .init())
        call.cancel()
        var seen: [StatusCode] = []
        for await code in codes { seen.append(code) }
        #expect(seen == [.cancelled, .cancelled])
    }

    @Test("a deadline that passes is DEADLINE_EXCEEDED at the caller and cancels the handler")
    func deadline() async throws {
        let clock = ManualClock()
        let started = Gate()
        let seen = Gate()
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, context) throws(RPCError) -> Note in
                #expect(context.deadline == MonotonicInstant(nanoseconds: 1_000_000))
                started.open()
                await untilCancelled()
                seen.open()
                return request
            }, clock: clock)
        let answer = Task {
            try await transport.unary(
                Methods.unary, Note(""), returning: Note.self, options: CallOptions(timeout: .milliseconds(1)))
        }
        await started.wait()
        clock.advance(by: .milliseconds(1))
        let error = await #expect(throws: RPCError.self) { try await answer.value }
        #expect(error?.code == .deadlineExceeded)
        await seen.wait()
    }

    @Test("a deadline that has not passed changes nothing")
    func deadlineNotReached() async throws {
        let clock = ManualClock()
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in
                clock.advance(by: .microseconds(999))
                return request
            }, clock: clock)
        let answer = try await transport.unary(
            Methods.unary, Note("in time"), returning: Note.self, options: CallOptions(timeout: .milliseconds(1)))
        #expect(answer == Note("in time"))
    }

    @Test("no handler sees a call whose deadline passed before it began", arguments: [Duration.zero, .seconds(-1)])
    func deadlineBeforeStart(timeout: Duration) async throws {
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in
                Issue.record("the handler ran")
                return request
            })
        let error = await #expect(throws: RPCError.self) {
            try await transport.unary(
                Methods.unary, Note(""), returning: Note.self, options: CallOptions(timeout: timeout))
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.isNotStarted == true)
    }

    @Test("a lost server ends open calls on both sides; later calls are carried")
    func lostServer() async throws {
        let started = Gate()
        let seen = Gate()
        let transport = transport(
            to: UnaryHandler(Methods.unary) { (request: Note, _) throws(RPCError) -> Note in
                guard request.text == "wait" else { return request }
                started.open()
                await untilCancelled()
                seen.open()
                return request
            })
        let lost = RPCError(.unavailable, "the server is gone; the call may have been processed")
        let answer = Task {
            try await transport.unary(Methods.unary, Note("wait"), returning: Note.self, options: .init())
        }
        await started.wait()
        transport.endOpenCalls(lost)
        await #expect(throws: lost) { try await answer.value }
        await seen.wait()
        let next = try await transport.unary(Methods.unary, Note("next"), returning: Note.self, options: .init())
        #expect(next == Note("next"))
    }

    @Test("a sender waits while the reader takes nothing, and goes on when it does")
    func backpressure() async throws {
        let sent = Mutex(0)
        let full = Gate()
        let transport = transport(
            to: ServerStreamingHandler(Methods.download) {
                (_: Note, responses: ResponseWriter<Note>, _) throws(RPCError) in
                for number in 1...10 {
                    if number == 4 { full.open() }
                    try await responses.write(Note("\(number)"))
                    sent.withLock { $0 = number }
                }
            }, queueLimitMessages: 3)
        let call = try await transport.open(Methods.download, options: .init())
        try await call.send(Note(""))
        call.finishSending()
        await full.wait()
        #expect(sent.withLock { $0 } == 3)
        var all: [String] = []
        while let note = try await call.receive(Note.self) {
            all.append(note.text)
            #expect(sent.withLock { $0 } <= all.count + 4)
        }
        #expect(all == (1...10).map(String.init))
    }
}

/// Returns when the task is cancelled.
private func untilCancelled() async {
    let gate = Gate()
    await withTaskCancellationHandler {
        await gate.wait()
    } onCancel: {
        gate.open()
    }
}
