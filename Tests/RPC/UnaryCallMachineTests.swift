import TestRandom
import Testing
import Wire

@testable import RPC

@Suite("The machine of a client's unary call") struct UnaryCallMachineTests {
    private static let leading = Metadata([.init(key: "a", value: [1])])

    /// Where a call can be when something happens.
    private enum Stage: MachineStage {
        case new, connecting, opening, open, answered, over

        var machine: UnaryCallMachine {
            var machine = UnaryCallMachine()
            switch self {
            case .new: break
            case .connecting: _ = machine.begin()
            case .opening:
                _ = machine.begin()
                _ = machine.connectionReady()
            case .open, .answered, .over:
                _ = machine.begin()
                _ = machine.connectionReady()
                _ = machine.opened()
            }
            if self == .answered { _ = machine.message([9]) }
            if self == .over { _ = machine.cancel() }
            return machine
        }
    }

    private enum Event: MachineEvent {
        case begin, connectionReady, opened, connectionFailed, headers, part, message, endedOK, endedWithMessage, failed
        case cancel

        func happens(to machine: inout UnaryCallMachine) -> String {
            switch self {
            case .begin: "\(machine.begin())"
            case .connectionReady: "\(machine.connectionReady())"
            case .opened: "\(machine.opened())"
            case .connectionFailed: "\(machine.connectionFailed())"
            case .headers: "\(machine.headersReceived(leading))"
            case .part: "\(machine.message([1], messageEnd: false))"
            case .message: "\(machine.message([1]))"
            case .endedOK: machine.ended(isOK: true).words
            case .endedWithMessage: [UInt8(2)].withUnsafeBytes { machine.ended(isOK: true, lastMessage: $0).words }
            case .failed: machine.ended(isOK: false).words
            case .cancel: "\(machine.cancel())"
            }
        }
    }

    private static let table = AnswerTable<Stage, Event>([
        // new, connecting, opening, open, answered, over
        .begin: ["connect"] + [String](repeating: "cancelled", count: 5),
        .connectionReady: ["ignore", "open", "ignore", "ignore", "ignore", "ignore"],
        .opened: ["cancel", "cancel", "await", "cancel", "cancel", "cancel"],
        .connectionFailed: ["ignore", "resume", "resume", "ignore", "ignore", "ignore"],
        .headers: [String](repeating: "()", count: 6),
        .part: ["ignore", "ignore", "keep(credit: 1)", "keep(credit: 1)", "keep(credit: 0)", "ignore"],
        .message: ["ignore", "ignore", "keep(credit: 0)", "keep(credit: 0)", "tooManyResponses", "ignore"],
        .endedOK: ["ignore", "ignore", "no response", "no response", "response [9]", "ignore"],
        .endedWithMessage: ["ignore", "ignore", "response [2]", "response [2]", "too many responses", "ignore"],
        .failed: ["ignore", "ignore", "failed", "failed", "failed", "ignore"],
        .cancel: ["notBegun", "resume", "resume", "resume", "resume", "ignore"],
    ])

    @Test("each event in each state has the answer of the table", arguments: Event.allCases)
    private func table(_ event: Event) throws {
        try Self.table.expect(event)
    }

    @Test("a response in parts is whole, and comes with the leading metadata")
    func parts() {
        var machine = Stage.open.machine
        machine.headersReceived(Self.leading)
        #expect(machine.message([1, 2], messageEnd: false) == .keep(credit: 2))
        #expect(machine.message([3]) == .keep(credit: 0))
        #expect(machine.ended(isOK: true) == .response([1, 2, 3], leading: Self.leading))
    }

    @Test("whatever happens in whatever order, the caller is resumed once")
    func randomWalks() {
        for seed in UInt64(1)...300 {
            var random = SplitMix(seed: seed)
            var machine = UnaryCallMachine()
            var resumptions = 0, isWaiting = false
            for _ in 0..<40 {
                // The end, which must come, is rare before it must.
                var event = Event.allCases.randomElement(using: &random) ?? .begin
                if event == .cancel, !Int.random(in: 0..<4, using: &random).isMultiple(of: 4) { event = .part }
                switch event.happens(to: &machine) {
                case "connect": isWaiting = true
                case "resume", "tooManyResponses", "no response", "too many responses", "failed": resumptions += 1
                case let answer where answer.hasPrefix("response"): resumptions += 1
                default: break
                }
                #expect(resumptions <= (isWaiting ? 1 : 0), "seed \(seed)")
            }
            if machine.cancel() == .resume { resumptions += 1 }
            #expect(resumptions == (isWaiting ? 1 : 0), "seed \(seed)")
        }
    }
}

extension UnaryCallMachine {
    fileprivate mutating func message(_ bytes: [UInt8], messageEnd: Bool = true) -> OnMessage {
        bytes.withUnsafeBytes { messageReceived($0, messageEnd: messageEnd) }
    }
}

extension UnaryCallMachine.OnEnded {
    fileprivate var words: String {
        switch self {
        case .response(let bytes, _): "response \(bytes)"
        case .failed: "failed"
        case .noResponse: "no response"
        case .tooManyResponses: "too many responses"
        case .ignore: "ignore"
        }
    }
}
