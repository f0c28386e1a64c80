import GatewayRules
import Testing

/// Every event in every state. What a state answers to an event that it does not expect is in the tables too.
@Suite struct ForwardedCallMachineTests {
    typealias Machine = ForwardedCallMachine

    /// The states, as a test brings a call there: with 10 bytes of an unfinished request that came at tick 3.
    enum Place: CaseIterable {
        case idle, waitingForTurn, choosing, waitingForConnection, opening, open, ending, answered, over

        var machine: Machine {
            var machine = Machine()
            machine.enter()
            switch self {
            case .idle: break
            case .waitingForTurn: _ = machine.begin(waitsForTurn: true)
            case .choosing: _ = machine.begin()
            case .waitingForConnection:
                _ = machine.begin()
                _ = machine.noneReady(hasRoom: true)
            case .opening:
                _ = machine.begin()
                _ = machine.connectionReady()
            case .open: machine = Machine.open()
            case .ending:
                machine = Machine.open()
                _ = machine.backendEnded(isNotStarted: false)
            case .answered:
                machine = Machine.open()
                _ = machine.backendEnded(isNotStarted: false)
                machine.settled(tailWaits: true)
            case .over:
                machine = Machine.open()
                _ = machine.backendEnded(isNotStarted: false)
                machine.settled(tailWaits: false)
            }
            return machine
        }

        static let waiting: [Place] = [.waitingForTurn, .choosing, .waitingForConnection]
        static let underWay: [Place] = waiting + [.opening, .open]
    }

    /// What each state answers; the others answer `otherwise`.
    private func expect<Answer: Equatable>(
        _ expected: [Place: Answer], otherwise: Answer, sourceLocation: SourceLocation = #_sourceLocation,
        _ event: (inout Machine) -> Answer
    ) {
        for place in Place.allCases {
            var machine = place.machine
            let answer = event(&machine)
            #expect(answer == expected[place] ?? otherwise, "\(place)", sourceLocation: sourceLocation)
        }
    }

    private func expect<Answer: Equatable>(
        _ answer: Answer, in places: [Place], otherwise: Answer, sourceLocation: SourceLocation = #_sourceLocation,
        _ event: (inout Machine) -> Answer
    ) {
        expect(
            Dictionary(uniqueKeysWithValues: places.map { ($0, answer) }), otherwise: otherwise,
            sourceLocation: sourceLocation, event)
    }

    private let notStarted = Machine.Ending(isNotStarted: true)

    // MARK: Every event in every state

    @Test("a turn is for who waits for one")
    func turn() {
        expect(true, in: [.waitingForTurn], otherwise: false) { $0.turnCame(tick: 4) }
        expect(notStarted, in: [.waitingForTurn], otherwise: nil as Machine.Ending?) { $0.refused() }
    }

    @Test("a connection is for who asks for one or waits for one")
    func connection() {
        expect(.open(keepsRequest: true), in: [.choosing, .waitingForConnection], otherwise: .ignore) {
            $0.connectionReady()
        }
        expect(.holdAndWait, in: [.choosing], otherwise: .ignore) { $0.noneReady(hasRoom: true) }
        expect(.noRoom(notStarted), in: [.choosing], otherwise: .ignore) { $0.noneReady(hasRoom: false) }
        expect(notStarted, in: [.waitingForConnection], otherwise: nil as Machine.Ending?) { $0.connectionFailed() }
    }

    @Test("a stream that was opened for a call that has ended is given up")
    func opened() {
        expect(.opened(creditBytes: 7), in: [.opening], otherwise: .giveUp) {
            $0.opened(bytes: 10, waitingBytes: 3, isKept: false)
        }
        expect(.fail(notStarted), in: [.opening], otherwise: .ignore) { $0.notOpened(bytes: 10, isKept: false) }
        expect(.sendAgain, in: [.opening], otherwise: .ignore) { $0.notOpened(bytes: 10, isKept: true) }
    }

    @Test("request bytes are kept until the call is open, go on then, and are dropped after its end")
    func requestBytes() {
        var expected = Dictionary(uniqueKeysWithValues: Place.underWay.map { ($0, Machine.OnRequest.hold) })
        expected[.open] = .forward
        expect(expected, otherwise: .drop) {
            $0.requestReceived(bytes: 5, streamEnd: false, crowd: .none, hasRoom: true, tick: 4)
        }
    }

