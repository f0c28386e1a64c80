// Generated from Proto/quality/rpc/v1/reflection.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

extension RPCV1 {
    public struct ListServicesRequest: GeneratedMessage, Hashable, Sendable {
        public init() {}
    }

    public struct ListServicesResponse: GeneratedMessage, Hashable, Sendable {
        /// In the order of their names.
        public var service: [RPCV1.ServiceResponse]

        public init(
            service: [RPCV1.ServiceResponse] = []
        ) {
            self.service = service
        }
    }

    public struct ServiceResponse: GeneratedMessage, Hashable, Sendable {
        /// The full name. The gateway lists its routes too, where a name that ends in a dot stands for all that begin with it.
        public var name: String

        public init(
            name: String = ""
        ) {
            self.name = name
        }
    }

    public struct GetFileContainingSymbolRequest: GeneratedMessage, Hashable, Sendable {
        /// The full name of a service, a method (SERVICE.METHOD), a message, a field, an enum or an enum's value.
        public var symbol: String

        public init(
            symbol: String = ""
        ) {
            self.symbol = symbol
        }
    }

    public struct GetFileContainingSymbolResponse: GeneratedMessage, Hashable, Sendable {
        /// Encoded google.protobuf.FileDescriptorProto each: first the file with the symbol, then all that it imports.
        public var fileDescriptorProto: [[UInt8]]

        public init(
            fileDescriptorProto: [[UInt8]] = []
        ) {
            self.fileDescriptorProto = fileDescriptorProto
        }
    }

    public struct GetFileDescriptorSetRequest: GeneratedMessage, Hashable, Sendable {
        public init() {}
    }

    public struct GetFileDescriptorSetResponse: GeneratedMessage, Hashable, Sendable {
        /// An encoded google.protobuf.FileDescriptorSet: every file of the services here and what these import, an imported
        /// file before the one that imports it. With comments; without positions in the source.
        public var fileDescriptorSet: [UInt8]

        public init(
            fileDescriptorSet: [UInt8] = []
        ) {
            self.fileDescriptorSet = fileDescriptorSet
        }
    }
}
