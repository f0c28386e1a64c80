import MessageRuntime
import RPC
import Testing
import TestingMessages

@Suite("The bytes are protobuf's")
struct WireFormatTests {
    /// A message and what the encoding guide makes of it.
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: EveryKind
        let bytes: [UInt8]

        init(_ description: String, _ message: EveryKind, _ bytes: [UInt8]) {
            testDescription = description
            self.message = message
            self.bytes = bytes
        }
    }

    static let examples: [Example] = [
        Example("double", .init(oneDouble: 1.5), Bytes.fixed(1, (1.5).bitPattern)),
        Example("float", .init(oneFloat: 1.5), Bytes.fixed(2, Float(1.5).bitPattern)),
        Example("int32, negative in ten bytes", .init(oneInt32: -1), Bytes.number(3, .max)),
        Example("int64", .init(oneInt64: 150), [0x20, 0x96, 0x01]),
        Example("uint32", .init(oneUint32: .max), Bytes.number(5, 0xFFFF_FFFF)),
        Example("uint64", .init(oneUint64: .max), Bytes.number(6, .max)),
        Example("sint32, zigzag", .init(oneSint32: -1), [0x38, 0x01]),
        Example("sint32, least", .init(oneSint32: .min), Bytes.number(7, 0xFFFF_FFFF)),
        Example("sint64, zigzag", .init(oneSint64: 1), [0x40, 0x02]),
        Example("fixed32", .init(oneFixed32: 0x0102_0304), [0x4D, 4, 3, 2, 1]),
        Example("fixed64", .init(oneFixed64: 1), [0x51, 1, 0, 0, 0, 0, 0, 0, 0]),
        Example("sfixed32", .init(oneSfixed32: -1), [0x5D, 255, 255, 255, 255]),
        Example("sfixed64", .init(oneSfixed64: -2), Bytes.fixed(12, Int64(-2))),
        Example("bool", .init(oneBool: true), [0x68, 1]),
        Example("string", .init(oneString: "testing"), [0x72, 7] + Array("testing".utf8)),
        Example("string with NUL", .init(oneString: "a\0b"), [0x72, 3, 0x61, 0, 0x62]),
        Example("bytes", .init(oneBytes: [0, 255]), [0x7A, 2, 0, 255]),
        Example("enum", .init(oneColour: .red), [0x80, 0x01, 1]),
        Example("enum, negative in ten bytes", .init(oneColour: .infrared), Bytes.number(16, .max)),
        Example("message", .init(oneInner: .init(number: 150)), Bytes.delimited(17, [0x08, 0x96, 0x01])),
        Example("empty message", .init(oneInner: .init()), Bytes.delimited(17, [])),
        Example("optional zero", .init(maybeInt32: 0), Bytes.number(23, 0)),
        Example("optional empty text", .init(maybeString: ""), Bytes.delimited(34, [])),
        Example("oneof zero", .init(choice: .choiceSint64(0)), Bytes.number(68, 0)),
        Example("packed int32", .init(manyInt32: [3, 270, 86942]), Bytes.delimited(43, [3, 0x8E, 2, 0x9E, 0xA7, 5])),
        Example("packed bool", .init(manyBool: [true, false]), Bytes.delimited(53, [1, 0])),
        Example("packed enum", .init(manyColour: [.red, .unspecified]), Bytes.delimited(56, [1, 0])),
        Example("packed fixed32", .init(manyFixed32: [1]), Bytes.delimited(49, [1, 0, 0, 0])),
        Example("repeated text", .init(manyString: ["", "b"]), Bytes.text(54, "") + Bytes.text(54, "b")),
        Example("field number 70000", .init(far: 1), [0x80, 0x97, 0x22, 1]),
        Example("order of numbers", .init(oneBool: true, far: 1), Bytes.number(13, 1) + Bytes.number(70000, 1)),
    ]

    @Test("encodes as the encoding guide says", arguments: examples)
    func encoding(example: Example) throws {
        #expect(try example.message.encodedBytes() == example.bytes)
    }

    @Test("decodes what the encoding guide says", arguments: examples)
    func decoding(example: Example) throws {
        #expect(try EveryKind.decode(example.bytes) == example.message)
    }

    @Test("a repeated number is taken packed, one by one and mixed")
    func packing() throws {
        let oneByOne = Bytes.number(43, 1) + Bytes.number(43, 2)
        let mixed = Bytes.delimited(43, [1, 2]) + Bytes.number(43, 3) + Bytes.delimited(43, [4])
        #expect(try EveryKind.decode(oneByOne).manyInt32 == [1, 2])
        #expect(try EveryKind.decode(mixed).manyInt32 == [1, 2, 3, 4])
        let fixed = Bytes.fixed(49, UInt32(5)) + Bytes.delimited(49, [6, 0, 0, 0])
        #expect(try EveryKind.decode(fixed).manyFixed32 == [5, 6])
        #expect(try EveryKind.decode(Bytes.delimited(43, [])).manyInt32.isEmpty)
    }

    @Test("the last value of a number or text that is sent twice counts, and the last case of a oneof")
    func lastWins() throws {
        let bytes = Bytes.number(3, 1) + Bytes.text(14, "first") + Bytes.number(3, 2) + Bytes.text(14, "second")
        let message = try EveryKind.decode(bytes)
        #expect(message.oneInt32 == 2)
        #expect(message.oneString == "second")
        let oneof = Bytes.text(74, "text") + Bytes.delimited(77, Bytes.number(1, 5)) + Bytes.number(63, 9)
        #expect(try EveryKind.decode(oneof).choice == .choiceInt32(9))
        let messageLast = Bytes.number(63, 9) + Bytes.delimited(77, Bytes.number(1, 5))
        #expect(try EveryKind.decode(messageLast).choice == .choiceInner(.init(number: 5)))
    }

    @Test("fields come in any order")
    func order() throws {
        let bytes = Bytes.number(70000, 4) + Bytes.text(14, "t") + Bytes.number(3, 2)
        #expect(try EveryKind.decode(bytes) == EveryKind(oneInt32: 2, oneString: "t", far: 4))
    }

    @Test("fields that this version does not know are skipped, also inside messages")
    func unknownFields() throws {
        let known = Bytes.number(3, 2) + Bytes.text(14, "t")
        let unknown =
            Bytes.number(1000, .max) + Bytes.fixed(1001, UInt32(1)) + Bytes.fixed(1002, UInt64(1))
            + Bytes.delimited(1003, [0xFF, 0xFF, 0xFF])
        #expect(try EveryKind.decode(unknown + known + unknown) == EveryKind(oneInt32: 2, oneString: "t"))
        let nested = Bytes.delimited(17, unknown + Bytes.number(1, 5) + unknown)
        #expect(try EveryKind.decode(nested) == EveryKind(oneInner: .init(number: 5)))
        let newer = try EveryKind.full.encodedBytes()
        #expect(
            try TestingV1.FewKinds.decode(newer)
                == TestingV1.FewKinds(oneInt32: EveryKind.full.oneInt32, oneString: EveryKind.full.oneString))
    }

    @Test("the benchmark's message takes 816 bytes with 30 values")
    func benchmarkMessage() throws {
        let values = (0..<30).map { index in
            TestingV1.Value(indicator: "visitors_total_\(index)", kind: .integer(Int64(index * 997)))
        }
        let request = TestingV1.SubmitRequest(
            campaign: "quality-month-2019", org: "410100", form: "open-day-summary", revision: 1,
            idempotencyKey: "0190f1b2-7e1c-7a55-9d7e-0123456789ab", values: values)
        #expect(try request.encodedBytes().count == 816)
        #expect(try TestingV1.SubmitRequest.decode(request.encodedBytes()) == request)
    }
}
