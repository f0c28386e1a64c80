internal import RPC

/// A message as its bytes: the type is known by name only, and JSON is what it is made of or becomes.
struct EncodedMessage: RPC.Message {
    static let messageName = "an encoded message"

    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> EncodedMessage {
        EncodedMessage(Array(bytes))
    }

    func withEncodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(RPCError) -> Result {
        bytes.withUnsafeBytes { body($0) }
    }
}
