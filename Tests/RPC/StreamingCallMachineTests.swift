import TestRandom
import Testing
import Wire

@testable import RPC

@Suite("The machine of a client's streaming call") struct StreamingCallMachineTests {
    static let gaveUp = RPCError(.cancelled, "gave up")
    static let notStarted = RPCError(.unavailable, "going away", isNotStarted: true)

    static func later(_ milliseconds: Int32) -> RPCError {
        RPCError(.unavailable, "later", isNotStarted: true, retryPushbackMilliseconds: milliseconds)
    }

    /// Where a call can be when something happens.
    private enum Stage: MachineStage {
        case new, connecting, opening, open, receiving, sending, pausing, connectingAgain, endedOK, cancelled

        var machine: StreamingCallMachine {
            var machine = StreamingCallMachine()
            if self == .new { return machine }
            _ = machine.begin()
            if self == .connecting { return machine }
            _ = machine.connectionReady()
            if self == .opening { return machine }
            _ = machine.opened()
            switch self {
            case .new, .connecting, .opening, .open: break
            case .receiving: _ = machine.receive()
            case .sending:
                _ = machine.send([1, 2, 3])
                _ = machine.waitUntilSent()
            case .pausing, .connectingAgain:
                _ = machine.send([7])
                _ = machine.sent(bytes: 1)
                _ = machine.ended(later(self == .pausing ? 5 : 0))
            case .endedOK:
                _ = machine.message([9])
                _ = machine.ended(nil)
            case .cancelled: _ = machine.cancel(gaveUp)
            }
            return machine
        }
    }

    private enum Event: MachineEvent {
        case begin, connectionReady, opened, connectionFailed, pauseOver, send, someSent, allSent, waitUntilSent
        case finishSending, receive, headers, part, message, endedOK, endedNotStarted, endedForLater, endedForNever
        case failed, cancel

        func happens(to machine: inout StreamingCallMachine) -> String {
            switch self {
            case .begin: "\(machine.begin())"
            case .connectionReady: "\(machine.connectionReady())"
            case .opened: "\(machine.opened())"
            case .connectionFailed:
                switch machine.connectionFailed(gaveUp) {
                case .end(let end): end.words
                case .ignore: "ignore"
                }
            case .pauseOver: "\(machine.pauseOver())"
            case .send: "\(machine.send([5]))"
            case .someSent: "\(machine.sent(bytes: 0))"
            case .allSent: "\(machine.sent(bytes: machine.unsentBytes))"
            case .waitUntilSent: "\(machine.waitUntilSent())"
            case .finishSending: "\(machine.finishSending())"
            case .receive: "\(machine.receive())"
            case .headers: "\(machine.headersReceived())"
            case .part: "\(machine.message([1], messageEnd: false))"
            case .message: "\(machine.message([1]))"
            case .endedOK: machine.ended(nil).words
            case .endedNotStarted: machine.ended(notStarted).words
            case .endedForLater: machine.ended(later(5)).words
            case .endedForNever: machine.ended(later(-1)).words
            case .failed: machine.ended(RPCError(.unavailable, "lost")).words
            case .cancel:
                switch machine.cancel(gaveUp) {
                case .end(let end): end.words
                case .ignore: "ignore"
                }
            }
        }
    }

    private static let over = "over(Optional(CANCELLED: the call is over))"
    private static let cancelled = "over(Optional(CANCELLED: gave up))"
    private static let tooEarly = "failed(INTERNAL: a request was sent before the call was opened)"

    private static func second(_ doing: String) -> String {
        "failed(INTERNAL: another task waits to \(doing) on this call already; one may at a time)"
    }

    /// `answer` in `open`, `receiving` and `sending`, and nothing elsewhere.
    private static func whileOpen(_ answers: String...) -> [String] {
        let open = answers.count == 1 ? [String](repeating: answers[0], count: 3) : answers
        return ignored(3) + open + ignored(4)
    }

    private static func ignored(_ count: Int) -> [String] {
        [String](repeating: "ignore", count: count)
    }

