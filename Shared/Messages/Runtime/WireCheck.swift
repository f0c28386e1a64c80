internal import CMessages
internal import RPC
internal import Wire

/// Reads through a message's raw bytes before protobuf-c does: whether they are well formed, and what they will cost.
/// Follows a length-delimited field inside only where the schema says that it is a message. Allocates nothing.
struct WireCheck {
    private let base: UnsafeRawPointer
    private let limits: DecodingLimits
    private var at: Int = 0
    private var elements = 0

    static func check(
        _ bytes: UnsafeRawBufferPointer, _ schema: MessageSchema, _ limits: DecodingLimits
    ) throws(RPCError) {
        guard bytes.count <= limits.messageBytes else {
            throw RPCError(
                .invalidArgument,
                "\(schema.name): \(bytes.count) bytes: send at most \(limits.messageBytes) bytes a message")
        }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        var check = WireCheck(base: base, limits: limits)
        try check.message(schema.descriptor, end: bytes.count, depth: 1)
    }

    private init(base: UnsafeRawPointer, limits: DecodingLimits) {
        self.base = base
        self.limits = limits
    }

    // MARK: Messages and fields

    private mutating func message(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, end: Int, depth: Int
    ) throws(RPCError) {
        guard depth <= limits.depth else {
            throw failure(descriptor, nil, "nested more than \(limits.depth) deep", "send it flatter")
        }
        // Fields mostly come in order, repeated ones in a row: the last field or its successor is the next one.
        var hint = 0
        var seen: UInt128 = 0
        while at < end {
            let tag = try varint(end, descriptor, nil)
            guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
                throw failure(descriptor, nil, "field number \(tag >> 3) does not exist", "send protobuf")
            }
            let field = Self.field(UInt32(tag >> 3), of: descriptor, &hint)
            try count(descriptor, field)
            if let field, field.pointee.type == PROTOBUF_C_TYPE_MESSAGE,
                field.pointee.label != PROTOBUF_C_LABEL_REPEATED
            {
                // Protobuf would merge the two. protobuf-c's merging loses numbers, fails on an unset oneof and takes
                // quadratic time; no encoder writes one field twice.
                guard seen & (1 << hint) == 0 else {
                    throw failure(descriptor, field, "occurs twice", "send it once")
                }
                seen |= 1 << hint
            }
            try value(wireType: UInt8(tag & 7), field, of: descriptor, end: end, depth: depth)
        }
    }

    private static func field(
        _ number: UInt32, of descriptor: UnsafePointer<ProtobufCMessageDescriptor>, _ hint: inout Int
    ) -> UnsafePointer<ProtobufCFieldDescriptor>? {
        let count = Int(descriptor.pointee.n_fields)
        guard count > 0, let fields = descriptor.pointee.fields else { return nil }
        if fields[hint].id == number { return fields + hint }
        if hint + 1 < count, fields[hint + 1].id == number {
            hint += 1
            return fields + hint
        }
        guard let field = protobuf_c_message_descriptor_get_field(descriptor, number) else { return nil }
        hint = field - fields
        return field
    }

    private mutating func value(
        wireType: UInt8, _ field: UnsafePointer<ProtobufCFieldDescriptor>?,
        of descriptor: UnsafePointer<ProtobufCMessageDescriptor>, end: Int, depth: Int
    ) throws(RPCError) {
        let kind = field.map { Kind($0.pointee.type) }
        switch wireType {
        case 0:
            try require(kind, .varint, descriptor, field)
            _ = try varint(end, descriptor, field)
        case 1:
            try require(kind, .fixed64, descriptor, field)
            try skip(8, end, descriptor, field)
        case 5:
            try require(kind, .fixed32, descriptor, field)
            try skip(4, end, descriptor, field)
        case 2:
            let length = try varint(end, descriptor, field)
            guard length <= UInt64(end - at) else {
                throw failure(descriptor, field, "cut off at byte \(end)", "send the whole message")
            }
            let inner = at + Int(length)
            switch kind {
            case nil, .delimited:
                at = inner
            case .message:
                // The schema of a message field is its descriptor.
                let nested = field!.pointee.descriptor!.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
                try message(nested, end: inner, depth: depth + 1)
            case .varint, .fixed32, .fixed64:
                try packed(kind!, descriptor, field!, end: inner)
            }
        default:
            // 3 and 4 are proto2's groups; 6 and 7 do not exist.
            throw failure(descriptor, field, "wire type \(wireType) at byte \(at)", "send proto3")
        }
    }

    /// The elements of a packed repeated field, to `end`.
    private mutating func packed(
        _ kind: Kind, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>, end: Int
    ) throws(RPCError) {
        guard field.pointee.label == PROTOBUF_C_LABEL_REPEATED else {
            throw failure(descriptor, field, "has a length, but is a single number", "send the type of the .proto file")
        }
        while at < end {
            try count(descriptor, field)
            switch kind {
            case .fixed32: try skip(4, end, descriptor, field)
            case .fixed64: try skip(8, end, descriptor, field)
            case .varint, .delimited, .message: _ = try varint(end, descriptor, field)
            }
        }
    }

    // MARK: Pieces

    private mutating func varint(
        _ end: Int, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>?
    ) throws(RPCError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end, shift < 70 {
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw shift < 70
            ? failure(descriptor, field, "cut off at byte \(end)", "send the whole message")
            : failure(descriptor, field, "a number of more than 10 bytes at byte \(at)", "send protobuf")
    }

    private mutating func skip(
        _ bytes: Int, _ end: Int, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>?
    ) throws(RPCError) {
        guard bytes <= end - at else {
            throw failure(descriptor, field, "cut off at byte \(end)", "send the whole message")
        }
        at += bytes
    }

    private mutating func count(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>?
    ) throws(RPCError) {
        elements += 1
        guard elements <= limits.elements else {
            throw failure(descriptor, field, "more than \(limits.elements) elements", "send less in one message")
        }
    }

    private func require(
        _ kind: Kind?, _ expected: Kind, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>?
    ) throws(RPCError) {
        guard kind == nil || kind == expected else {
            throw failure(
                descriptor, field, "has another type at byte \(at)", "send the type that the .proto file names")
        }
    }

    private func failure(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>?, _ fault: String, _ remedy: String
    ) -> RPCError {
        var place = String(cString: descriptor.pointee.name)
        if let field { place += "." + String(cString: field.pointee.name) }
        return RPCError(.invalidArgument, "\(place): \(fault): \(remedy)")
    }

    /// How a field's values look on the wire.
    private enum Kind {
        case varint, fixed32, fixed64, delimited, message

        init(_ type: ProtobufCType) {
            switch type {
            case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT: self = .fixed32
            case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE: self = .fixed64
            case PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_STRING: self = .delimited
            case PROTOBUF_C_TYPE_MESSAGE: self = .message
            default: self = .varint
            }
        }
    }
}
