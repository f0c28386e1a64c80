public import RPC

/// What every generated message is: a value whose encoding is protobuf's.
public protocol GeneratedMessage: RPC.Message, Hashable {
    /// How protobuf-c sees the type.
    static var schema: MessageSchema { get }

    /// Reads a message within `limits`. Throws INVALID_ARGUMENT, see ``RPC/Message/decode(_:)-(UnsafeRawBufferPointer)``.
    static func decode(_ bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws(RPCError) -> Self
}

extension GeneratedMessage {
    /// Reads a message within ``DecodingLimits/standard``.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> Self {
        try decode(bytes, limits: .standard)
    }
}
