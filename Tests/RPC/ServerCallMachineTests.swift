import TestRandom
import Testing
import Wire

@testable import RPC

@Suite("The machine of a server's call") struct ServerCallMachineTests {
    /// Where a call can be when something happens.
    private enum Stage: MachineStage {
        case new, gathering, serving, receiving, unsent, sending, abandoned, over

        var machine: ServerCallMachine {
            var machine = ServerCallMachine()
            switch self {
            case .new: break
            case .gathering: _ = machine.begin([1], isClientStreaming: false)
            case .serving: _ = machine.begin(isClientStreaming: true)
            case .receiving:
                _ = machine.begin(isClientStreaming: true)
                _ = machine.receive(wait: 1)
            case .unsent:
                _ = machine.begin(isClientStreaming: true)
                _ = machine.send(bytes: 5)
            case .sending:
                _ = machine.begin(isClientStreaming: true)
                _ = machine.send(bytes: 5)
                _ = machine.waitUntilSent()
            case .abandoned:
                _ = machine.begin(isClientStreaming: true)
                _ = machine.cancelled()
            case .over:
                _ = machine.begin(isClientStreaming: true)
                _ = machine.returned()
            }
            return machine
        }
    }

    private enum Event: MachineEvent {
        case beginWhole, beginPart, beginStream, beginWithoutMessage, part, message, lastMessage, end, receive
        case ownWaitCancelled, send, someSent, allSent, waitUntilSent, leading, trailing, started, returned, cancelled
        case failed, waitsForOthers

        func happens(to machine: inout ServerCallMachine) -> String {
            switch self {
            case .beginWhole: "\(machine.begin([1], messageEnd: true, streamEnd: true, isClientStreaming: false))"
            case .beginPart: "\(machine.begin([1], isClientStreaming: false))"
            case .beginStream: "\(machine.begin([1], isClientStreaming: true))"
            case .beginWithoutMessage: "\(machine.begin([], streamEnd: true, isClientStreaming: false))"
            case .part: "\(machine.request([2, 3]))"
            case .message: "\(machine.request([2], messageEnd: true))"
            case .lastMessage: "\(machine.request([2], messageEnd: true, streamEnd: true))"
            case .end: "\(machine.request([], streamEnd: true))"
            case .receive: "\(machine.receive(wait: 2))"
            case .ownWaitCancelled: "\(machine.waitCancelled(1))"
            case .send: "\(machine.send(bytes: 4))"
            case .someSent: "\(machine.sent(bytes: 0))"
            case .allSent: "\(machine.sent(bytes: machine.unsentBytes))"
            case .waitUntilSent: "\(machine.waitUntilSent())"
            case .leading: "\(machine.sendLeadingMetadata())"
            case .trailing: "\(machine.setTrailingMetadata(Metadata()))"
            case .started: "\(machine.started())"
            case .returned: "\(machine.returned().words)"
            case .cancelled: "\(machine.cancelled().words)"
            case .failed: "\(machine.failed(RPCError(.internal, "broken")).words)"
            case .waitsForOthers: "\(machine.waitsForOthers())"
            }
        }
    }

    private static let over = "failed(CANCELLED: the call is over)"
    private static let second =
        "failed(INTERNAL: another task waits to receive on this call already; one may at a time)"
    private static let secondSender =
        "failed(INTERNAL: another task waits to send on this call already; one may at a time)"

