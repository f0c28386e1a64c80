// Generated from Proto/quality/testing/v1/testing.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.testing.v1`.
public enum TestingV1 {}

extension TestingV1 {
    public struct Value: GeneratedMessage, Hashable, Sendable {
        public var indicator: String
        public var kind: Kind?

        public init(
            indicator: String = "",
            kind: Kind? = nil
        ) {
            self.indicator = indicator
            self.kind = kind
        }

        /// The cases of `kind`: one at most is set.
        public enum Kind: Hashable, Sendable {
            case integer(Int64)
            case number(Double)
            case text(String)
        }
    }

    /// The call that the peers are measured on: 816 bytes with 30 values.
    public struct SubmitRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var org: String
        public var form: String
        public var revision: UInt32
        public var idempotencyKey: String
        public var values: [TestingV1.Value]

        public init(
            campaign: String = "",
            org: String = "",
            form: String = "",
            revision: UInt32 = 0,
            idempotencyKey: String = "",
            values: [TestingV1.Value] = []
        ) {
            self.campaign = campaign
            self.org = org
            self.form = form
            self.revision = revision
            self.idempotencyKey = idempotencyKey
            self.values = values
        }
    }

    public struct SubmitResponse: GeneratedMessage, Hashable, Sendable {
        public var receiptID: String
        public var sequence: UInt64
        public var receivedUnixMs: Int64

        public init(
            receiptID: String = "",
            sequence: UInt64 = 0,
            receivedUnixMs: Int64 = 0
        ) {
            self.receiptID = receiptID
            self.sequence = sequence
            self.receivedUnixMs = receivedUnixMs
        }
    }

    public struct Empty: GeneratedMessage, Hashable, Sendable {
        public init() {}
    }

    public struct Payload: GeneratedMessage, Hashable, Sendable {
        public var body: [UInt8]

        public init(
            body: [UInt8] = []
        ) {
            self.body = body
        }
    }

    /// What the server is to do, in the manner of gRPC's interoperability tests.
    public struct SimpleRequest: GeneratedMessage, Hashable, Sendable {
        public var responseBytes: UInt32
        public var payload: TestingV1.Payload?
        /// Not 0: end with this status.
        public var statusCode: UInt32
        public var statusMessage: String
        /// Wait this long (or for cancellation) before answering.
        public var delayMs: UInt32
        public var expectedValue: UInt32?

        public init(
            responseBytes: UInt32 = 0,
            payload: TestingV1.Payload? = nil,
            statusCode: UInt32 = 0,
            statusMessage: String = "",
            delayMs: UInt32 = 0,
            expectedValue: UInt32? = nil
        ) {
            self.responseBytes = responseBytes
            self.payload = payload
            self.statusCode = statusCode
            self.statusMessage = statusMessage
            self.delayMs = delayMs
            self.expectedValue = expectedValue
        }
    }

    public struct SimpleResponse: GeneratedMessage, Hashable, Sendable {
        public var payload: TestingV1.Payload?
        /// The caller as the service saw it.
        public var caller: String
        /// What was left of the deadline when the handler began; 0: no deadline.
        public var remainingUs: UInt64

        public init(
            payload: TestingV1.Payload? = nil,
            caller: String = "",
            remainingUs: UInt64 = 0
        ) {
            self.payload = payload
            self.caller = caller
            self.remainingUs = remainingUs
        }
    }

    public struct StreamingInputRequest: GeneratedMessage, Hashable, Sendable {
        public var payload: TestingV1.Payload?

        public init(
            payload: TestingV1.Payload? = nil
        ) {
            self.payload = payload
        }
    }

    public struct StreamingInputResponse: GeneratedMessage, Hashable, Sendable {
        public var aggregatedPayloadBytes: UInt64

        public init(
            aggregatedPayloadBytes: UInt64 = 0
        ) {
            self.aggregatedPayloadBytes = aggregatedPayloadBytes
        }
    }

    public struct StreamingOutputRequest: GeneratedMessage, Hashable, Sendable {
        public var responseBytes: [UInt32]
        public var payload: TestingV1.Payload?
        public var statusCode: UInt32
        public var statusMessage: String

        public init(
            responseBytes: [UInt32] = [],
            payload: TestingV1.Payload? = nil,
            statusCode: UInt32 = 0,
            statusMessage: String = ""
        ) {
            self.responseBytes = responseBytes
            self.payload = payload
            self.statusCode = statusCode
            self.statusMessage = statusMessage
        }
    }

    public struct StreamingOutputResponse: GeneratedMessage, Hashable, Sendable {
        public var payload: TestingV1.Payload?

        public init(
            payload: TestingV1.Payload? = nil
        ) {
            self.payload = payload
        }
    }

    /// Every kind of field, in every way a field can be: what the tests of the encoding use.
    public struct EveryKind: GeneratedMessage, Hashable, Sendable {
        public var oneDouble: Double
        public var oneFloat: Float
        public var oneInt32: Int32
        public var oneInt64: Int64
        public var oneUint32: UInt32
        public var oneUint64: UInt64
        public var oneSint32: Int32
        public var oneSint64: Int64
        public var oneFixed32: UInt32
        public var oneFixed64: UInt64
        public var oneSfixed32: Int32
        public var oneSfixed64: Int64
        public var oneBool: Bool
        public var oneString: String
        public var oneBytes: [UInt8]
        public var oneColour: TestingV1.EveryKind.Colour
        public var oneInner: TestingV1.EveryKind.Inner?
        public var maybeDouble: Double?
        public var maybeFloat: Float?
        public var maybeInt32: Int32?
        public var maybeInt64: Int64?
        public var maybeUint32: UInt32?
        public var maybeUint64: UInt64?
        public var maybeSint32: Int32?
        public var maybeSint64: Int64?
        public var maybeFixed32: UInt32?
        public var maybeFixed64: UInt64?
        public var maybeSfixed32: Int32?
        public var maybeSfixed64: Int64?
        public var maybeBool: Bool?
        public var maybeString: String?
        public var maybeBytes: [UInt8]?
        public var maybeColour: TestingV1.EveryKind.Colour?
        public var maybeInner: TestingV1.EveryKind.Inner?
        public var manyDouble: [Double]
        public var manyFloat: [Float]
        public var manyInt32: [Int32]
        public var manyInt64: [Int64]
        public var manyUint32: [UInt32]
        public var manyUint64: [UInt64]
        public var manySint32: [Int32]
        public var manySint64: [Int64]
        public var manyFixed32: [UInt32]
        public var manyFixed64: [UInt64]
        public var manySfixed32: [Int32]
        public var manySfixed64: [Int64]
        public var manyBool: [Bool]
        public var manyString: [String]
        public var manyBytes: [[UInt8]]
        public var manyColour: [TestingV1.EveryKind.Colour]
        public var manyInner: [TestingV1.EveryKind.Inner]
        public var choice: Choice?
        /// Words that C or Swift keeps for itself.
        public var `default`: String
        public var register: Bool?
        public var `in`: [Int32]
        public var `extension`: Extension?
        /// A number above 2047 takes three bytes.
        public var far: UInt32

        public init(
            oneDouble: Double = 0,
            oneFloat: Float = 0,
            oneInt32: Int32 = 0,
            oneInt64: Int64 = 0,
            oneUint32: UInt32 = 0,
            oneUint64: UInt64 = 0,
            oneSint32: Int32 = 0,
            oneSint64: Int64 = 0,
            oneFixed32: UInt32 = 0,
            oneFixed64: UInt64 = 0,
            oneSfixed32: Int32 = 0,
            oneSfixed64: Int64 = 0,
            oneBool: Bool = false,
            oneString: String = "",
            oneBytes: [UInt8] = [],
            oneColour: TestingV1.EveryKind.Colour = .unspecified,
            oneInner: TestingV1.EveryKind.Inner? = nil,
            maybeDouble: Double? = nil,
            maybeFloat: Float? = nil,
            maybeInt32: Int32? = nil,
            maybeInt64: Int64? = nil,
            maybeUint32: UInt32? = nil,
            maybeUint64: UInt64? = nil,
            maybeSint32: Int32? = nil,
            maybeSint64: Int64? = nil,
            maybeFixed32: UInt32? = nil,
            maybeFixed64: UInt64? = nil,
            maybeSfixed32: Int32? = nil,
            maybeSfixed64: Int64? = nil,
            maybeBool: Bool? = nil,
            maybeString: String? = nil,
            maybeBytes: [UInt8]? = nil,
            maybeColour: TestingV1.EveryKind.Colour? = nil,
            maybeInner: TestingV1.EveryKind.Inner? = nil,
            manyDouble: [Double] = [],
            manyFloat: [Float] = [],
            manyInt32: [Int32] = [],
            manyInt64: [Int64] = [],
            manyUint32: [UInt32] = [],
            manyUint64: [UInt64] = [],
            manySint32: [Int32] = [],
            manySint64: [Int64] = [],
            manyFixed32: [UInt32] = [],
            manyFixed64: [UInt64] = [],
            manySfixed32: [Int32] = [],
            manySfixed64: [Int64] = [],
            manyBool: [Bool] = [],
            manyString: [String] = [],
            manyBytes: [[UInt8]] = [],
            manyColour: [TestingV1.EveryKind.Colour] = [],
            manyInner: [TestingV1.EveryKind.Inner] = [],
            choice: Choice? = nil,
            `default`: String = "",
            register: Bool? = nil,
            `in`: [Int32] = [],
            `extension`: Extension? = nil,
            far: UInt32 = 0
        ) {
            self.oneDouble = oneDouble
            self.oneFloat = oneFloat
            self.oneInt32 = oneInt32
            self.oneInt64 = oneInt64
            self.oneUint32 = oneUint32
            self.oneUint64 = oneUint64
            self.oneSint32 = oneSint32
            self.oneSint64 = oneSint64
            self.oneFixed32 = oneFixed32
            self.oneFixed64 = oneFixed64
            self.oneSfixed32 = oneSfixed32
            self.oneSfixed64 = oneSfixed64
            self.oneBool = oneBool
            self.oneString = oneString
            self.oneBytes = oneBytes
            self.oneColour = oneColour
            self.oneInner = oneInner
            self.maybeDouble = maybeDouble
            self.maybeFloat = maybeFloat
            self.maybeInt32 = maybeInt32
            self.maybeInt64 = maybeInt64
            self.maybeUint32 = maybeUint32
            self.maybeUint64 = maybeUint64
            self.maybeSint32 = maybeSint32
            self.maybeSint64 = maybeSint64
            self.maybeFixed32 = maybeFixed32
            self.maybeFixed64 = maybeFixed64
            self.maybeSfixed32 = maybeSfixed32
            self.maybeSfixed64 = maybeSfixed64
            self.maybeBool = maybeBool
            self.maybeString = maybeString
            self.maybeBytes = maybeBytes
            self.maybeColour = maybeColour
            self.maybeInner = maybeInner
            self.manyDouble = manyDouble
            self.manyFloat = manyFloat
            self.manyInt32 = manyInt32
            self.manyInt64 = manyInt64
            self.manyUint32 = manyUint32
            self.manyUint64 = manyUint64
            self.manySint32 = manySint32
            self.manySint64 = manySint64
            self.manyFixed32 = manyFixed32
            self.manyFixed64 = manyFixed64
            self.manySfixed32 = manySfixed32
            self.manySfixed64 = manySfixed64
            self.manyBool = manyBool
            self.manyString = manyString
            self.manyBytes = manyBytes
            self.manyColour = manyColour
            self.manyInner = manyInner
            self.choice = choice
            self.`default` = `default`
            self.register = register
            self.`in` = `in`
            self.`extension` = `extension`
            self.far = far
        }

        /// The cases of `choice`: one at most is set.
        public enum Choice: Hashable, Sendable {
            case choiceDouble(Double)
            case choiceFloat(Float)
            case choiceInt32(Int32)
            case choiceInt64(Int64)
            case choiceUint32(UInt32)
            case choiceUint64(UInt64)
            case choiceSint32(Int32)
            case choiceSint64(Int64)
            case choiceFixed32(UInt32)
            case choiceFixed64(UInt64)
            case choiceSfixed32(Int32)
            case choiceSfixed64(Int64)
            case choiceBool(Bool)
            case choiceString(String)
            case choiceBytes([UInt8])
            case choiceColour(TestingV1.EveryKind.Colour)
            case choiceInner(TestingV1.EveryKind.Inner)
        }

        /// The cases of `extension`: one at most is set.
        public enum Extension: Hashable, Sendable {
            case `switch`(Int32)
            case `operator`(String)
        }

        public enum Colour: RawRepresentable, Hashable, Sendable {
            case unspecified
            case red
            case infrared
            /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                case 0: self = .unspecified
                case 1: self = .red
                case -1: self = .infrared
                default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                case .unspecified: 0
                case .red: 1
                case .infrared: -1
                case .unrecognized(let number): number
                }
            }
        }

        public struct Inner: GeneratedMessage, Hashable, Sendable {
            public var number: Int32
            public var innermost: TestingV1.EveryKind.Inner.Innermost?

            public init(
                number: Int32 = 0,
                innermost: TestingV1.EveryKind.Inner.Innermost? = nil
            ) {
                self.number = number
                self.innermost = innermost
            }

            public struct Innermost: GeneratedMessage, Hashable, Sendable {
                public var text: String

                public init(
                    text: String = ""
                ) {
                    self.text = text
                }
            }
        }
    }

    /// EveryKind before most of its fields were known.
    public struct FewKinds: GeneratedMessage, Hashable, Sendable {
        public var oneInt32: Int32
        public var oneString: String

        public init(
            oneInt32: Int32 = 0,
            oneString: String = ""
        ) {
            self.oneInt32 = oneInt32
            self.oneString = oneString
        }
    }
}
