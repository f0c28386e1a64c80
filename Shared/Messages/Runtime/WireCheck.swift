internal import CMessages
internal import RPC
internal import Wire

/// Reads through a message's raw bytes before protobuf-c does: whether they are well formed, and what they will cost.
/// Follows a length-delimited field inside only where the schema says that it is a message. Allocates nothing but the places
/// that it is asked for.
struct WireCheck {
    private let base: UnsafeRawPointer
    private let limits: DecodingLimits
    /// A field of the outermost message, and where it was found.
    private let wanted: UInt32
    private var places: [FieldPlace] = []
    private var at: Int = 0
    private var elements = 0

    /// Returns where the messages lie that are in the field `wanted`.
    @discardableResult
    static func check(
        _ bytes: UnsafeRawBufferPointer, _ schema: MessageSchema, _ limits: DecodingLimits, placesOf wanted: UInt32 = 0
    ) throws(RPCError) -> [FieldPlace] {
        guard bytes.count <= limits.messageBytes else {
            throw RPCError(
                .invalidArgument,
                "\(schema.name): \(bytes.count) bytes: send at most \(limits.messageBytes) bytes a message")
        }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return [] }
        var check = WireCheck(base: base, limits: limits, wanted: wanted)
        try check.message(schema.descriptor, end: bytes.count, depth: 1)
        return check.places
    }

    private init(base: UnsafeRawPointer, limits: DecodingLimits, wanted: UInt32) {
        self.base = base
        self.limits = limits
        self.wanted = wanted
    }

    // MARK: Messages and fields

    private mutating func message(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, end: Int, depth: Int
    ) throws(RPCError) {
        var place = Place(message: descriptor, field: nil)
        guard depth <= limits.depth else {
            throw place.failure("nested more than \(limits.depth) deep", "send it flatter")
        }
        // Fields mostly come in order, repeated ones in a row: the last field or its successor is the next one.
        var index = 0
        var seen: UInt128 = 0
        while at < end {
            place.field = nil
            let start = at
            let tag = try varint(end, place)
            guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
                throw place.failure("field number \(tag >> 3) does not exist", "send protobuf")
            }
            place.field = Self.field(UInt32(tag >> 3), of: descriptor, &index)
            try count(place)
            guard let field = place.field else {
                try unknown(wireType: tag & 7, end: end, place)
                continue
            }
            let kind = Kind(field.pointee.type)
            guard kind == .message else {
                try value(kind, wireType: tag & 7, end: end, place)
                continue
            }
            if field.pointee.label != PROTOBUF_C_LABEL_REPEATED {
                // Protobuf would merge the two. protobuf-c's merging loses numbers, fails on an unset oneof and takes
                // quadratic time; no encoder writes one field twice.
                guard seen & (1 << index) == 0 else { throw place.failure("occurs twice", "send it once") }
                seen |= 1 << index
            }
            guard tag & 7 == Kind.delimited.rawValue, let nested = field.pointee.descriptor else {
                throw wrongType(wireType: tag & 7, place)
            }
            let innerEnd = try length(end, place)
            if depth == 1, field.pointee.id == wanted {
                places.append(FieldPlace(field: start..<innerEnd, message: at..<innerEnd))
            }
            // What the descriptor of a message field points to is its type's.
            try message(
                nested.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), end: innerEnd, depth: depth + 1)
        }
    }

    @inline(__always)
    private static func field(
        _ number: UInt32, of descriptor: UnsafePointer<ProtobufCMessageDescriptor>, _ index: inout Int
    ) -> UnsafePointer<ProtobufCFieldDescriptor>? {
        let count = Int(descriptor.pointee.n_fields)
        guard count > 0, let fields = descriptor.pointee.fields else { return nil }
        if fields[index].id == number { return fields + index }
        if index + 1 < count, fields[index + 1].id == number {
            index += 1
            return fields + index
        }
        guard let field = protobuf_c_message_descriptor_get_field(descriptor, number) else { return nil }
        index = field - fields
        return field
    }

    /// A field of numbers, text or bytes.
    @inline(__always)
    private mutating func value(_ kind: Kind, wireType: UInt64, end: Int, _ place: Place) throws(RPCError) {
        if wireType == kind.rawValue {
            try skip(kind, end, place)
        } else if wireType == Kind.delimited.rawValue, place.field?.pointee.label == PROTOBUF_C_LABEL_REPEATED {
            // Numbers, packed.
            let innerEnd = try length(end, place)
            while at < innerEnd {
                try count(place)
                try skip(kind, innerEnd, place)
            }
        } else {
            throw wrongType(wireType: wireType, place)
        }
    }

    /// A field that this version of the schema does not know is skipped; protobuf-c copies it, within the arena's limit.
    private mutating func unknown(wireType: UInt64, end: Int, _ place: Place) throws(RPCError) {
        guard let kind = Kind(rawValue: wireType), kind != .message else {
            throw wrongType(wireType: wireType, place)
        }
        try skip(kind, end, place)
    }

    // MARK: Pieces

    @inline(__always)
    private mutating func skip(_ kind: Kind, _ end: Int, _ place: Place) throws(RPCError) {
        switch kind {
        case .varint: _ = try varint(end, place)
        case .fixed32: try skip(4, end, place)
        case .fixed64: try skip(8, end, place)
        case .delimited, .message: at = try length(end, place)
        }
    }

    private mutating func skip(_ bytes: Int, _ end: Int, _ place: Place) throws(RPCError) {
        guard bytes <= end - at else { throw place.cutOff(at: end) }
        at += bytes
    }

    /// Reads a length; returns where what has that length ends.
    @inline(__always)
    private mutating func length(_ end: Int, _ place: Place) throws(RPCError) -> Int {
        let length = try varint(end, place)
        guard length <= UInt64(end - at) else { throw place.cutOff(at: end) }
        return at + Int(length)
    }

    @inline(__always)
    private mutating func varint(_ end: Int, _ place: Place) throws(RPCError) -> UInt64 {
        if at < end {
            // Most are one byte.
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            if byte < 0x80 {
                at += 1
                return UInt64(byte)
            }
        }
        return try longVarint(end, place)
    }

    private mutating func longVarint(_ end: Int, _ place: Place) throws(RPCError) -> UInt64 {
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
            ? place.cutOff(at: end)
            : place.failure("a number of more than 10 bytes before byte \(at)", "send protobuf")
    }

    @inline(__always)
    private mutating func count(_ place: Place) throws(RPCError) {
        elements += 1
        guard elements <= limits.elements else {
            throw place.failure("more than \(limits.elements) elements", "send less in one message")
        }
    }

    private func wrongType(wireType: UInt64, _ place: Place) -> RPCError {
        // 3 and 4 are proto2's groups; 6 and 7 do not exist.
        place.failure("wire type \(wireType) before byte \(at)", "send the type that the .proto file names")
    }
}

extension WireCheck {
    /// What an error names.
    private struct Place {
        let message: UnsafePointer<ProtobufCMessageDescriptor>
        var field: UnsafePointer<ProtobufCFieldDescriptor>?

        @inline(never)
        func failure(_ fault: String, _ remedy: String) -> RPCError {
            var place = String(cString: message.pointee.name)
            if let field { place += "." + String(cString: field.pointee.name) }
            return RPCError(.invalidArgument, "\(place): \(fault): \(remedy)")
        }

        func cutOff(at end: Int) -> RPCError {
            failure("cut off at byte \(end)", "send the whole message")
        }
    }

    /// How one value looks on the wire: protobuf's wire type, and messages apart from text and bytes.
    private enum Kind: UInt64 {
        case varint = 0
        case fixed64 = 1
        case delimited = 2
        case fixed32 = 5
        /// Delimited on the wire too; the number is no wire type.
        case message = 8

        @inline(__always)
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
