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
}