    private static let table: AnswerTable<Stage, Event> = {
        let openTwice = "failed(Optional(INTERNAL: another task waits to open on this call already; one may at a time))"
        let failed =
            ignored(2) + [
                "UNAVAILABLE for the opener", "UNAVAILABLE for nobody", "UNAVAILABLE for the receiver",
                "UNAVAILABLE for the sender",
            ] + ignored(4)
        var table: [Event: [String]] = [:]
        // new, connecting, opening, open, receiving, sending, pausing, connectingAgain, endedOK, cancelled
        table[.begin] =
            ["connect"] + [String](repeating: openTwice, count: 7)
            + ["failed(nil)", "failed(Optional(CANCELLED: gave up))"]
        table[.connectionReady] = ["ignore", "open"] + ignored(5) + ["open", "ignore", "ignore"]
        table[.opened] =
            ["cancel", "cancel", "send([], streamEnd: false, resumeOpener: true)"]
            + [String](repeating: "cancel", count: 7)
        table[.connectionFailed] =
            ["ignore", "CANCELLED for the opener", "CANCELLED for the opener"] + ignored(4)
            + ["CANCELLED for nobody", "ignore", "ignore"]
        table[.pauseOver] = ignored(6) + ["connect"] + ignored(3)
        table[.send] = [
            tooEarly, "held", "held", "send", "send", second("send"), "held", "held", "over(nil)", cancelled,
        ]
        table[.someSent] = whileOpen("done", "done", "more")
        table[.allSent] = whileOpen("done", "done", "resumeSender")
        table[.waitUntilSent] = [
            over, "sent", "sent", "sent", "sent", second("send"), "wait", "wait", "over(nil)", cancelled,
        ]
        table[.finishSending] = whileOpen("sendStreamEnd")
        table[.receive] = [
            over, "wait", "wait", "wait", second("receive"), "wait", "wait", "wait", "message([9], credit: 0)",
            cancelled,
        ]
        table[.headers] = whileOpen("keep")
        table[.part] = whileOpen("keep(credit: 1)")
        table[.message] = whileOpen("keep(credit: 0)", "deliver([1], credit: 1)", "keep(credit: 0)")
        table[.endedOK] =
            ignored(2) + ["OK for the opener", "OK for nobody", "OK for the receiver", "OK for the sender"]
            + ignored(4)
        table[.endedNotStarted] =
            ignored(2) + ["UNAVAILABLE for the opener", "connectAgain", "connectAgain", "connectAgain"] + ignored(4)
        table[.endedForLater] =
            ignored(2) + ["UNAVAILABLE for the opener"] + [String](repeating: "pause until 6000 us", count: 3)
            + ignored(4)
        table[.endedForNever] = failed
        table[.failed] = failed
        table[.cancel] = [
            "CANCELLED for nobody", "CANCELLED for the opener", "CANCELLED for the opener", "CANCELLED for nobody",
            "CANCELLED for the receiver", "CANCELLED for the sender", "CANCELLED for nobody", "CANCELLED for nobody",
            "ignore", "ignore",
        ]
        return AnswerTable(table)
    }()

    @Test("each event in each state has the answer of the table", arguments: Event.allCases)
    private func table(_ event: Event) throws {
        try Self.table.expect(event)
    }

    // MARK: Sent again

    @Test("what was not started is sent again with its message and the end of its stream, once")
    func again() {
        var machine = Stage.open.machine
        _ = machine.send([1, 2])
        #expect(machine.waitUntilSent() == .wait)
        #expect(machine.sent(bytes: 1) == .more)
        #expect(machine.finishSending() == .sendStreamEnd)
        #expect(machine.ended(Self.notStarted) == .connectAgain)
        #expect(machine.connectionReady() == .open)
        #expect(machine.opened() == .send([[1, 2]], streamEnd: true, resumeOpener: false))
        #expect(machine.sent(bytes: 2) == .resumeSender)
        #expect(machine.ended(Self.notStarted).words == "UNAVAILABLE for nobody")
    }

    @Test("messages and the end of the stream that come between two attempts go out on the second")
    func heldMessages() {
        var machine = Stage.pausing.machine
        #expect(machine.send([8]) == .held)
        #expect(machine.waitUntilSent() == .wait)
        #expect(machine.finishSending() == .ignore)
        #expect(machine.pauseOver() == .connect)
        #expect(machine.connectionReady() == .open)
        #expect(machine.opened() == .send([[7], [8]], streamEnd: true, resumeOpener: false))
        #expect(machine.sent(bytes: 1) == .more)
        #expect(machine.sent(bytes: 1) == .resumeSender)
    }

