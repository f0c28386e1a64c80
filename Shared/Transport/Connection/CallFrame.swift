public import Wire

/// What a CALL frame says, either way. Everything borrowed is valid during the call that hands it over.
public struct CallFrame {
    public var head: CallHead
    /// The message bytes that are in the same frame.
    public var message: UnsafeRawBufferPointer
    /// The message is whole.
    public var messageEnd: Bool
    /// No further message comes.
    public var streamEnd: Bool
    /// The method may be repeated.
    public var isIdempotent: Bool

    public init(
        head: CallHead, message: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool, isIdempotent: Bool
    ) {
        self.head = head
        self.message = message
        self.messageEnd = messageEnd
        self.streamEnd = streamEnd
        self.isIdempotent = isIdempotent
    }
}
