import TestingMessages

typealias EveryKind = TestingV1.EveryKind

extension EveryKind {
    /// Something in every field.
    static let full = EveryKind(
        oneDouble: -0.5, oneFloat: 1.25, oneInt32: .min, oneInt64: .min, oneUint32: .max, oneUint64: .max,
        oneSint32: .min, oneSint64: .min, oneFixed32: .max, oneFixed64: .max, oneSfixed32: -7, oneSfixed64: -8,
        oneBool: true, oneString: "质量月", oneBytes: [0, 255, 128], oneColour: .red,
        oneInner: Inner(number: 3, innermost: Inner.Innermost(text: "deep")),
        maybeDouble: 2, maybeFloat: 3, maybeInt32: -1, maybeInt64: -2, maybeUint32: 3, maybeUint64: 4, maybeSint32: -5,
        maybeSint64: -6, maybeFixed32: 7, maybeFixed64: 8, maybeSfixed32: -9, maybeSfixed64: -10, maybeBool: true,
        maybeString: "perhaps", maybeBytes: [1], maybeColour: .infrared, maybeInner: Inner(number: -1),
        manyDouble: [0, -1.5, .infinity], manyFloat: [0, 2.5], manyInt32: [0, -1, .max], manyInt64: [0, -1, .max],
        manyUint32: [0, 1, .max], manyUint64: [0, 1, .max], manySint32: [0, -1, .max], manySint64: [0, -1, .max],
        manyFixed32: [0, .max], manyFixed64: [0, .max], manySfixed32: [0, .min], manySfixed64: [0, .min],
        manyBool: [true, false, true], manyString: ["", "a", "上海"], manyBytes: [[], [0], [1, 2]],
        manyColour: [.unspecified, .red, .infrared], manyInner: [Inner(), Inner(number: 9)],
        choice: .choiceString("chosen"), default: "default", register: false, in: [1, 300],
        extension: .operator("+"), far: 70000)

    /// Each case of the oneof with its zero, which is not the same as no case.
    static let zeroChoices: [Choice] = [
        .choiceDouble(0), .choiceFloat(0), .choiceInt32(0), .choiceInt64(0), .choiceUint32(0), .choiceUint64(0),
        .choiceSint32(0), .choiceSint64(0), .choiceFixed32(0), .choiceFixed64(0), .choiceSfixed32(0),
        .choiceSfixed64(0), .choiceBool(false), .choiceString(""), .choiceBytes([]), .choiceColour(.unspecified),
        .choiceInner(Inner()),
    ]

    /// Each case of the oneof with something in it.
    static let choices: [Choice] = [
        .choiceDouble(0.1), .choiceFloat(0.1), .choiceInt32(-1), .choiceInt64(-1), .choiceUint32(1),
        .choiceUint64(.max), .choiceSint32(-1), .choiceSint64(.min), .choiceFixed32(1), .choiceFixed64(1),
        .choiceSfixed32(-1), .choiceSfixed64(-1), .choiceBool(true), .choiceString("x"), .choiceBytes([0]),
        .choiceColour(.infrared), .choiceInner(Inner(number: 1)),
    ]
}