    @Test(
        "a call is not sent again once anything came, a second message or a long one went out, or past its deadline",
        arguments: ["headers", "part", "second", "long", "deadline"])
    func notAgain(_ why: String) {
        var machine = Stage.open.machine
        var deadline: MonotonicInstant?
        switch why {
        case "headers": _ = machine.headersReceived()
        case "part": _ = machine.message([1], messageEnd: false)
        case "second":
            _ = machine.send([1])
            _ = machine.send([2])
        case "long": _ = machine.send([UInt8](repeating: 0, count: StreamingCallMachine.longestKeptMessageBytes + 1))
        default: deadline = MonotonicInstant(nanoseconds: 1_000_000)
        }
        let action = machine.ended(
            Self.notStarted, deadline: deadline, now: MonotonicInstant(nanoseconds: 1_000_000))
        #expect(action.words == "UNAVAILABLE for nobody")
    }

    @Test("the sender of a message without bytes waits, too, while it is held")
    func heldEmptyMessage() {
        var machine = Stage.connecting.machine
        #expect(machine.send([]) == .held)
        #expect(machine.waitUntilSent() == .wait)
        #expect(machine.connectionReady() == .open)
        #expect(machine.opened() == .send([[]], streamEnd: false, resumeOpener: true))
        #expect(machine.sent(bytes: 0) == .resumeSender)
    }

    // MARK: Ends

    @Test("the messages that came are had before the outcome, the last one too")
    func messagesBeforeOutcome() {
        var machine = Stage.open.machine
        _ = machine.message([1])
        let end = [UInt8(2)].withUnsafeBytes { machine.ended(nil, lastMessage: $0, deadline: nil, now: .zero) }
        #expect(end.words == "OK for nobody")
        #expect(machine.receive() == .message([1], credit: 0))
        #expect(machine.receive() == .message([2], credit: 0))
        #expect(machine.receive() == .over(nil))
    }

    @Test("a receiver that waits gets the last message, and the outcome when it asks again")
    func lastMessage() {
        var machine = Stage.receiving.machine
        let action = [UInt8(2)].withUnsafeBytes { machine.ended(nil, lastMessage: $0, deadline: nil, now: .zero) }
        #expect(action == .end(.init(waiters: .receiver, message: [2], error: nil)))
        #expect(machine.receive() == .over(nil))
    }

    @Test("a request after finishSending is the caller's own mistake and leaves the call open")
    func sendAfterEnd() {
        var machine = Stage.open.machine
        _ = machine.finishSending()
        guard case .failed(let error) = machine.send([1]) else {
            Issue.record("the request was taken")
            return
        }
        #expect(error.code == .internal)
        #expect(machine.receive() == .wait)
    }

    @Test("a call that is given up while it is opened gives its stream up")
    func cancelledWhileOpening() {
        var machine = Stage.opening.machine
        _ = machine.cancel(Self.gaveUp)
        #expect(machine.opened() == .cancel)
    }

    @Test("whatever happens in whatever order: each wait ends once, and every message goes and comes in order")
    func randomWalks() {
        for seed in UInt64(1)...400 {
            var walk = StreamingCallWalk(seed: seed)
            walk.run(steps: 300)
        }
    }
}

extension MonotonicInstant {
    fileprivate static let zero = MonotonicInstant(nanoseconds: 0)
}

extension StreamingCallMachine {
    fileprivate mutating func send(_ bytes: [UInt8]) -> OnSend {
        bytes.withUnsafeBytes { send($0) }
    }

    fileprivate mutating func message(_ bytes: [UInt8], messageEnd: Bool = true) -> OnMessage {
        bytes.withUnsafeBytes { messageReceived($0, messageEnd: messageEnd) }
    }

    fileprivate mutating func ended(_ error: RPCError?) -> OnEnded {
        ended(error, deadline: nil, now: MonotonicInstant(nanoseconds: 1_000_000))
    }
}

extension StreamingCallMachine.End {
    fileprivate var words: String {
        let who =
            switch waiters {
            case []: "nobody"
            case .opener: "the opener"
            case .receiver: "the receiver"
            case .sender: "the sender"
            default: "several"
            }
        return "\(error?.code.name ?? "OK") for \(who)"
    }
}

extension StreamingCallMachine.OnEnded {
    fileprivate var words: String {
        switch self {
        case .end(let end): end.words
        case .connectAgain: "connectAgain"
        case .pause(let until): "pause until \(until.nanoseconds / 1000) us"
        case .ignore: "ignore"
        }
    }
}

