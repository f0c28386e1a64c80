import MessageRuntime
import Messages
import RPC
import Testing
import TestingMessages

@Suite("What is encoded comes back")
struct RoundTripTests {
    private func roundTrip<M: GeneratedMessage>(_ message: M) throws -> M {
        try M.decode(message.encodedBytes())
    }

    @Test("a message with something in every field comes back equal")
    func full() throws {
        #expect(try roundTrip(EveryKind.full) == EveryKind.full)
    }

    @Test("a message with nothing set takes no bytes and comes back equal")
    func empty() throws {
        #expect(try EveryKind().encodedBytes().isEmpty)
        #expect(try roundTrip(EveryKind()) == EveryKind())
        #expect(try roundTrip(TestingV1.Empty()) == TestingV1.Empty())
    }

    @Test("every case of a oneof comes back", arguments: EveryKind.choices + EveryKind.zeroChoices)
    func oneof(choice: EveryKind.Choice) throws {
        #expect(try roundTrip(EveryKind(choice: choice)).choice == choice)
    }

    @Test("an optional field that holds zero is not absent")
    func presence() throws {
        let zeros = EveryKind(
            maybeDouble: 0, maybeFloat: 0, maybeInt32: 0, maybeInt64: 0, maybeUint32: 0, maybeUint64: 0,
            maybeSint32: 0, maybeSint64: 0, maybeFixed32: 0, maybeFixed64: 0, maybeSfixed32: 0, maybeSfixed64: 0,
            maybeBool: false, maybeString: "", maybeBytes: [], maybeColour: .unspecified, maybeInner: .init())
        #expect(try roundTrip(zeros) == zeros)
        #expect(zeros != EveryKind())
        #expect(try roundTrip(TestingV1.SimpleRequest(expectedValue: 0)).expectedValue == 0)
        #expect(try roundTrip(TestingV1.SimpleRequest()).expectedValue == nil)
    }

    @Test("an empty message inside a message is not absent")
    func emptyInner() throws {
        #expect(try roundTrip(EveryKind(oneInner: .init())).oneInner == .init())
        #expect(try roundTrip(EveryKind(oneInner: .init(innermost: .init()))).oneInner?.innermost == .init())
    }

    @Test(
        "numbers that are packed into most bytes come back, however many there are",
        arguments: [1, 1_000, 2_000, 3_000, 3_200, 4_000, 16_000, 100_000])
    func longNumbers(count: Int) throws {
        let message = EveryKind(
            manyInt32: Array(repeating: -1, count: count), manyColour: Array(repeating: .infrared, count: count))
        #expect(try roundTrip(message) == message)
    }

    @Test(
        "text keeps NULs, every scalar and every length",
        arguments: [
            "\0", "a\0b", "\0\0\0", "\u{10FFFF}\u{0}\u{80}", "e\u{301}", "👩‍👩‍👧‍👦",
            String(repeating: "质", count: 100_000),
        ])
    func text(text: String) throws {
        let message = EveryKind(oneString: text, maybeString: text, manyString: [text, "", text])
        let result = try roundTrip(message)
        // == on strings takes canonically equivalent ones as equal; the bytes must be the same.
        #expect(Array(result.oneString.utf8) == Array(text.utf8))
        #expect(result.maybeString.map { Array($0.utf8) } == Array(text.utf8))
        #expect(result.manyString.map { Array($0.utf8) } == message.manyString.map { Array($0.utf8) })
    }

    @Test("an enum number that this version does not know is kept", arguments: [2, -2, Int32.max, .min])
    func unknownEnumNumber(number: Int32) throws {
        let colour = EveryKind.Colour(rawValue: number)
        #expect(colour == .unrecognized(number))
        let message = EveryKind(
            oneColour: colour, maybeColour: colour, manyColour: [colour, .red], choice: .choiceColour(colour))
        #expect(try roundTrip(message) == message)
    }

    @Test("a large message comes back, and small ones after it")
    func large() throws {
        let large = EveryKind(
            oneBytes: Array(repeating: 7, count: 5_000_000),
            manyInner: (0..<50_000).map { .init(number: $0, innermost: .init(text: "number \($0)")) })
        #expect(try roundTrip(large) == large)
        for _ in 0..<3 {
            #expect(try roundTrip(EveryKind.full) == EveryKind.full)
        }
    }

    @Test("messages of several packages come back: a receipt in a verdict in a batch")
    func acrossPackages() throws {
        let receipt = TypeV1.Receipt(
            position: TypeV1.JournalPosition(epoch: Array(0..<16), index: 7), sealedUnixUs: 1_568_000_000_000_000,
            campaign: "henan-2019-open-day", timeliness: .onTime, path: [[1], [2]], checkpoint: "a log\n8\n")
        let response = SubmissionV1.PushBatchResponse(verdicts: [
            .init(index: 0, outcome: .accepted(.init(receipt: receipt))),
            .init(index: 1, outcome: .refused(.init(code: 3, detail: .init(findings: [.init(severity: .blocking)])))),
        ])
        #expect(try roundTrip(response) == response)
    }

    @Test("a message can be encoded and decoded while another one's bytes are lent")
    func reentrancy() throws {
        let inner = EveryKind.full
        let (isUndisturbed, results) = try EveryKind(oneString: "outer").withEncodedBytes { outer in
            let before = Array(outer)
            let results = (0..<3).map { _ in
                Result { () throws(RPCError) in try EveryKind.decode(inner.encodedBytes()) }
            }
            return (Array(outer) == before, results)
        }
        #expect(isUndisturbed)
        for result in results {
            #expect(try result.get() == inner)
        }
    }

    @Test("many tasks at once do not disturb each other")
    func concurrency() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<200 {
                        let message = EveryKind(oneInt32: Int32(task), oneString: "\(task)/\(round)")
                        let result = try EveryKind.decode(message.encodedBytes())
                        #expect(result == message)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
