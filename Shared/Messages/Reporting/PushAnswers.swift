internal import Journal
internal import MessageRuntime
package import Messages
package import RPC
package import Reporting

/// The answer to a push that was taken in: a `SubmissionV1.PushResponse`, encoded where it is made. A receipt as a value is
/// some thirty objects that nobody looks at, and a stream has thousands.
package struct WrittenResponse: Message {
    package static let messageName = SubmissionV1.PushResponse.messageName

    package let isRepeated: Bool
    fileprivate private(set) var bytes: [UInt8]
    /// What its findings take of it, which are its last field.
    package private(set) var findingsByteCount: Int
    package private(set) var findingsCount: Int

    package init(_ receipt: Receipt, isRepeated: Bool, findings: [Finding]) throws(RPCError) {
        self.isRepeated = isRepeated
        bytes = try SubmissionV1.PushResponse(receipt: TypeV1.Receipt(receipt), repeatedPush: isRepeated).encodedBytes()
        (findingsByteCount, findingsCount) = (0, 0)
        try append(findings)
    }

    private mutating func append(_ findings: [Finding]) throws(RPCError) {
        let field = try SubmissionV1.PushResponse(findings: findings.map { TypeV1.Finding($0) }).encodedBytes()
        bytes += field
        (findingsByteCount, findingsCount) = (field.count, findings.count)
    }

    /// Tells this one in the place of its findings.
    package mutating func replaceFindings(by notice: Finding) throws(RPCError) {
        bytes.removeLast(findingsByteCount)
        try append([notice])
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> WrittenResponse {
        WrittenResponse(
            isRepeated: try SubmissionV1.PushResponse.decode(bytes).repeatedPush, bytes: Array(bytes))
    }

    private init(isRepeated: Bool, bytes: [UInt8]) {
        self.isRepeated = isRepeated
        self.bytes = bytes
        (findingsByteCount, findingsCount) = (0, 0)
    }

    package func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }

    /// The message as a value.
    package func value() throws(RPCError) -> SubmissionV1.PushResponse { try .decode(bytes) }
}

/// The verdicts on the items of a batch or a stream, in their order: the bytes of a message of which they are the only field,
/// number 1. Each is written when it is known.
package struct WrittenVerdicts<Answer: Message>: Message {
    package static var messageName: String { Answer.messageName }

    private var bytes: [UInt8] = []
    /// How many there are.
    package private(set) var count = 0

    /// What they take as a message.
    package var byteCount: Int { bytes.count }

    package init() {}

    /// `accepted` is the verdict's last field: encoded fields that follow each other are a message.
    package mutating func append(_ response: WrittenResponse, idempotencyKey: String) throws(RPCError) {
        var verdict = try SubmissionV1.Verdict(index: UInt32(count), idempotencyKey: idempotencyKey).encodedBytes()
        verdict.append(field: 3, response.bytes)
        append(verdict)
    }

    package mutating func append(_ refusal: SubmissionV1.Refusal, idempotencyKey: String) throws(RPCError) {
        append(
            try SubmissionV1.Verdict(
                index: UInt32(count), idempotencyKey: idempotencyKey, outcome: .refused(refusal)
            ).encodedBytes())
    }

    private mutating func append(_ verdict: [UInt8]) {
        bytes.append(field: 1, verdict)
        count += 1
    }

    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> WrittenVerdicts {
        var verdicts = WrittenVerdicts()
        let schema = SubmissionV1.PushStreamResponse.schema
        verdicts.count = try Decoding.places(ofField: 1, in: bytes, schema, .standard).count
        verdicts.bytes = Array(bytes)
        return verdicts
    }

    package func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }

    /// The message as a value.
    package func value() throws(RPCError) -> Answer { try .decode(bytes) }
}

extension [UInt8] {
    /// Appends a message as a field of another, whose number is at most 15.
    fileprivate mutating func append(field: UInt8, _ message: [UInt8]) {
        self += Self.head(ofField: field, byteCount: message.count)
        self += message
    }

    /// The tag and length of a field of so many bytes, whose number is at most 15.
    static func head(ofField field: UInt8, byteCount: Int) -> [UInt8] {
        var head = [field << 3 | 2]
        var rest = byteCount
        while rest >= 0x80 {
            head.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return head + [UInt8(rest)]
    }
}
