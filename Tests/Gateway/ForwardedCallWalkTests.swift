import GatewayRules
import TestRandom
import Testing

/// A call with everything around it that may happen to it, at any time: also within whatever the call itself brings about.
/// It acts on the machine as ``GatewayServer``'s `ForwardedCall` does.
private struct World {
    private enum Stream {
        case none, asked, open
    }

    var machine = ForwardedCallMachine()
    private var random: SplitMix
    private var depth = 0

    // What is around the call.
    private var isCallerThere = false
    private var hasTail = false
    private var hasSentAll = false
    private var stream = Stream.none
    private var isInQueue = false
    private var isInPool = false
    private var keptFrames: [Int] = []
    private var isKept = false
    private var waitingAtBackend = 0
    private var waitingAtCaller = 0

    // What is counted of one call.
    private var receivedBytes = 0
    private var requestCredit = 0
    private var answeredBytes = 0
    private var responseCredit = 0
    private var answers = 0
    private var placesLeft = 0
    private var isPlaceless = false
    private var attempts = 0
    private var wasSentAgain = false
    private var reportedBytes = 0

    // Over all calls.
    private(set) var calls = 0
    private(set) var recycled = 0
    private(set) var sentAgain = 0
    private(set) var nested = 0
    private(set) var placeless = 0

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
    }

    private mutating func chance(_ one: UInt64, in all: UInt64) -> Bool { random.next() % all < one }
    private mutating func some(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    /// Something outside is called, and may do anything before it returns.
    private mutating func outside() {
        guard depth < 4, chance(1, in: 4) else { return }
        nested += 1
        step()
    }

    private mutating func run(_ body: (inout World) -> Void) {
        machine.enter()
        depth += 1
        body(&self)
        depth -= 1
        if depth == 0 { checkBytes() }
        if machine.leave() { recycle() }
    }

    /// Every byte that came is kept here, waits somewhere, or has been credited.
    private mutating func checkBytes() {
        if let bytes = machine.waitingToReport() { reportedBytes = bytes }
        guard placesLeft == 0 else { return }
        let waiting = keptFrames.reduce(0, +) + waitingAtBackend
        #expect(reportedBytes == waiting)
        if attempts < 2, !wasSentAgain { #expect(requestCredit + waiting == receivedBytes) }
        #expect(responseCredit + waitingAtCaller == answeredBytes)
    }

    private mutating func recycle() {
        recycled += 1
        #expect(depth == 0 && !isCallerThere && stream == .none && !isInQueue && !isInPool)
        #expect(keptFrames.isEmpty && !isKept)
        #expect(placesLeft == 1 && attempts <= 2)
        #expect(answers <= 1)
    }

    // MARK: What happens

    mutating func begin() {
        calls += 1
        (receivedBytes, requestCredit, answeredBytes, responseCredit) = (some(20), 0, 0, 0)
        (answers, placesLeft, attempts, waitingAtBackend, waitingAtCaller) = (0, 0, 0, 0, 0)
        (isCallerThere, hasTail, hasSentAll, wasSentAgain, reportedBytes) = (true, false, chance(1, in: 2), false, 0)
        isPlaceless = false
        run { world in
            let waits = world.chance(1, in: 3)
            let bytes = world.receivedBytes
            let action = world.machine.begin(
                bytes: bytes, streamEnd: world.hasSentAll, hasDeadline: true, waitsForTurn: waits,
                hasRoom: world.chance(9, in: 10), tick: 0)
            switch action {
            case .hold:
                world.keptFrames = [bytes]
                world.isInQueue = true
            case .choose: world.choose(bytes)
            case .noRoom(let ending): world.fail(ending)
            }
        }
    }

    /// One thing that may happen now, if any may.
    mutating func step() {
        switch random.next() % 11 {
        case 0 where isCallerThere && !hasSentAll: requestBytes()
        case 1 where isCallerThere && chance(1, in: 3): cancel()
        case 2 where isInQueue: turn()
        case 3 where isInPool: connection()
        case 4 where stream != .none: backendEnds()
        case 5 where stream == .open: response()
        case 6 where waitingAtBackend > 0: backendTakes()
        case 7 where waitingAtCaller > 0: callerTakes()
        case 8 where isCallerThere && !hasTail && !isPlaceless && chance(1, in: 4): displace()
        case 9 where stream == .open: waitsForOthers()
        case 10 where depth == 0 && isCallerThere && chance(1, in: 4): givesRoom()
        default: break
        }
    }

    var isOver: Bool { placesLeft == 1 && !isCallerThere }

    private mutating func requestBytes() {
        let bytes = some(10)
        receivedBytes += bytes
        hasSentAll = chance(1, in: 3)
        run { world in
            let action = world.machine.requestReceived(
                bytes: bytes, streamEnd: world.hasSentAll, crowd: .none, hasRoom: world.chance(19, in: 20), tick: 0)
            switch action {
            case .forward: world.send(bytes)
            case .hold: world.keptFrames.append(bytes)
            case .drop: break
            case .noRoom(let ending), .crowded(let ending):
                world.fail(ending)
            }
        }
    }

    private mutating func cancel() {
        let hadTail = hasTail
        if hadTail { (isCallerThere, hasTail, waitingAtCaller) = (false, false, 0) }
        run { world in
            switch world.machine.cancelled() {
            case .end(let ending, _):
                world.isCallerThere = false
                world.cancelBackend(ending)
                world.settle(ending)
            case .forget: #expect(hadTail)
            case .ignore: break
            }
        }
    }

    private mutating func turn() {
        isInQueue = false
        let isRefused = chance(1, in: 4)
        run { world in
            if isRefused {
                guard let ending = world.machine.refused() else { return }
                world.fail(ending)
            } else if world.machine.turnCame(tick: 0) {
                world.outside()
                world.isInPool = world.machine.isWaiting
            }
        }
    }

    private mutating func connection() {
        isInPool = false
        let hasFailed = chance(1, in: 4)
        run { world in
            if hasFailed {
                guard let ending = world.machine.connectionFailed() else { return }
                world.fail(ending)
            } else {
                world.open(world.keptFrames.removeFirst())
            }
        }
    }

    private mutating func choose(_ bytes: Int) {
        outside()
        if chance(3, in: 4) { return open(bytes) }
        switch machine.noneReady(hasRoom: chance(9, in: 10)) {
        case .holdAndWait:
            keptFrames.insert(bytes, at: 0)
            isInPool = true
        case .noRoom(let ending): fail(ending)
        case .ignore: break
        }
    }

    private mutating func open(_ bytes: Int) {
        guard case .open(let keepsRequest) = machine.connectionReady() else { return }
        attempts += 1
        if keepsRequest { isKept = hasSentAll && keptFrames.isEmpty && chance(3, in: 4) }
        let isTaken = chance(4, in: 5)
        stream = .asked
        outside()
        let keeps = isKept
        guard isTaken else {
            stream = .none
            switch machine.notOpened(bytes: bytes, isKept: keeps) {
            case .sendAgain: sendAgain(bytes)
            case .fail(let ending): fail(ending)
            case .ignore: break
            }
            return
        }
        let waiting = some(bytes + 1)
        // What ended while it was being asked has no stream.
        let isThere = stream == .asked
        switch machine.opened(bytes: bytes, waitingBytes: waiting, isKept: keeps) {
        case .opened(let creditBytes):
            #expect(isThere)
            stream = .open
            waitingAtBackend = waiting
            requestCredit += creditBytes
            outside()
            while machine.nextHeld() { send(keptFrames.removeFirst()) }
        case .giveUp: stream = .none
        }
    }

    private mutating func send(_ bytes: Int) {
        guard stream == .open else { return }
        let sent = waitingAtBackend > 0 ? 0 : some(bytes + 1)
        waitingAtBackend += bytes - sent
        outside()
        requestCredit += machine.requestSent(bytes: sent, tick: 0)
    }

    private mutating func backendTakes() {
        let bytes = 1 + some(waitingAtBackend)
        waitingAtBackend -= bytes
        run { $0.requestCredit += $0.machine.requestSent(bytes: bytes, tick: 0) }
    }

    private mutating func response() {
        if chance(1, in: 4) {
            return run { world in
                let sendsOn = world.machine.headersReceived(tick: 0)
                #expect(sendsOn)
                world.isKept = false
                world.outside()
            }
        }
        let bytes = some(10)
        answeredBytes += bytes
        run { world in
            switch world.machine.responseReceived(bytes: bytes, crowd: .none) {
            case .forward:
                world.isKept = false
                let sent = world.waitingAtCaller > 0 ? 0 : world.some(bytes + 1)
                world.waitingAtCaller += bytes - sent
                world.outside()
                world.responseCredit += world.machine.responseSent(bytes: sent, tick: 0)
            case .crowded(let ending): world.fail(ending)
            case .drop: Issue.record("bytes of an open stream are dropped")
            }
        }
    }

    private mutating func callerTakes() {
        let bytes = 1 + some(waitingAtCaller)
        waitingAtCaller -= bytes
        run { $0.responseCredit += $0.machine.responseSent(bytes: bytes, tick: 0) }
        if hasTail, waitingAtCaller == 0 { (isCallerThere, hasTail) = (false, false) }
    }

    private mutating func backendEnds() {
        stream = .none
        waitingAtBackend = 0
        let isNotStarted = chance(1, in: 2)
        run { world in
            switch world.machine.backendEnded(isNotStarted: isNotStarted) {
            case .sendAgain: world.sendAgain(world.receivedBytes)
            case .answer(let ending): world.answer(ending)
            case .ignore: break
            }
        }
    }

    private mutating func sendAgain(_ bytes: Int) {
        #expect(isKept)
        isKept = false
        wasSentAgain = true
        sentAgain += 1
        choose(bytes)
    }

    private mutating func waitsForOthers() {
        run { world in
            let givesBack = world.machine.waitsForOthers()
            #expect(givesBack == !world.isPlaceless)
            guard givesBack else { return }
            world.isPlaceless = true
            world.placeless += 1
            world.outside()
        }
    }

    /// Never within another run of its own.
    private mutating func givesRoom() {
        run { world in
            guard let ending = world.machine.roomTaken() else { return }
            #expect(!world.keptFrames.isEmpty)
            world.fail(ending)
        }
    }

    private mutating func displace() {
        run { world in
            guard let ending = world.machine.displaced() else { return }
            world.fail(ending)
        }
    }

    // MARK: The end

    private mutating func fail(_ ending: ForwardedCallMachine.Ending) {
        cancelBackend(ending)
        answer(ending)
    }

    private mutating func cancelBackend(_ ending: ForwardedCallMachine.Ending) {
        guard ending.cancelsBackend else { return }
        #expect(stream == .open)
        (stream, waitingAtBackend) = (.none, 0)
        outside()
    }

    private mutating func answer(_ ending: ForwardedCallMachine.Ending) {
        answers += 1
        outside()
        settle(ending)
    }

    private mutating func settle(_ ending: ForwardedCallMachine.Ending) {
        (keptFrames, isKept, isInPool, isInQueue) = ([], false, false, false)
        let tailWaits = isCallerThere && waitingAtCaller > 0
        if tailWaits {
            hasTail = true
        } else {
            (isCallerThere, waitingAtCaller) = (false, 0)
        }
        machine.settled(tailWaits: tailWaits)
        placesLeft += 1
        outside()
    }

    /// A tail is out, or will be: the object belongs to the caller's connection, and another serves the next call.
    mutating func checkTail() {
        guard !machine.isIdle else { return }
        #expect(placesLeft == 1 && stream == .none)
        machine = ForwardedCallMachine()
    }
}

extension ForwardedCallMachine {
    fileprivate var isWaiting: Bool { !isStarted }

    fileprivate var isIdle: Bool {
        var other = self
        other.enter()
        return other.cancelled() == .ignore && !other.leave()
    }
}

@Suite struct ForwardedCallWalkTests {
    @Test(
        "whatever happens at whatever time, a call ends once towards each side, gives its place back once, accounts for every byte and is used again once",
        arguments: 0..<20)
    func walk(_ seed: UInt64) {
        var world = World(seed: seed)
        var steps = 0
        for _ in 0..<500 {
            world.begin()
            while !world.isOver, steps < 1_000_000 {
                steps += 1
                world.step()
            }
            world.checkTail()
        }
        #expect(world.calls == 500)
        #expect(world.recycled > 100)
        #expect(world.sentAgain > 10)
        #expect(world.nested > 500)
        #expect(world.placeless > 10)
        #expect(steps < 1_000_000)
    }
}
