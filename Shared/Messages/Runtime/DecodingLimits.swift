/// How much one message may cost its reader. Checked on the raw bytes, before protobuf-c allocates anything.
public struct DecodingLimits: Sendable, Hashable {
    /// The encoded message as a whole. The transport has its own, usually lower, limit.
    public var messageBytes: Int
    /// Fields on the wire at every depth, known or not, and elements of packed fields. A field of two bytes can become
    /// a struct of hundreds, so bytes alone bound too little.
    public var elements: Int
    /// Messages inside messages; the outermost is at depth 1. The generator refuses recursive types, so a message that
    /// is deeper than its type does not exist; this bounds the types too.
    public var depth: Int
    /// Memory for the message as C structs, unknown fields among them.
    public var arenaBytes: Int

    public init(
        messageBytes: Int = 64 << 20, elements: Int = 1_000_000, depth: Int = 32, arenaBytes: Int = 256 << 20
    ) {
        self.messageBytes = messageBytes
        self.elements = elements
        self.depth = depth
        self.arenaBytes = arenaBytes
    }

    /// The defaults.
    public static let standard = DecodingLimits()
}
