package import CMessages

/// protobuf-c's description of a message type: static data of the generated C code, never written and never freed.
public struct MessageSchema: @unchecked Sendable {
    package let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

    /// The message's full name.
    public var name: String { String(cString: descriptor.pointee.name) }

    /// - Parameters:
    ///   - type: the generated C struct. Every one begins with `ProtobufCMessage`, which begins with the pointer to the
    ///     descriptor.
    ///   - initialize: its generated `...__init`. (Swift cannot take the address of a C constant, but this function
    ///     stores it.)
    public init<C>(_ type: C.Type, _ initialize: (UnsafeMutablePointer<C>?) -> Void) {
        descriptor = withUnsafeTemporaryAllocation(of: type, capacity: 1) { message in
            initialize(message.baseAddress)
            return UnsafeRawPointer(message.baseAddress!)
                .load(as: UnsafePointer<ProtobufCMessageDescriptor>.self)
        }
    }
}
