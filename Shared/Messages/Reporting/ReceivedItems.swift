internal import MessageRuntime
package import Messages
package import RPC

/// A batch as it came: a `SubmissionV1.PushBatchRequest` whose items are to be looked at where they lie.
package struct ReceivedBatch: Message {
    package static let messageName = SubmissionV1.PushBatchRequest.messageName

    package let items: [ReceivedPush]
    package let atomicity: SubmissionV1.Atomicity
    private let bytes: [UInt8]

    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> ReceivedBatch {
        // `items`.
        let places = try Decoding.places(ofField: 1, in: bytes, SubmissionV1.PushBatchRequest.schema, .standard)
        let bytes = Array(bytes)
        return ReceivedBatch(
            items: places.map { ReceivedPush(bytes: bytes[$0.message]) },
            atomicity: try SubmissionV1.PushBatchRequest.decode(bytes.outside(places)).atomicity, bytes: bytes)
    }

    package func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }
}

/// A message of a stream of pushes as it came: a `SubmissionV1.PushStreamRequest` whose item is to be looked at where it
/// lies.
package struct ReceivedStreamItem: Message {
    package static let messageName = SubmissionV1.PushStreamRequest.messageName

    /// An empty one where none came.
    package let item: ReceivedPush
    private let bytes: [UInt8]

    package static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> ReceivedStreamItem {
        // `item`.
        let places = try Decoding.places(ofField: 1, in: bytes, SubmissionV1.PushStreamRequest.schema, .standard)
        let bytes = Array(bytes)
        return ReceivedStreamItem(item: ReceivedPush(bytes: bytes[places.first?.message ?? 0..<0]), bytes: bytes)
    }

    package func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }
}

extension [UInt8] {
    /// A message without these fields of it.
    fileprivate func outside(_ places: [FieldPlace]) -> [UInt8] {
        var rest: [UInt8] = []
        var end = 0
        for place in places {
            rest += self[end..<place.field.lowerBound]
            end = place.field.upperBound
        }
        return rest + self[end...]
    }
}