    private static let table: AnswerTable<Stage, Event> = {
        let ignored = [String](repeating: "ignore", count: 7)
        return AnswerTable([
            // new, gathering, serving, receiving, unsent, sending, abandoned, over
            .beginWhole: ["startWithFrame"] + ignored,
            .beginPart: ["gather(credit: 1)"] + ignored,
            .beginStream: ["start(credit: 1)"] + ignored,
            .beginWithoutMessage: ["refuse(messages: 0)"] + ignored,
            .part: [
                "ignore", "keep(credit: 2)", "keep(credit: 2)", "keep(credit: 2)", "keep(credit: 2)",
                "keep(credit: 2)", "ignore", "ignore",
            ],
            .message: [
                "ignore", "keep(credit: 0)", "keep(credit: 0)", "deliver([2], credit: 1)", "keep(credit: 0)",
                "keep(credit: 0)", "ignore", "ignore",
            ],
            .lastMessage: [
                "ignore", "start([1, 2])", "keep(credit: 0)", "deliver([2], credit: 1)", "keep(credit: 0)",
                "keep(credit: 0)", "ignore", "ignore",
            ],
            .end: [
                "ignore", "refuse(messages: 0)", "keep(credit: 0)", "deliverEnd", "keep(credit: 0)", "keep(credit: 0)",
                "ignore", "ignore",
            ],
            .receive: [over, over, "wait", second, "wait", "wait", over, over],
            .ownWaitCancelled: [
                "ignore", "ignore", "ignore", "resumeReceiver", "ignore", "ignore", "ignore", "ignore",
            ],
            .send: [over, over, "send", "send", "send", secondSender, over, over],
            .someSent: ["ignore", "ignore", "done", "done", "more", "more", "ignore", "ignore"],
            .allSent: ["ignore", "ignore", "done", "done", "done", "resumeSender", "ignore", "ignore"],
            .waitUntilSent: [over, over, "sent", "sent", "wait", secondSender, over, over],
            .leading: ["ignore", "ignore", "send", "send", "ignore", "ignore", "ignore", "ignore"],
            .trailing: [String](repeating: "()", count: 8),
            .started: ["drop", "drop", "keep", "keep", "keep", "keep", "cancel", "drop"],
            .returned: [
                "ignore", "ignore", "finish, fails nobody", "finish, fails receiver", "finish, fails nobody",
                "finish, fails sender", "release", "ignore",
            ],
            .cancelled: [
                "release", "release", "abandon without status, fails nobody", "abandon without status, fails receiver",
                "abandon without status, fails nobody", "abandon without status, fails sender", "ignore", "ignore",
            ],
            .failed: [
                "ignore", "ignore", "abandon with INTERNAL, fails nobody", "abandon with INTERNAL, fails receiver",
                "abandon with INTERNAL, fails nobody", "abandon with INTERNAL, fails sender", "ignore", "ignore",
            ],
            .waitsForOthers: ["ignore", "ignore", "say", "say", "ignore", "ignore", "ignore", "ignore"],
        ])
    }()

    @Test("each event in each state has the answer of the table", arguments: Event.allCases)
    private func table(_ event: Event) throws {
        try Self.table.expect(event)
    }

    @Test("the states follow each other as the diagram says")
    func isStarted() {
        #expect(Stage.allCases.filter { !$0.machine.isStarted } == [.new, .gathering])
    }

    // MARK: Requests

