internal import CMessages
public import RPC
internal import Wire

/// From Swift values, through the C structs, to bytes. For generated code.
public enum Encoding {
    /// Has `make` build the C message in the thread's arena, packs it there too and lends the bytes to `body`.
    ///
    /// Throws INTERNAL for a message of 2 GiB or more, which no protobuf reader takes.
    public static func encode<Result>(
        _ name: String, _ make: (Arena) -> UnsafeRawPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(RPCError) -> Result {
        try Scratch.with { (scratch) throws(RPCError) in
            let message = make(scratch.arena).assumingMemoryBound(to: ProtobufCMessage.self)
            let start = try roomToPack(name, message, in: scratch.arena)
            let count = protobuf_c_message_pack(message, start.assumingMemoryBound(to: UInt8.self))
            return body(UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// No field is packed into more than four times the bytes that it takes up in memory: the worst is an int32, of 4
    /// bytes, with a tag of 5 and a varint of 10.
    private static let mostPackedBytesPerByte = 4

    /// Memory that the packed message fits into. To measure it costs as much as to pack it, and most need not be.
    private static func roomToPack(
        _ name: String, _ message: UnsafePointer<ProtobufCMessage>, in arena: Arena
    ) throws(RPCError) -> UnsafeMutableRawPointer {
        if let bytes = arena.takenBytes.map({ $0 * mostPackedBytesPerByte }), bytes <= arena.roomBytes {
            assert(protobuf_c_message_get_packed_size(message) <= bytes, "\(name): longer than the bound")
            return arena.allocate(bytes: bytes)
        }
        let bytes = protobuf_c_message_get_packed_size(message)
        guard bytes <= Int32.max else {
            throw RPCError(.internal, "\(name): \(bytes) bytes when encoded: send less at a time; 2 GiB is too much")
        }
        return arena.allocate(bytes: bytes)
    }
}