    @Test("without room a call that keeps its request ends; one that is open needs none")
    func noRoom() {
        let full = Machine.Ending(isNotStarted: true)
        let maybe = Machine.Ending(isGivenUp: true)
        var expected = Dictionary(uniqueKeysWithValues: Place.waiting.map { ($0, Machine.OnRequest.noRoom(full)) })
        expected[.opening] = .noRoom(maybe)
        expected[.open] = .forward
        expect(expected, otherwise: .drop) {
            $0.requestReceived(bytes: 5, streamEnd: false, crowd: .none, hasRoom: false, tick: 4)
        }
    }

    @Test("bytes that went out are credited while the call is open")
    func sentBytes() {
        expect(10, in: [.open], otherwise: 0) { $0.requestSent(bytes: 10, tick: 4) }
        expect(0, in: [], otherwise: 0) { $0.responseSent(bytes: 0, tick: 4) }
    }

    @Test("a response goes on while the call is open")
    func response() {
        expect(true, in: [.open], otherwise: false) { $0.headersReceived(tick: 4) }
        expect(.forward, in: [.open], otherwise: .drop) { $0.responseReceived(bytes: 5, crowd: .none) }
    }

    @Test("a backend ends the call that it has, or is being asked to take")
    func backendEnd() {
        let expected: [Place: Machine.OnBackendEnd] = [
            .open: .answer(Machine.Ending()),
            .opening: .answer(Machine.Ending(isGivenUp: true)),
        ]
        expect(expected, otherwise: .ignore) { $0.backendEnded(isNotStarted: false) }
        expect(expected, otherwise: .ignore) { $0.backendEnded(isNotStarted: true) }
    }

    @Test("the caller ends what is under way; of an answer that is still going out nothing is left then")
    func cancelled() {
        var expected: [Place: Machine.OnCancelled] = [
            .opening: .end(Machine.Ending(isGivenUp: true), wasHeld: false),
            .open: .end(Machine.Ending(cancelsBackend: true, isGivenUp: true), wasHeld: false),
            .answered: .forget,
        ]
        for place in Place.waiting { expected[place] = .end(notStarted, wasHeld: true) }
        expect(expected, otherwise: .ignore) { $0.cancelled() }
    }

    @Test("a call loses its place wherever it is, and says whether it was begun")
    func displaced() {
        var expected: [Place: Machine.Ending?] = [
            .opening: Machine.Ending(isGivenUp: true),
            .open: Machine.Ending(cancelsBackend: true, isGivenUp: true),
        ]
        for place in Place.waiting { expected[place] = notStarted }
        expect(expected, otherwise: nil) { $0.displaced() }
    }

    @Test("a place is given back by a call that is open at a backend")
    func waitsForOthers() {
        expect(true, in: [.open], otherwise: false) { $0.waitsForOthers() }
    }

    @Test("an object serves another call when its own is over and its last run left")
    func leaving() {
        expect(true, in: [.over], otherwise: false) { $0.leave() }
        var machine = Place.over.machine
        machine.enter()
        #expect(machine.leave() == false)
        #expect(machine.leave() == true)
        machine.enter()
        #expect(machine.begin() == .choose)
    }

    @Test("a call has begun when a backend has been asked")
    func started() {
        expect(false, in: Place.waiting, otherwise: true) { $0.isStarted }
    }

    // MARK: Paths

    @Test("a call for which there is no room does not begin to wait")
    func noRoomAtBegin() {
        var machine = Machine()
        machine.enter()
        #expect(machine.begin(waitsForTurn: true, hasRoom: false) == .noRoom(notStarted))
        machine.settled(tailWaits: false)
        #expect(machine.leave() == true)
    }

    @Test("what was kept follows in its order, and what comes meanwhile stands behind it")
    func heldFrames() {
        var machine = Place.waitingForTurn.machine
        func receive(_ bytes: Int) -> Machine.OnRequest {
            machine.requestReceived(bytes: bytes, streamEnd: false, crowd: .none, hasRoom: true, tick: 4)
        }
        #expect(receive(5) == .hold)
        #expect(machine.turnCame(tick: 5) == true)
        #expect(receive(6) == .hold)
        #expect(machine.nextHeld() == false)
        #expect(machine.connectionReady() == .open(keepsRequest: true))
        #expect(machine.opened(bytes: 10, waitingBytes: 0, isKept: false) == .opened(creditBytes: 10))
        #expect(machine.waitingToReport() == 11)
        #expect(machine.nextHeld() == true)
        #expect(machine.requestSent(bytes: 5, tick: 6) == 5)
        #expect(receive(7) == .hold)
        #expect(machine.nextHeld() == true)
        #expect(machine.nextHeld() == true)
        #expect(machine.nextHeld() == false)
        #expect(receive(1) == .forward)
        #expect(machine.waitingToReport() == 14)
    }