    @Test("a unary request in one frame keeps nothing, and its stream is at its end")
    func requestInOneFrame() {
        var machine = ServerCallMachine()
        #expect(
            machine.begin([1, 2], messageEnd: true, streamEnd: true, isClientStreaming: false) == .startWithFrame)
        #expect(machine.keptBytes == 0)
        #expect(machine.receive(wait: 1) == .end)
    }

    @Test("a request in parts is gathered and starts the handler at the end of the stream")
    func requestInParts() {
        var machine = ServerCallMachine()
        #expect(machine.begin([1], isClientStreaming: false) == .gather(credit: 1))
        #expect(machine.request([2], messageEnd: true) == .keep(credit: 0))
        #expect(machine.keptBytes == 2)
        #expect(!machine.isStarted)
        #expect(machine.request([], streamEnd: true) == .start([1, 2]))
        #expect(machine.keptBytes == 0)
        #expect(machine.receive(wait: 1) == .end)
    }

    @Test("a second message where one is due refuses the call before a handler saw it")
    func secondRequest() {
        var machine = ServerCallMachine()
        _ = machine.begin([1], messageEnd: true, isClientStreaming: false)
        #expect(machine.request([2], messageEnd: true) == .refuse(messages: 2))
        #expect(machine.keptBytes == 0)
        #expect(machine.cancelled() == .ignore)
    }

    @Test("messages that nobody takes end the call at the limit, and the handler keeps the slot until it returns")
    func tooManyMessages() {
        var machine = ServerCallMachine()
        _ = machine.begin(isClientStreaming: true)
        machine.setTrailingMetadata(Metadata([.init(key: "a", value: [1])]))
        _ = machine.send(bytes: 9)
        #expect(machine.waitUntilSent() == .wait)
        for _ in 0..<ServerCallMachine.maximumQueuedMessages {
            #expect(machine.request([], messageEnd: true) == .keep(credit: 0))
        }
        guard case .abandon(let abandonment) = machine.request([], messageEnd: true) else {
            Issue.record("the call goes on")
            return
        }
        #expect(abandonment.status?.code == .resourceExhausted)
        #expect(abandonment.status?.trailingMetadata.entries.count == 1)
        #expect(abandonment.waiters == .sender)
        #expect(machine.request([], messageEnd: true) == .ignore)
        #expect(machine.returned() == .release)
    }

    // MARK: Waits

    @Test("a wait that was cancelled before it came fails, and the next one waits")
    func cancelledWait() {
        var machine = ServerCallMachine()
        _ = machine.begin(isClientStreaming: true)
        #expect(machine.waitCancelled(1) == .ignore)
        #expect(machine.receive(wait: 1) == .failed(ServerCallMachine.receivingCancelled))
        #expect(machine.receive(wait: 2) == .wait)
    }

    @Test("a cancellation that comes after its wait was served ends no later wait")
    func lateCancellation() {
        var machine = ServerCallMachine()
        _ = machine.begin([1], messageEnd: true, isClientStreaming: true)
        #expect(machine.receive(wait: 1) == .message([1], credit: 1))
        #expect(machine.receive(wait: 2) == .wait)
        #expect(machine.waitCancelled(1) == .ignore)
        #expect(machine.request([2], messageEnd: true) == .deliver([2], credit: 1))
    }

    @Test("a sender goes on when the last of its bytes is out")
    func sender() {
        var machine = ServerCallMachine()
        _ = machine.begin(isClientStreaming: true)
        #expect(machine.send(bytes: 10) == .send)
        #expect(machine.sent(bytes: 4) == .more)
        #expect(machine.waitUntilSent() == .wait)
        #expect(machine.sent(bytes: 5) == .more)
        #expect(machine.sent(bytes: 1) == .resumeSender)
    }

    // MARK: Metadata and ends

    @Test("leading metadata go before the first message, once")
    func leading() {
        var machine = ServerCallMachine()
        _ = machine.begin(isClientStreaming: true)
        #expect(machine.sendLeadingMetadata() == .send)
        #expect(machine.sendLeadingMetadata() == .ignore)
    }

    @Test("the outcome carries the trailing metadata that were set last")
    func trailing() {
        var machine = ServerCallMachine()
        _ = machine.begin(isClientStreaming: true)
        let metadata = Metadata([.init(key: "a", value: [1])])
        machine.setTrailingMetadata(Metadata([.init(key: "b", value: [])]))
        machine.setTrailingMetadata(metadata)
        #expect(machine.returned() == .finish(trailing: metadata, []))
        #expect(machine.returned() == .ignore)
    }

    @Test("what is kept is reported once for each change, and none of it stays after the end")
    func report() {
        var machine = ServerCallMachine()
        _ = machine.begin([1, 2], isClientStreaming: true)
        #expect(machine.takeKeptBytesReport() == 2)
        #expect(machine.takeKeptBytesReport() == nil)
        _ = machine.request([3], messageEnd: true)
        #expect(machine.takeKeptBytesReport() == 3)
        _ = machine.cancelled()
        #expect(machine.takeKeptBytesReport() == 0)
        #expect(machine.takeKeptBytesReport() == nil)
    }

    @Test("whatever happens in whatever order: one outcome, one release, each wait ends once, no byte is lost")
    func randomWalks() {
        for seed in UInt64(1)...400 {
            var walk = ServerCallWalk(seed: seed)
            walk.run(steps: 300)
        }
    }
}

extension ServerCallMachine {
    fileprivate mutating func begin(
        _ bytes: [UInt8] = [], messageEnd: Bool = false, streamEnd: Bool = false, isClientStreaming: Bool
    ) -> OnBegin {
        bytes.withUnsafeBytes {
            begin($0, messageEnd: messageEnd, streamEnd: streamEnd, isClientStreaming: isClientStreaming)
        }
    }

    fileprivate mutating func request(
        _ bytes: [UInt8], messageEnd: Bool = false, streamEnd: Bool = false
    ) -> OnRequest {
        bytes.withUnsafeBytes { requestReceived($0, messageEnd: messageEnd, streamEnd: streamEnd) }
    }
}

extension CallWaiters {
    fileprivate var words: String {
        switch self {
        case []: "fails nobody"
        case .receiver: "fails receiver"
        case .sender: "fails sender"
        default: "fails several"
        }
    }
}