/// A machine, the least that its owner does, and a network that remembers what went through it.
private struct StreamingCallWalk {
    private let seed: UInt64
    private var random: SplitMix
    private var machine = StreamingCallMachine()
    private var isOpenerWaiting = false, isReceiverWaiting = false, isSenderWaiting = false
    private var isConnecting = false, isPausing = false
    private var outcomes = 0
    private var attempts = 0
    /// The call is open on a connection, and this went out on it.
    private var wire: [[UInt8]]?
    private var unsent = 0
    private var accepted: [[UInt8]] = []
    private var hasFinishedSending = false
    private var arrived: [[UInt8]] = []
    private var partial: [UInt8] = []
    private var taken: [[UInt8]] = []
    private var bytesIn = 0, credit = 0

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
    }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    mutating func run(steps: Int) {
        if !chance(20) { begin() }
        for _ in 0..<steps {
            step()
            #expect(outcomes <= 1 && attempts <= 2, "seed \(seed): \(outcomes) outcomes, \(attempts) attempts")
            #expect(taken == Array(arrived.prefix(taken.count)), "seed \(seed): messages out of order")
            #expect(credit <= bytesIn, "seed \(seed): more credit than bytes")
            if let wire { #expect(wire == accepted, "seed \(seed): the server is sent something else") }
        }
        cancel()
        #expect(outcomes == 1, "seed \(seed)")
        #expect(!isOpenerWaiting && !isReceiverWaiting && !isSenderWaiting, "seed \(seed): a task waits for ever")
        while taken.count < arrived.count {
            let before = taken.count
            receive()
            guard taken.count > before else {
                Issue.record("seed \(seed): a message is lost")
                return
            }
        }
        #expect(taken == arrived, "seed \(seed)")
    }

    private mutating func step() {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: if isConnecting { connected() }
        case 1: if isConnecting, chance(10) { failed() }
        case 2: if isPausing { pauseOver() }
        case 3...5: if !isOpenerWaiting, attempts > 0 { send() }
        case 6: sent()
        case 7: if chance(20), attempts > 0 { finishSending() }
        case 8, 9: if !isOpenerWaiting, attempts > 0 { receive() }
        case 10, 11: if wire != nil { message() }
        case 12: if wire != nil, chance(3) { ended() }
        default: if chance(100) { cancel() }
        }
    }

    private mutating func begin() {
        #expect(machine.begin() == .connect, "seed \(seed)")
        isOpenerWaiting = true
        isConnecting = true
    }

    private mutating func connected() {
        guard machine.connectionReady() == .open else {
            Issue.record("seed \(seed): the connection is not wanted")
            return
        }
        isConnecting = false
        // Opening may bring the end about.
        if chance(20) { ended() } else if chance(20) { cancel() }
        switch machine.opened() {
        case .cancel: #expect(outcomes == 1, "seed \(seed)")
        case .send(let messages, let streamEnd, let resumeOpener):
            attempts += 1
            #expect(resumeOpener == isOpenerWaiting && streamEnd == hasFinishedSending, "seed \(seed)")
            isOpenerWaiting = false
            wire = messages
            unsent = messages.reduce(0) { $0 + $1.count }
            for _ in messages where unsent == 0 { sent(bytes: 0) }
        }
    }

    private mutating func failed() {
        isConnecting = false
        switch machine.connectionFailed(RPCError(.unavailable, "down")) {
        case .end(let end): self.end(end)
        case .ignore: Issue.record("seed \(seed): nobody waited for it")
        }
    }

    private mutating func pauseOver() {
        isPausing = false
        isConnecting = machine.pauseOver() == .connect
    }

    private mutating func send() {
        let bytes = random.bytes(Int.random(in: 0..<4, using: &random))
        switch bytes.withUnsafeBytes({ machine.send($0) }) {
        case .send:
            #expect(wire != nil && !hasFinishedSending && !isSenderWaiting, "seed \(seed)")
            accepted.append(bytes)
            wire?.append(bytes)
            unsent += bytes.count
        case .held:
            #expect(wire == nil && !hasFinishedSending && !isSenderWaiting, "seed \(seed)")
            accepted.append(bytes)
        case .over:
            #expect(outcomes == 1, "seed \(seed)")
            return
        case .failed:
            #expect(hasFinishedSending || isSenderWaiting, "seed \(seed)")
            return
        }
        switch machine.waitUntilSent() {
        case .wait: isSenderWaiting = true
        case .sent: #expect(wire != nil && unsent == 0, "seed \(seed): a message is held, and nobody waits")
        case .over, .failed: Issue.record("seed \(seed): the call is over behind its back")
        }
    }

    private mutating func sent() {
        guard wire != nil, unsent > 0 else { return }
        sent(bytes: Int.random(in: 1...unsent, using: &random))
    }

    private mutating func sent(bytes: Int) {
        unsent -= bytes
        switch machine.sent(bytes: bytes) {
        case .resumeSender:
            #expect(isSenderWaiting && unsent == 0, "seed \(seed): nobody sends")
            isSenderWaiting = false
        case .done: #expect(!isSenderWaiting && unsent == 0, "seed \(seed)")
        case .more: #expect(unsent > 0, "seed \(seed)")
        case .ignore: Issue.record("seed \(seed): the call is open")
        }
    }

    private mutating func finishSending() {
        let action = machine.finishSending()
        #expect((action == .sendStreamEnd) == (wire != nil && !hasFinishedSending), "seed \(seed)")
        if outcomes == 0 { hasFinishedSending = true }
    }

    private mutating func receive() {
        switch machine.receive() {
        case .message(let message, let credit):
            taken.append(message)
            self.credit += credit
        case .over: #expect(outcomes == 1 && taken == arrived, "seed \(seed): the outcome before a message")
        case .failed: #expect(isReceiverWaiting, "seed \(seed)")
        case .wait:
            #expect(!isReceiverWaiting, "seed \(seed): a second receiver")
            isReceiverWaiting = true
        }
    }

    private mutating func message() {
        if chance(4) { #expect(machine.headersReceived() == .keep, "seed \(seed)") }
        let bytes = random.bytes(Int.random(in: 0..<4, using: &random))
        let messageEnd = Bool.random(using: &random)
        bytesIn += bytes.count
        partial += bytes
        if messageEnd {
            arrived.append(partial)
            partial = []
        }
        switch bytes.withUnsafeBytes({ machine.messageReceived($0, messageEnd: messageEnd) }) {
        case .keep(let credit):
            #expect(!isReceiverWaiting || !messageEnd, "seed \(seed): a receiver waits for what is there")
            self.credit += credit
        case .deliver(let message, let credit):
            #expect(isReceiverWaiting, "seed \(seed): nobody receives")
            isReceiverWaiting = false
            taken.append(message)
            self.credit += credit
        case .ignore: Issue.record("seed \(seed): the call is open")
        }
    }

    private mutating func ended() {
        let last: [UInt8]? = chance(2) && partial.isEmpty ? [42] : nil
        let error: RPCError? =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: nil
            case 1: StreamingCallMachineTests.notStarted
            case 2: StreamingCallMachineTests.later(1)
            default: RPCError(.aborted, "")
            }
        let message = error == nil ? last : nil
        if let message { arrived.append(message) }
        let action: StreamingCallMachine.OnEnded
        if let message {
            action = message.withUnsafeBytes { machine.ended(nil, lastMessage: $0, deadline: nil, now: .zero) }
        } else {
            action = machine.ended(error, deadline: nil, now: .zero)
        }
        wire = nil
        unsent = 0
        switch action {
        case .end(let end): self.end(end)
        case .connectAgain, .pause:
            #expect(attempts == 1 && accepted.count <= 1 && arrived.isEmpty, "seed \(seed): sent again wrongly")
            isPausing = action != .connectAgain
            isConnecting = !isPausing
        case .ignore: Issue.record("seed \(seed): the end is not heard")
        }
    }

    private mutating func cancel() {
        switch machine.cancel(StreamingCallMachineTests.gaveUp) {
        case .end(let end):
            wire = nil
            self.end(end)
        case .ignore: #expect(outcomes == 1, "seed \(seed)")
        }
    }

    private mutating func end(_ end: StreamingCallMachine.End) {
        outcomes += 1
        isConnecting = false
        isPausing = false
        #expect(end.waiters.contains(.opener) == isOpenerWaiting, "seed \(seed)")
        #expect(end.waiters.contains(.receiver) == isReceiverWaiting, "seed \(seed)")
        #expect(end.waiters.contains(.sender) == isSenderWaiting, "seed \(seed)")
        if let message = end.message {
            #expect(isReceiverWaiting, "seed \(seed)")
            taken.append(message)
        }
        isOpenerWaiting = false
        isReceiverWaiting = false
        isSenderWaiting = false
    }
}