    @Test("a call that one backend has not begun goes to another, once")
    func sentAgain() {
        var machine = Machine.open(isKept: true)
        #expect(machine.backendEnded(isNotStarted: true) == .sendAgain)
        #expect(machine.connectionReady() == .open(keepsRequest: false))
        #expect(machine.opened(bytes: 10, waitingBytes: 0, isKept: false) == .opened(creditBytes: 10))
        #expect(machine.backendEnded(isNotStarted: true) == .answer(Machine.Ending()))
    }

    @Test("what waits of a request is told when it changes, and all of it waits again when it is sent again")
    func waitingBytes() {
        var machine = Machine.open(isKept: true)
        #expect(machine.waitingToReport() == 10)
        #expect(machine.waitingToReport() == nil)
        #expect(machine.requestSent(bytes: 6, tick: 4) == 6)
        #expect(machine.waitingToReport() == 4)
        #expect(machine.backendEnded(isNotStarted: true) == .sendAgain)
        #expect(machine.noneReady(hasRoom: true) == .holdAndWait)
        #expect(machine.waitingToReport() == 10)
        #expect(machine.connectionReady() == .open(keepsRequest: false))
        #expect(machine.opened(bytes: 10, waitingBytes: 0, isKept: false) == .opened(creditBytes: 10))
        #expect(machine.waitingToReport() == 0)
        #expect(machine.backendEnded(isNotStarted: false) == .answer(Machine.Ending()))
        #expect(machine.waitingToReport() == nil)
    }

    @Test("of a call that goes on as it comes nothing is told")
    func nothingWaits() {
        var machine = Machine()
        machine.enter()
        #expect(machine.begin(streamEnd: true) == .choose)
        #expect(machine.connectionReady() == .open(keepsRequest: true))
        #expect(machine.opened(bytes: 10, waitingBytes: 0, isKept: true) == .opened(creditBytes: 10))
        #expect(machine.waitingToReport() == nil)
    }

    @Test("a call that has begun to be answered goes nowhere else", arguments: [true, false])
    func answeredOnce(hasHeaders: Bool) {
        var machine = Machine.open(isKept: true)
        if hasHeaders {
            #expect(machine.headersReceived(tick: 4) == true)
        } else {
            #expect(machine.responseReceived(bytes: 0, crowd: .none) == .forward)
        }
        #expect(machine.backendEnded(isNotStarted: true) == .answer(Machine.Ending()))
    }

