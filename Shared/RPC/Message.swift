/// A value that can be the request or the response of a method. The generated Swift values conform; their encoding is
/// protobuf's. RPC never looks inside.
public protocol Message: Sendable {
    /// The full name, e.g. "quality.submission.v1.PushRequest".
    static var messageName: String { get }

    /// Reads a message. Throws INVALID_ARGUMENT that names the message and the place for malformed bytes, text that is
    /// not UTF-8, and more nesting, elements or bytes than the limits allow. `bytes` is borrowed for the call only.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> Self

    /// Encodes the message into scratch memory and hands that to `body`, which must copy what it keeps. Throws INTERNAL
    /// when the message is larger than any peer may accept (2 GiB).
    func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(RPCError) -> Result
}

extension Message {
    /// Reads a message from an array. See ``decode(_:)-(UnsafeRawBufferPointer)``.
    public static func decode(_ bytes: [UInt8]) throws(RPCError) -> Self {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(RPCError) -> Self in try decode(buffer) }
        }
        return try result.get()
    }

    /// Reads a response; see ``RPCError/init(unreadableResponse:)``.
    public static func decodeResponse(_ bytes: [UInt8]) throws(RPCError) -> Self {
        do throws(RPCError) {
            return try decode(bytes)
        } catch {
            throw RPCError(unreadableResponse: error)
        }
    }

    /// The encoded message as an array.
    public func encodedBytes() throws(RPCError) -> [UInt8] {
        try withEncodedBytes { Array($0) }
    }
}
