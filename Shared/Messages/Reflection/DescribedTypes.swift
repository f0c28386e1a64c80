package import Messages

// What a .proto file declares, with the comments that stand there. Names are full and without a leading dot.

package struct DescribedService: Sendable {
    package let name: String
    package let comment: String
    package let methods: [DescribedMethod]
}

package struct DescribedMethod: Sendable {
    /// Without the service's.
    package let name: String
    package let comment: String
    package let input: String
    package let output: String
    package let isClientStreaming: Bool
    package let isServerStreaming: Bool
    package let idempotency: RPCV1.IdempotencyLevel
}

package struct DescribedMessage: Sendable {
    package let name: String
    package let comment: String
    package let fields: [DescribedField]
    package let oneofs: [DescribedOneof]
}

package struct DescribedOneof: Sendable {
    package let name: String
    package let comment: String
}

package struct DescribedField: Sendable {
    package let name: String
    package let jsonName: String
    package let comment: String
    package let number: Int32
    package let type: RPCV1.FieldType
    /// Of a message or an enum; else empty.
    package let typeName: String
    package let isRepeated: Bool
    /// Marked `optional`.
    package let isOptional: Bool
    /// The index among the message's oneofs; `nil` also where the field is marked `optional`.
    package let oneof: Int?
}

package struct DescribedEnum: Sendable {
    package let name: String
    package let comment: String
    package let values: [DescribedEnumValue]
}

package struct DescribedEnumValue: Sendable {
    package let name: String
    package let comment: String
    package let number: Int32
}
