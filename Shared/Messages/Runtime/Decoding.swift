internal import CMessages
public import RPC
internal import Wire

/// From bytes, through the C structs, to Swift values. For generated code.
public enum Decoding {
    /// Checks `bytes` against `limits`, has protobuf-c unpack them and hands the C message to `convert`, which copies
    /// it into Swift values, text by way of the reader. The C message is gone when `convert` returns.
    public static func decode<Value>(
        _ bytes: UnsafeRawBufferPointer, _ schema: MessageSchema, _ limits: DecodingLimits,
        _ convert: (UnsafeRawPointer, TextReader) throws(RPCError) -> Value
    ) throws(RPCError) -> Value {
        try WireCheck.check(bytes, schema, limits)
        return try Scratch.with(limitBytes: limits.arenaBytes) { (scratch) throws(RPCError) in
            var allocator = scratch.allocator
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard let message = protobuf_c_message_unpack(schema.descriptor, &allocator, bytes.count, start) else {
                throw RPCError(
                    .invalidArgument,
                    "\(schema.name): not a message of this type, or needs more than \(limits.arenaBytes) bytes of "
                        + "memory: send a smaller one")
            }
            return try convert(message, scratch.texts)
        }
    }

    /// Checks `bytes` against `limits` and answers where the messages of a field of theirs lie, in their order: for who has
    /// each unpacked by itself.
    public static func places(
        ofField number: UInt32, in bytes: UnsafeRawBufferPointer, _ schema: MessageSchema, _ limits: DecodingLimits
    ) throws(RPCError) -> [FieldPlace] {
        try WireCheck.check(bytes, schema, limits, placesOf: number)
    }

    public static func bytes(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: start, count: count))
    }

    /// A repeated field of anything but messages.
    @inlinable
    public static func array<C, Element>(
        _ count: Int, _ start: UnsafeMutablePointer<C>?, _ convert: (C) throws(RPCError) -> Element
    ) throws(RPCError) -> [Element] {
        var elements: [Element] = []
        guard count > 0, let start else { return elements }
        elements.reserveCapacity(count)
        for index in 0..<count {
            elements.append(try convert(start[index]))
        }
        return elements
    }

    /// A repeated field of messages.
    @inlinable
    public static func messages<C, Element>(
        _ count: Int, _ start: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?,
        _ convert: (UnsafeMutablePointer<C>) throws(RPCError) -> Element
    ) throws(RPCError) -> [Element] {
        var elements: [Element] = []
        guard count > 0, let start else { return elements }
        elements.reserveCapacity(count)
        for index in 0..<count {
            // protobuf-c puts no NULL there.
            guard let message = start[index] else { continue }
            elements.append(try convert(message))
        }
        return elements
    }
}

/// Where a field with a message lies in an encoded one.
public struct FieldPlace: Sendable, Hashable {
    /// With its tag and length.
    public let field: Range<Int>
    /// Without.
    public let message: Range<Int>
}
