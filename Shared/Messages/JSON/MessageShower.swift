internal import CMessages
internal import MessageRuntime
internal import RPC
internal import Wire

/// Makes JSON of C structs along their descriptors.
struct MessageShower {
    let mapping: MessageJSON
    let showsDefaults: Bool

    func message(
        _ message: UnsafeRawPointer, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) throws(RPCError) -> JSONValue {
        let names = mapping.names(of: descriptor)
        var members: [JSONValue.Member] = []
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields + index
            let isText = names.texts.contains(index)
            if let value = try self.field(field, of: message, isText: isText, descriptor) {
                members.append(JSONValue.Member(name: names.json[index], value: value))
            }
        }
        return JSONValue(.object(members))
    }

    /// `nil` for a field that is not shown.
    private func field(
        _ field: UnsafePointer<ProtobufCFieldDescriptor>, of message: UnsafeRawPointer, isText: Bool,
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) throws(RPCError) -> JSONValue? {
        let place = message + Int(field.pointee.offset)
        let quantifier = message + Int(field.pointee.quantifier_offset)
        if field.pointee.label == PROTOBUF_C_LABEL_REPEATED {
            let count = quantifier.load(as: Int.self)
            guard count > 0 else { return showsDefaults ? .array([]) : nil }
            let array = place.load(as: UnsafeRawPointer.self)
            var values: [JSONValue] = []
            values.reserveCapacity(count)
            for index in 0..<count {
                let element = array + index * field.pointee.storageBytes
                values.append(try value(at: element, field, isText: isText, descriptor))
            }
            return .array(values)
        }
        if field.pointee.isInOneof {
            guard quantifier.load(as: UInt32.self) == field.pointee.id else { return nil }
        } else if field.pointee.type == PROTOBUF_C_TYPE_MESSAGE {
            guard place.load(as: UnsafeRawPointer?.self) != nil else { return nil }
        } else if !showsDefaults, Self.isDefault(place, field) {
            return nil
        }
        return try value(at: place, field, isText: isText, descriptor)
    }

    private static func isDefault(
        _ place: UnsafeRawPointer, _ field: UnsafePointer<ProtobufCFieldDescriptor>
    ) -> Bool {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_STRING: place.load(as: ProtobufCBinaryData.self).len == 0
        default:
            // By the bits: minus zero is no default.
            field.pointee.storageBytes == 4 ? place.load(as: UInt32.self) == 0 : place.load(as: UInt64.self) == 0
        }
    }

    private func value(
        at place: UnsafeRawPointer, _ field: UnsafePointer<ProtobufCFieldDescriptor>, isText: Bool,
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) throws(RPCError) -> JSONValue {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32:
            return .number(place.load(as: Int32.self))
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32: return .number(place.load(as: UInt32.self))
        // 64 bits as texts: most readers of JSON take a number for a double.
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
            return .text(String(place.load(as: Int64.self)))
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64: return .text(String(place.load(as: UInt64.self)))
        case PROTOBUF_C_TYPE_FLOAT: return Self.binary(place.load(as: Float.self))
        case PROTOBUF_C_TYPE_DOUBLE: return Self.binary(place.load(as: Double.self))
        case PROTOBUF_C_TYPE_BOOL: return .flag(place.load(as: protobuf_c_boolean.self) != 0)
        case PROTOBUF_C_TYPE_ENUM: return Self.enumValue(place.load(as: Int32.self), field)
        case PROTOBUF_C_TYPE_MESSAGE:
            // What the descriptor of a message field points to is its type's.
            let type = field.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            return try message(place.load(as: UnsafeRawPointer.self), type)
        default:
            let bytes = place.load(as: ProtobufCBinaryData.self)
            let buffer = UnsafeBufferPointer(start: UnsafePointer(bytes.data), count: bytes.len)
            guard isText else { return .text(Base64.written(buffer)) }
            guard let text = String(validating: buffer, as: UTF8.self) else {
                let name = "\(String(cString: descriptor.pointee.name)).\(String(cString: field.pointee.name))"
                throw RPCError(.invalidArgument, "\(name): not UTF-8: send text in UTF-8")
            }
            return .text(text)
        }
    }

    private static func binary(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> JSONValue {
        if value.isNaN { return .text("NaN") }
        if value.isInfinite { return .text(value < 0 ? "-Infinity" : "Infinity") }
        return JSONValue(.number(value.description))
    }

    /// The name; the number where this version does not know it.
    private static func enumValue(
        _ number: Int32, _ field: UnsafePointer<ProtobufCFieldDescriptor>
    ) -> JSONValue {
        let type = field.pointee.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
        guard let value = protobuf_c_enum_descriptor_get_value(type, number) else { return .number(number) }
        return .text(String(cString: value.pointee.name))
    }
}
