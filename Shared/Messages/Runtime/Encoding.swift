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
            let count = protobuf_c_message_get_packed_size(message)
            guard count <= Int32.max else {
                throw RPCError(
                    .internal, "\(name): \(count) bytes when encoded: send less at a time; 2 GiB is too much")
            }
            let start = scratch.arena.allocate(bytes: count)
            let written = protobuf_c_message_pack(message, start.assumingMemoryBound(to: UInt8.self))
            assert(written == count, "\(name): packed \(written) bytes, not the \(count) announced")
            return body(UnsafeRawBufferPointer(start: start, count: count))
        }
    }
}
