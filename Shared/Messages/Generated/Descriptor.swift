// Generated from Proto/quality/rpc/v1/descriptor.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.rpc.v1`.
public enum RPCV1 {}

extension RPCV1 {
    public enum FieldLabel: RawRepresentable, Hashable, Sendable {
        case unspecified
        case optional
        case required
        case repeated
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .optional
            case 2: self = .required
            case 3: self = .repeated
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .optional: 1
            case .required: 2
            case .repeated: 3
            case .unrecognized(let number): number
            }
        }
    }

    public enum FieldType: RawRepresentable, Hashable, Sendable {
        case unspecified
        case double
        case float
        case int64
        case uint64
        case int32
        case fixed64
        case fixed32
        case bool
        case string
        case group
        case message
        case bytes
        case uint32
        case `enum`
        case sfixed32
        case sfixed64
        case sint32
        case sint64
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .double
            case 2: self = .float
            case 3: self = .int64
            case 4: self = .uint64
            case 5: self = .int32
            case 6: self = .fixed64
            case 7: self = .fixed32
            case 8: self = .bool
            case 9: self = .string
            case 10: self = .group
            case 11: self = .message
            case 12: self = .bytes
            case 13: self = .uint32
            case 14: self = .`enum`
            case 15: self = .sfixed32
            case 16: self = .sfixed64
            case 17: self = .sint32
            case 18: self = .sint64
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .double: 1
            case .float: 2
            case .int64: 3
            case .uint64: 4
            case .int32: 5
            case .fixed64: 6
            case .fixed32: 7
            case .bool: 8
            case .string: 9
            case .group: 10
            case .message: 11
            case .bytes: 12
            case .uint32: 13
            case .`enum`: 14
            case .sfixed32: 15
            case .sfixed64: 16
            case .sint32: 17
            case .sint64: 18
            case .unrecognized(let number): number
            }
        }
    }

    public enum IdempotencyLevel: RawRepresentable, Hashable, Sendable {
        case unspecified
        case noSideEffects
        case idempotent
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .noSideEffects
            case 2: self = .idempotent
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .noSideEffects: 1
            case .idempotent: 2
            case .unrecognized(let number): number
            }
        }
    }

    public struct FileDescriptorSet: GeneratedMessage, Hashable, Sendable {
        /// Encoded FileDescriptorProto each; a file comes after those that it imports.
        public var file: [[UInt8]]

        public init(
            file: [[UInt8]] = []
        ) {
            self.file = file
        }
    }

    public struct FileDescriptorProto: GeneratedMessage, Hashable, Sendable {
        /// The path, e.g. "quality/rpc/v1/health.proto".
        public var name: String
        public var package: String
        /// The paths of the imported files.
        public var dependency: [String]
        public var messageType: [RPCV1.DescriptorProto]
        public var enumType: [RPCV1.EnumDescriptorProto]
        public var service: [RPCV1.ServiceDescriptorProto]
        public var sourceCodeInfo: RPCV1.SourceCodeInfo?

        public init(
            name: String = "",
            package: String = "",
            dependency: [String] = [],
            messageType: [RPCV1.DescriptorProto] = [],
            enumType: [RPCV1.EnumDescriptorProto] = [],
            service: [RPCV1.ServiceDescriptorProto] = [],
            sourceCodeInfo: RPCV1.SourceCodeInfo? = nil
        ) {
            self.name = name
            self.package = package
            self.dependency = dependency
            self.messageType = messageType
            self.enumType = enumType
            self.service = service
            self.sourceCodeInfo = sourceCodeInfo
        }
    }

    /// A message type.
    public struct DescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String
        public var field: [RPCV1.FieldDescriptorProto]
        /// Encoded DescriptorProto each: the messages declared inside this one.
        public var nestedType: [[UInt8]]
        public var enumType: [RPCV1.EnumDescriptorProto]
        public var oneofDecl: [RPCV1.OneofDescriptorProto]

        public init(
            name: String = "",
            field: [RPCV1.FieldDescriptorProto] = [],
            nestedType: [[UInt8]] = [],
            enumType: [RPCV1.EnumDescriptorProto] = [],
            oneofDecl: [RPCV1.OneofDescriptorProto] = []
        ) {
            self.name = name
            self.field = field
            self.nestedType = nestedType
            self.enumType = enumType
            self.oneofDecl = oneofDecl
        }
    }

    public struct FieldDescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String
        public var number: Int32
        public var label: RPCV1.FieldLabel
        public var type: RPCV1.FieldType
        /// The full name of the message or enum type with a dot before it.
        public var typeName: String
        /// The index of its oneof in the message.
        public var oneofIndex: Int32?
        public var jsonName: String
        /// Marked `optional`: its oneof is only there to say whether it is set.
        public var proto3Optional: Bool

        public init(
            name: String = "",
            number: Int32 = 0,
            label: RPCV1.FieldLabel = .unspecified,
            type: RPCV1.FieldType = .unspecified,
            typeName: String = "",
            oneofIndex: Int32? = nil,
            jsonName: String = "",
            proto3Optional: Bool = false
        ) {
            self.name = name
            self.number = number
            self.label = label
            self.type = type
            self.typeName = typeName
            self.oneofIndex = oneofIndex
            self.jsonName = jsonName
            self.proto3Optional = proto3Optional
        }
    }

    public struct OneofDescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String

        public init(
            name: String = ""
        ) {
            self.name = name
        }
    }

    public struct EnumDescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String
        public var value: [RPCV1.EnumValueDescriptorProto]

        public init(
            name: String = "",
            value: [RPCV1.EnumValueDescriptorProto] = []
        ) {
            self.name = name
            self.value = value
        }
    }

    public struct EnumValueDescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String
        public var number: Int32

        public init(
            name: String = "",
            number: Int32 = 0
        ) {
            self.name = name
            self.number = number
        }
    }

    public struct ServiceDescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String
        public var method: [RPCV1.MethodDescriptorProto]

        public init(
            name: String = "",
            method: [RPCV1.MethodDescriptorProto] = []
        ) {
            self.name = name
            self.method = method
        }
    }

    public struct MethodDescriptorProto: GeneratedMessage, Hashable, Sendable {
        public var name: String
        /// Full names with a dot before them.
        public var inputType: String
        public var outputType: String
        public var options: RPCV1.MethodOptions?
        public var clientStreaming: Bool
        public var serverStreaming: Bool

        public init(
            name: String = "",
            inputType: String = "",
            outputType: String = "",
            options: RPCV1.MethodOptions? = nil,
            clientStreaming: Bool = false,
            serverStreaming: Bool = false
        ) {
            self.name = name
            self.inputType = inputType
            self.outputType = outputType
            self.options = options
            self.clientStreaming = clientStreaming
            self.serverStreaming = serverStreaming
        }
    }

    public struct MethodOptions: GeneratedMessage, Hashable, Sendable {
        public var idempotencyLevel: RPCV1.IdempotencyLevel

        public init(
            idempotencyLevel: RPCV1.IdempotencyLevel = .unspecified
        ) {
            self.idempotencyLevel = idempotencyLevel
        }
    }

    public struct SourceCodeInfo: GeneratedMessage, Hashable, Sendable {
        public var location: [RPCV1.SourceLocation]

        public init(
            location: [RPCV1.SourceLocation] = []
        ) {
            self.location = location
        }
    }

    /// The comment at one declaration. (The suite's descriptor sets keep the locations that have one, and not their spans.)
    public struct SourceLocation: GeneratedMessage, Hashable, Sendable {
        /// From the file to the declaration: field numbers of these messages and indices, by turns; 4, 0, 2, 1 is the second
        /// field of the first message.
        public var path: [Int32]
        public var leadingComments: String
        public var trailingComments: String

        public init(
            path: [Int32] = [],
            leadingComments: String = "",
            trailingComments: String = ""
        ) {
            self.path = path
            self.leadingComments = leadingComments
            self.trailingComments = trailingComments
        }
    }
}
