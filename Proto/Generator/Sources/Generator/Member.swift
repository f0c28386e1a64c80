import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// A stored property of a generated struct: a field, or a oneof.
enum Member {
    case field(FieldDescriptor)
    case oneof(OneofDescriptor)

    /// The members in the order of the .proto file; a oneof stands where its first field does.
    static func all(of message: Descriptor) -> [Member] {
        message.fields.compactMap { field in
            guard let oneof = field.realContainingOneof else { return .field(field) }
            return oneof.fields.first === field ? .oneof(oneof) : nil
        }
    }

    var name: String {
        switch self {
        case .field(let field): SwiftNames.property(field)
        case .oneof(let oneof): SwiftNames.property(oneof)
        }
    }

    var type: String {
        switch self {
        case .field(let field): FieldType(field).swift
        case .oneof(let oneof): SwiftNames.type(oneof) + "?"
        }
    }

    var defaultValue: String {
        switch self {
        case .field(let field): FieldType(field).defaultValue
        case .oneof: "nil"
        }
    }
}

extension Member: ProvidesSourceCodeLocation {
    var sourceCodeInfoLocation: Google_Protobuf_SourceCodeInfo.Location? {
        switch self {
        case .field(let field): field.sourceCodeInfoLocation
        case .oneof(let oneof): oneof.sourceCodeInfoLocation
        }
    }
}

/// How a field looks in Swift.
struct FieldType {
    private let field: FieldDescriptor

    init(_ field: FieldDescriptor) {
        self.field = field
    }

    /// The type of one value.
    var element: String {
        switch field.type {
        case .double: "Double"
        case .float: "Float"
        case .int64, .sint64, .sfixed64: "Int64"
        case .uint64, .fixed64: "UInt64"
        case .int32, .sint32, .sfixed32: "Int32"
        case .uint32, .fixed32: "UInt32"
        case .bool: "Bool"
        case .string: "String"
        case .bytes: "[UInt8]"
        case .enum: SwiftNames.type(field.enumType)
        case .message, .group: SwiftNames.type(field.messageType)
        }
    }

    /// Messages and `optional` fields can be absent. (A field of a oneof is absent with its case.)
    var isOptional: Bool {
        !field.isRepeated && (field.type == .message || field.isProto3Optional)
    }

    /// The type of the stored property.
    var swift: String {
        if field.isRepeated { return "[\(element)]" }
        return isOptional ? element + "?" : element
    }

    var defaultValue: String {
        if field.isRepeated { return "[]" }
        if isOptional { return "nil" }
        return switch field.type {
        case .bool: "false"
        case .string: "\"\""
        case .bytes: "[]"
        case .enum: "." + SwiftNames.enumCase(field.enumType.values[0])
        default: "0"
        }
    }
}

extension FieldDescriptor {
    /// True for a field marked `optional`: protoc puts it into a oneof of its own.
    var isProto3Optional: Bool {
        containingOneof != nil && realContainingOneof == nil
    }
}