extension ServerCallMachine.OnReturn {
    fileprivate var words: String {
        switch self {
        case .finish(_, let waiters): "finish, \(waiters.words)"
        case .release: "release"
        case .ignore: "ignore"
        }
    }
}

extension ServerCallMachine.OnCancelled {
    fileprivate var words: String {
        switch self {
        case .abandon(let abandonment):
            "abandon \(abandonment.status.map { "with \($0.code.name)" } ?? "without status"), "
                + abandonment.waiters.words
        case .release: "release"
        case .ignore: "ignore"
        }
    }
}

/// A machine and the least that its owner does, beside what a reader would count on his fingers.
private struct ServerCallWalk {
    private let seed: UInt64
    private var random: SplitMix
    private var machine = ServerCallMachine()
    private let isClientStreaming: Bool
    private var isBegun = false
    private var receiver: UInt64?
    private var isSenderWaiting = false
    private var nextWait: UInt64 = 0
    private var cancelledAhead: UInt64?
    private var handler = Handler.none
    private var statuses = 0
    private var releases = 0
    private var bytesIn = 0, bytesOut = 0, credit = 0, unsent = 0
    private var peerHasEnded = false

    private enum Handler {
        case none, running, cancelled, returned
    }

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
        isClientStreaming = Bool.random(using: &random)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            step()
            check()
        }
        // However the walk went, the two ends that must come at last free everything.
        cancelled()
        if handler == .running || handler == .cancelled { returned() }
        check()
        #expect(releases == 1, "seed \(seed): \(releases) releases")
        #expect(receiver == nil && !isSenderWaiting, "seed \(seed): a task waits for ever")
    }

    private func check() {
        #expect(statuses <= 1 && releases <= 1, "seed \(seed): \(statuses) outcomes, \(releases) releases")
        #expect(credit <= bytesIn, "seed \(seed): more credit than bytes")
        if handler == .running, releases == 0, statuses == 0 {
            #expect(bytesIn == bytesOut + machine.keptBytes, "seed \(seed)")
        }
        if releases == 1 { #expect(machine.keptBytes == 0 && receiver == nil && !isSenderWaiting, "seed \(seed)") }
    }

    private mutating func step() {
        switch Int.random(in: 0..<16, using: &random) {
        case 0: begin()
        case 1...5: request()
        case 6, 7: receive()
        case 8: cancelWait()
        case 9, 10: send()
        case 11, 12: sent()
        case 13: metadata()
        case 14: if Int.random(in: 0..<8, using: &random) == 0 { cancelled() }
        default: if Int.random(in: 0..<8, using: &random) == 0 { returned() }
        }
    }

    private mutating func begin() {
        let bytes = random.bytes(Int.random(in: 0..<4, using: &random))
        let messageEnd = Bool.random(using: &random)
        // As the connection's machine has it: no stream ends within a message.
        let streamEnd = (messageEnd || bytes.isEmpty) && Bool.random(using: &random)
        let action = bytes.withUnsafeBytes {
            machine.begin($0, messageEnd: messageEnd, streamEnd: streamEnd, isClientStreaming: isClientStreaming)
        }
        guard action != .ignore else { return }
        #expect(!isBegun, "seed \(seed): begun twice")
        isBegun = true
        bytesIn += bytes.count
        peerHasEnded = streamEnd
        switch action {
        case .startWithFrame:
            bytesOut += bytes.count
            credit += bytes.count
            start()
        case .start(let credit):
            self.credit += credit
            start()
        case .gather(let credit): self.credit += credit
        case .refuse: refused()
        case .ignore: break
        }
    }

    private mutating func start() {
        #expect(handler == .none, "seed \(seed): a handler is started twice")
        handler = .running
        // The handler may do anything before its task is known.
        if Int.random(in: 0..<4, using: &random) == 0 { step() }
        switch machine.started() {
        case .keep: #expect(handler == .running, "seed \(seed)")
        case .cancel: #expect(handler == .cancelled, "seed \(seed)")
        case .drop: #expect(handler == .returned, "seed \(seed)")
        }
    }

    private mutating func refused() {
        #expect(handler == .none, "seed \(seed)")
        statuses += 1
        releases += 1
    }

    private mutating func request() {
        guard !peerHasEnded else { return }
        let bytes = random.bytes(Int.random(in: 0..<4, using: &random))
        let messageEnd = Bool.random(using: &random)
        let streamEnd = messageEnd && Int.random(in: 0..<20, using: &random) == 0
        let action = bytes.withUnsafeBytes {
            machine.requestReceived($0, messageEnd: messageEnd, streamEnd: streamEnd)
        }
        guard action != .ignore else { return }
        bytesIn += bytes.count
        peerHasEnded = streamEnd
        switch action {
        case .keep(let credit): self.credit += credit
        case .deliver(let message, let credit):
            resumeReceiver()
            bytesOut += message.count
            self.credit += credit
        case .deliverEnd: resumeReceiver()
        case .start(let message):
            bytesOut += message.count
            start()
        case .refuse: refused()
        case .abandon(let abandonment): abandon(abandonment)
        case .ignore: break
        }
    }

    private mutating func resumeReceiver() {
        #expect(receiver != nil, "seed \(seed): nobody receives")
        receiver = nil
    }

    private mutating func receive() {
        let wait: UInt64
        if let ahead = cancelledAhead {
            wait = ahead
            cancelledAhead = nil
        } else {
            nextWait += 1
            wait = nextWait
        }
        switch machine.receive(wait: wait) {
        case .message(let message, let credit):
            bytesOut += message.count
            self.credit += credit
        case .end: #expect(peerHasEnded, "seed \(seed)")
        case .failed: break
        case .wait:
            #expect(receiver == nil && handler == .running, "seed \(seed): a second receiver")
            receiver = wait
        }
    }

    private mutating func cancelWait() {
        if let receiver {
            #expect(machine.waitCancelled(receiver) == .resumeReceiver, "seed \(seed)")
            self.receiver = nil
        } else if cancelledAhead == nil {
            nextWait += 1
            cancelledAhead = nextWait
            #expect(machine.waitCancelled(nextWait) == .ignore, "seed \(seed)")
        }
    }

    private mutating func send() {
        let bytes = Int.random(in: 0..<4, using: &random)
        switch machine.send(bytes: bytes) {
        case .send:
            #expect(handler == .running && !isSenderWaiting, "seed \(seed)")
            unsent += bytes
        case .failed: return
        }
        switch machine.waitUntilSent() {
        case .wait: isSenderWaiting = true
        case .sent: #expect(unsent == 0, "seed \(seed)")
        case .failed: Issue.record("seed \(seed): the call is over behind its back")
        }
    }

    private mutating func sent() {
        guard unsent > 0 else { return }
        let bytes = Int.random(in: 0...unsent, using: &random)
        switch machine.sent(bytes: bytes) {
        case .resumeSender:
            #expect(isSenderWaiting && bytes == unsent, "seed \(seed): nobody sends")
            isSenderWaiting = false
            unsent = 0
        case .done: #expect(bytes == unsent, "seed \(seed)")
        case .more: unsent -= bytes
        case .ignore: unsent = 0
        }
    }

    private mutating func metadata() {
        machine.setTrailingMetadata(Metadata())
        guard machine.sendLeadingMetadata() == .send, Int.random(in: 0..<20, using: &random) == 0 else { return }
        ended(machine.failed(RPCError(.internal, "refused")))
    }

    private mutating func cancelled() {
        ended(machine.cancelled())
    }

    private mutating func ended(_ action: ServerCallMachine.OnCancelled) {
        switch action {
        case .abandon(let abandonment): abandon(abandonment)
        case .release:
            #expect(handler == .none, "seed \(seed): the slot is freed under the handler")
            releases += 1
        case .ignore: break
        }
    }

    private mutating func abandon(_ abandonment: ServerCallMachine.Abandonment) {
        #expect(handler == .running, "seed \(seed)")
        handler = .cancelled
        if abandonment.status != nil { statuses += 1 }
        fail(abandonment.waiters)
    }

    private mutating func returned() {
        let action = machine.returned()
        switch action {
        case .finish(_, let waiters):
            #expect(handler == .running, "seed \(seed)")
            statuses += 1
            releases += 1
            fail(waiters)
        case .release:
            #expect(handler == .cancelled, "seed \(seed)")
            releases += 1
        case .ignore: return
        }
        handler = .returned
    }

    private mutating func fail(_ waiters: CallWaiters) {
        #expect(waiters.contains(.receiver) == (receiver != nil), "seed \(seed)")
        #expect(waiters.contains(.sender) == isSenderWaiting, "seed \(seed)")
        receiver = nil
        isSenderWaiting = false
    }
}
