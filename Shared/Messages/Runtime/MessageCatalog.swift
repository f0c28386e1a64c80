public import RPC

/// Every message and method of a module of generated code: for those who have only a name, and for reflection. The
/// generator makes one for each module.
public struct MessageCatalog: Sendable {
    /// A method and the types of its messages.
    public struct Method: Sendable {
        public let descriptor: MethodDescriptor
        public let request: any GeneratedMessage.Type
        public let response: any GeneratedMessage.Type

        public init(
            _ descriptor: MethodDescriptor, _ request: any GeneratedMessage.Type, _ response: any GeneratedMessage.Type
        ) {
            self.descriptor = descriptor
            self.request = request
            self.response = response
        }
    }

    public let messages: [any GeneratedMessage.Type]
    public let methods: [Method]
    /// The .proto files with their comments: an encoded `google.protobuf.FileDescriptorSet`.
    public let descriptorSet: [UInt8]

    /// - Parameter descriptorSet: the generated C function; what it returns lives as long as the process.
    public init(
        messages: [any GeneratedMessage.Type], methods: [Method],
        descriptorSet: (UnsafeMutablePointer<Int>?) -> UnsafePointer<UInt8>?
    ) {
        self.messages = messages
        self.methods = methods
        var sizeBytes = 0
        let start = descriptorSet(&sizeBytes)
        self.descriptorSet = Array(UnsafeBufferPointer(start: start, count: sizeBytes))
    }
}