    @Test("thousands of messages without bytes that wait end the call; messages with bytes are bounded by credit")
    func crowds() {
        let limit = 100 + Machine.maximumEmptyMessages
        let crowd = Machine.Crowd(waitingPieces: limit + 1, creditBytes: 100)
        let fits = Machine.Crowd(waitingPieces: limit, creditBytes: 100)
        let ending = Machine.Ending(cancelsBackend: true, isGivenUp: true)
        var machine = Machine.open()
        #expect(machine.requestReceived(bytes: 0, crowd: fits) == .forward)
        #expect(machine.requestReceived(bytes: 1, crowd: crowd) == .forward)
        #expect(machine.requestSent(bytes: 1, tick: 4) == 1)
        #expect(machine.responseReceived(bytes: 0, crowd: fits) == .forward)
        var other = machine
        #expect(machine.requestReceived(bytes: 0, crowd: crowd) == .crowded(ending))
        #expect(other.responseReceived(bytes: 0, crowd: crowd) == .crowded(ending))
        var held = Place.waitingForTurn.machine
        let credit = Machine.Crowd(waitingPieces: 0, creditBytes: 100)
        for _ in 0...limit { #expect(held.requestReceived(bytes: 0, crowd: credit) == .hold) }
        #expect(held.requestReceived(bytes: 0, crowd: credit) == .crowded(notStarted))
    }

    // MARK: Without a place

    @Test("a place is given back once, also when the call is sent again; it goes on without to its end")
    func placeless() {
        var machine = Machine.open(isKept: true)
        #expect(machine.waitsForOthers() == true)
        #expect(machine.waitsForOthers() == false)
        #expect(machine.backendEnded(isNotStarted: true) == .sendAgain)
        #expect(machine.waitsForOthers() == false)
        #expect(machine.noneReady(hasRoom: true) == .holdAndWait)
        #expect(machine.connectionReady() == .open(keepsRequest: false))
        #expect(machine.opened(bytes: 10, waitingBytes: 0, isKept: false) == .opened(creditBytes: 10))
        #expect(machine.waitsForOthers() == false)
        #expect(machine.responseReceived(bytes: 5, crowd: .none) == .forward)
        #expect(machine.backendEnded(isNotStarted: false) == .answer(Machine.Ending()))
        machine.settled(tailWaits: false)
        #expect(machine.leave() == true)
        // The next call of the object has its own.
        machine.enter()
        #expect(machine.begin() == .choose)
        #expect(machine.connectionReady() == .open(keepsRequest: true))
        #expect(machine.opened(bytes: 10, waitingBytes: 10, isKept: false) == .opened(creditBytes: 0))
        #expect(machine.waitsForOthers() == true)
    }

    @Test("a call without a place has none to lose, however long its caller lets it stand")
    func placelessStands() {
        var machine = Machine.open(isKept: true)
        #expect(machine.placeUse == .silent)
        #expect(machine.waitsForOthers() == true)
        #expect(machine.placeUse == .served)
        #expect(machine.displaced() == nil)
        #expect(machine.backendEnded(isNotStarted: true) == .sendAgain)
        #expect(machine.placeUse == .served)
        #expect(machine.displaced() == nil)
        let ending = Machine.Ending(isNotStarted: true)
        #expect(machine.cancelled() == .end(ending, wasHeld: true))
    }

    @Test("a call that waits gives its bytes' room; one that is on its way keeps it")
    func roomTaken() {
        let ending = Machine.Ending(isNotStarted: true)
        expect(Optional(ending), in: [.waitingForTurn, .waitingForConnection], otherwise: nil) { $0.roomTaken() }
    }

    // MARK: Whose turn it is

    @Test("it is the caller's turn while the request has not ended, or it does not read; else the service's")
    func placeUse() {
        var whole = Machine.open(streamEnd: true, hasDeadline: true)
        #expect(whole.placeUse == .served)
        #expect(whole.responseReceived(bytes: 8, crowd: .none) == .forward)
        #expect(whole.placeUse == .silent)
        #expect(whole.responseSent(bytes: 8, tick: 8) == 8)
        #expect(whole.placeUse == .served)
        var unfinished = Machine.open(streamEnd: false, hasDeadline: true)
        #expect(unfinished.placeUse == .silent)
        #expect(unfinished.requestReceived(bytes: 1, streamEnd: true, crowd: .none) == .forward)
        #expect(unfinished.placeUse == .served)
    }

    @Test("without a deadline it is the service's turn until it has begun to answer")
    func noDeadline() {
        var withHeaders = Machine.open(streamEnd: true)
        #expect(withHeaders.placeUse == .servedWithoutDeadline)
        #expect(withHeaders.headersReceived(tick: 4) == true)
        #expect(withHeaders.placeUse == .silent)
        var withMessage = Machine.open(streamEnd: true)
        #expect(withMessage.responseReceived(bytes: 2_000, crowd: .none) == .forward)
        #expect(withMessage.responseSent(bytes: 2_000, tick: 4) == 2_000)
        #expect(withMessage.placeUse == .carrying)
        var unopened = Machine()
        unopened.enter()
        #expect(unopened.begin(streamEnd: true) == .choose)
        #expect(unopened.placeUse == .servedWithoutDeadline)
    }

    @Test("a place's use is told once, and again when it is another or the call has moved in a later tick")
    func reports() {
        var machine = Machine.open()
        #expect(machine.placeUseToReport() == .silent)
        #expect(machine.placeUseToReport() == nil)
        #expect(machine.headersReceived(tick: 5) == true)
        #expect(machine.placeUseToReport() == .silent)
        #expect(machine.requestReceived(bytes: 5_000, crowd: .none) == .forward)
        #expect(machine.placeUseToReport() == nil)
        for tick in 5..<8 {
            #expect(machine.requestSent(bytes: 1_500, tick: tick) == 1_500)
            #expect(machine.placeUseToReport() == .carrying)
            #expect(machine.requestSent(bytes: 10, tick: tick) == 10)
            #expect(machine.placeUseToReport() == nil)
        }
        #expect(machine.backendEnded(isNotStarted: false) == .answer(Machine.Ending()))
        #expect(machine.placeUseToReport() == nil)
    }

    @Test("of a unary call whose request came whole with a deadline nothing is told")
    func unaryReports() {
        var machine = Machine()
        machine.enter()
        #expect(machine.begin(streamEnd: true, hasDeadline: true) == .choose)
        #expect(machine.placeUseToReport() == nil)
        #expect(machine.connectionReady() == .open(keepsRequest: true))
        #expect(machine.opened(bytes: 10, waitingBytes: 10, isKept: true) == .opened(creditBytes: 0))
        #expect(machine.requestSent(bytes: 10, tick: 9) == 10)
        #expect(machine.placeUseToReport() == nil)
    }

    /// A call with many bytes on their way in both directions, of which none has left the gateway; its use is told.
    private func busyBothWays() -> Machine {
        var machine = Machine.open()
        #expect(machine.requestReceived(bytes: 50_000, crowd: .none) == .forward)
        #expect(machine.responseReceived(bytes: 50_000, crowd: .none) == .forward)
        #expect(machine.placeUseToReport() == .silent)
        return machine
    }

    @Test("1,024 bytes that leave the gateway within a tick are a move, one less is none, and both ways count together")
    func amount() {
        var machine = busyBothWays()
        #expect(machine.requestSent(bytes: 1_000, tick: 20) == 1_000)
        #expect(machine.responseSent(bytes: 23, tick: 20) == 23)
        #expect(machine.placeUseToReport() == nil)
        #expect(machine.responseSent(bytes: 1, tick: 20) == 1)
        #expect(machine.placeUseToReport() == .carrying)
        #expect(machine.requestSent(bytes: 1_024, tick: 21) == 1_024)
        #expect(machine.placeUseToReport() == .carrying)
    }

    @Test("bytes that trickle are no move, in however many pieces and however long that goes on")
    func trickle() {
        var machine = busyBothWays()
        for tick in 20..<40 {
            for _ in 0..<500 {
                #expect(machine.requestSent(bytes: 1, tick: tick) == 1)
                #expect(machine.responseSent(bytes: 1, tick: tick) == 1)
            }
            #expect(machine.placeUseToReport() == nil)
        }
        #expect(machine.placeUse == .silent)
    }

    @Test("messages without bytes are no move, however many come")
    func emptyMessages() {
        var machine = busyBothWays()
        for _ in 0..<5_000 {
            #expect(machine.requestReceived(bytes: 0, crowd: .none, tick: 20) == .forward)
            #expect(machine.requestSent(bytes: 0, tick: 20) == 0)
            #expect(machine.responseReceived(bytes: 0, crowd: .none) == .forward)
            #expect(machine.responseSent(bytes: 0, tick: 20) == 0)
        }
        #expect(machine.placeUseToReport() == nil)
    }

    @Test("the request's end and the beginning of the answer are moves, each once a call, and carry nothing")
    func endAndAnswer() {
        var machine = Machine.open()
        #expect(machine.requestReceived(bytes: 0, streamEnd: true, crowd: .none, tick: 20) == .forward)
        #expect(machine.placeUseToReport() == .servedWithoutDeadline)
        #expect(machine.headersReceived(tick: 25) == true)
        #expect(machine.placeUseToReport() == .silent)
        #expect(machine.placeUseToReport() == nil)
    }

    @Test("a call that waits for its turn has no place to lose; it holds one from its turn on")
    func standingSinceTurn() {
        var machine = Place.waitingForTurn.machine
        #expect(machine.placeUse == .served)
        #expect(machine.placeUseToReport() == nil)
        #expect(machine.turnCame(tick: 50) == true)
        #expect(machine.placeUseToReport() == .silent)
    }
}

extension ForwardedCallMachine {
    /// A call of ten bytes that came at tick 3.
    mutating func begin(
        streamEnd: Bool = false, hasDeadline: Bool = false, waitsForTurn: Bool = false, hasRoom: Bool = true
    ) -> OnBegin {
        begin(
            bytes: 10, streamEnd: streamEnd, hasDeadline: hasDeadline, waitsForTurn: waitsForTurn, hasRoom: hasRoom,
            tick: 3)
    }

    /// Such a call, open at a backend, whose connection has taken none of it.
    static func open(streamEnd: Bool = false, hasDeadline: Bool = false, isKept: Bool = false) -> Self {
        var machine = Self()
        machine.enter()
        _ = machine.begin(streamEnd: streamEnd, hasDeadline: hasDeadline)
        _ = machine.connectionReady()
        _ = machine.opened(bytes: 10, waitingBytes: 10, isKept: isKept)
        return machine
    }

    mutating func requestReceived(bytes: Int, streamEnd: Bool = false, crowd: Crowd, tick: Int = 4) -> OnRequest {
        requestReceived(bytes: bytes, streamEnd: streamEnd, crowd: crowd, hasRoom: true, tick: tick)
    }
}
