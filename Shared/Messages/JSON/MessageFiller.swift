internal import CMessages
internal import MessageRuntime

/// Fills C structs from JSON along their descriptors.
struct MessageFiller {
    private let mapping: MessageJSON
    private let arena: Arena
    private let limits: DecodingLimits
    private var elements = 0
    /// From the outermost value to this one.
    private var path: [String] = []

    init(mapping: MessageJSON, arena: Arena, limits: DecodingLimits) {
        self.mapping = mapping
        self.arena = arena
        self.limits = limits
    }

    func emptyMessage(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> UnsafeMutableRawPointer {
        let message = arena.allocate(bytes: descriptor.pointee.sizeof_message)
        descriptor.pointee.message_init(message.assumingMemoryBound(to: ProtobufCMessage.self))
        return message
    }

    mutating func message(
        _ json: JSONValue, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, depth: Int
    ) throws(JSONMappingError) -> UnsafeMutableRawPointer {
        let name = String(cString: descriptor.pointee.name)
        guard depth <= limits.depth else {
            throw failure(json, "\(name) is nested more than \(limits.depth) deep: send it flatter")
        }
        guard case .object(let members) = json.content else {
            throw failure(json, "\(json.kindName) cannot be a \(name): an object is due here")
        }
        let names = mapping.names(of: descriptor)
        let message = emptyMessage(descriptor)
        var seen: Set<Int> = []
        for member in members {
            path.append(member.name)
            guard let index = names.indices[member.name] else {
                let known = names.json.isEmpty ? "it has none" : "it has " + names.json.joined(separator: ", ")
                throw failure(member.value, "\(name) has no such field: \(known)")
            }
            guard seen.insert(index).inserted else {
                throw failure(member.value, "field \(names.json[index]) is given by both of its names: give one")
            }
            // Null is the same as absent, whatever the field.
            if member.value.content != .null {
                let field = descriptor.pointee.fields + index
                try set(field, of: message, to: member.value, isText: names.texts.contains(index), depth, descriptor)
            }
            path.removeLast()
        }
        return message
    }

    // MARK: Fields

    private mutating func set(
        _ field: UnsafePointer<ProtobufCFieldDescriptor>, of message: UnsafeMutableRawPointer, to json: JSONValue,
        isText: Bool, _ depth: Int, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) throws(JSONMappingError) {
        let place = message + Int(field.pointee.offset)
        let quantifier = message + Int(field.pointee.quantifier_offset)
        guard field.pointee.label == PROTOBUF_C_LABEL_REPEATED else {
            if field.pointee.isInOneof {
                let other = quantifier.load(as: UInt32.self)
                guard other == 0 else {
                    let name = protobuf_c_message_descriptor_get_field(descriptor, other)
                        .map { String(cString: $0.pointee.name) }
                    throw failure(json, "only one of a oneof can be set, and \(name ?? "another") is: remove one")
                }
                quantifier.storeBytes(of: field.pointee.id, as: UInt32.self)
            }
            return try store(json, at: place, field, isText: isText, depth)
        }
        guard case .array(let values) = json.content else {
            throw failure(json, "\(json.kindName) cannot be a repeated field: an array is due here")
        }
        guard !values.isEmpty else { return }
        // Counted first: the array is allocated whole.
        guard values.count <= limits.elements - elements else { throw tooManyElements(json) }
        let stride = field.pointee.storageBytes
        let array = arena.allocate(bytes: values.count * stride)
        for (index, value) in values.enumerated() {
            path.append(String(index))
            guard value.content != .null else { throw failure(value, "null cannot be an element: leave it out") }
            try store(value, at: array + index * stride, field, isText: isText, depth)
            path.removeLast()
        }
        quantifier.storeBytes(of: values.count, as: Int.self)
        place.storeBytes(of: array, as: UnsafeMutableRawPointer.self)
    }

    private mutating func store(
        _ json: JSONValue, at place: UnsafeMutableRawPointer, _ field: UnsafePointer<ProtobufCFieldDescriptor>,
        isText: Bool, _ depth: Int
    ) throws(JSONMappingError) {
        elements += 1
        guard elements <= limits.elements else { throw tooManyElements(json) }
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32:
            place.storeBytes(of: try whole(json, Int32.self), as: Int32.self)
        case PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_SINT64, PROTOBUF_C_TYPE_SFIXED64:
            place.storeBytes(of: try whole(json, Int64.self), as: Int64.self)
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_FIXED32:
            place.storeBytes(of: try whole(json, UInt32.self), as: UInt32.self)
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
            place.storeBytes(of: try whole(json, UInt64.self), as: UInt64.self)
        case PROTOBUF_C_TYPE_FLOAT:
            place.storeBytes(of: try binary(json, Float.self), as: Float.self)
        case PROTOBUF_C_TYPE_DOUBLE:
            place.storeBytes(of: try binary(json, Double.self), as: Double.self)
        case PROTOBUF_C_TYPE_BOOL:
            guard case .flag(let flag) = json.content else {
                throw failure(json, "\(json.kindName) is due here to be true or false")
            }
            place.storeBytes(of: flag ? 1 : 0, as: protobuf_c_boolean.self)
        case PROTOBUF_C_TYPE_ENUM:
            place.storeBytes(of: try enumNumber(json, field), as: Int32.self)
        case PROTOBUF_C_TYPE_MESSAGE:
            // What the descriptor of a message field points to is its type's.
            let type = field.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            place.storeBytes(of: try message(json, type, depth: depth + 1), as: UnsafeMutableRawPointer.self)
        default:
            let (count, start) = arena.copy(try octets(json, isText: isText))
            place.storeBytes(of: ProtobufCBinaryData(len: count, data: start), as: ProtobufCBinaryData.self)
        }
    }

    // MARK: Values

    private func octets(_ json: JSONValue, isText: Bool) throws(JSONMappingError) -> [UInt8] {
        guard case .text(let text) = json.content else {
            throw failure(json, "\(json.kindName) cannot be \(isText ? "a text" : "bytes: give them in base64")")
        }
        if isText { return Array(text.utf8) }
        guard let bytes = Base64.bytes(text) else {
            throw failure(json, "this is not base64, as which bytes are given")
        }
        return bytes
    }

    /// A number or the same as a text; a fraction or an exponent may stand there if the value is whole.
    private func whole<T: FixedWidthInteger>(_ json: JSONValue, _: T.Type) throws(JSONMappingError) -> T {
        let digits = try numeral(json, wanted: "a whole number")
        if let value = T(digits) { return value }
        guard let numeral = Numeral(digits) else { throw failure(json, "\(digits.prefix(40)) is not a whole number") }
        guard let value = T(numeral.written) else {
            throw failure(json, "\(digits.prefix(40)) is out of range: \(T.min) to \(T.max)")
        }
        return value
    }

    private func binary<T: BinaryFloatingPoint & LosslessStringConvertible>(
        _ json: JSONValue, _: T.Type
    ) throws(JSONMappingError) -> T {
        switch json.content {
        case .text("NaN"): return .nan
        case .text("Infinity"): return .infinity
        case .text("-Infinity"): return -.infinity
        case .null, .flag, .number, .text, .array, .object: break
        }
        let digits = try numeral(json, wanted: "a number")
        guard let value = T(digits), value.isFinite else {
            throw failure(json, "\(digits.prefix(40)) is out of range of a \(T.self)")
        }
        return value
    }

    /// The text of a number, which may stand in quotes.
    private func numeral(_ json: JSONValue, wanted: String) throws(JSONMappingError) -> String {
        switch json.content {
        case .number(let digits): return digits
        case .text(let text):
            guard let read = try? JSONValue(parsing: Array(text.utf8)), read.content == .number(text) else {
                throw failure(json, "this text is not \(wanted)")
            }
            return text
        case .null, .flag, .array, .object: throw failure(json, "\(json.kindName) cannot be \(wanted)")
        }
    }

    private func enumNumber(
        _ json: JSONValue, _ field: UnsafePointer<ProtobufCFieldDescriptor>
    ) throws(JSONMappingError) -> Int32 {
        guard case .text(let name) = json.content else { return try whole(json, Int32.self) }
        let type = field.pointee.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
        let values = UnsafeBufferPointer(start: type.pointee.values, count: Int(type.pointee.n_values))
        // Compared as Swift texts: a name with a NUL in it must not pass for what stands before the NUL.
        guard let value = values.first(where: { String(cString: $0.name) == name }) else {
            let known = values.map { String(cString: $0.name) }.joined(separator: ", ")
            throw failure(
                json, "\(String(cString: type.pointee.name)) has no value \"\(name.prefix(40))\": it has \(known)")
        }
        return value.value
    }

    // MARK: Errors

    private func tooManyElements(_ json: JSONValue) -> JSONMappingError {
        failure(json, "more than \(limits.elements) elements: send less in one message")
    }

    private func failure(_ json: JSONValue, _ message: String) -> JSONMappingError {
        let pointer = path.map { part in
            var escaped = "/"
            for character in part.unicodeScalars.prefix(100) {
                switch character {
                case "~": escaped += "~0"
                case "/": escaped += "~1"
                default: escaped.unicodeScalars.append(character)
                }
            }
            return escaped
        }
        return JSONMappingError(pointer: pointer.joined(), line: json.line, column: json.column, message: message)
    }
}

/// A JSON number that is whole, written without fraction and exponent; `nil` for one that is not whole.
private struct Numeral {
    /// Beyond what 64 bits hold; a larger exponent is not written out.
    private static let maximumZeros = 20

    let written: String

    init?(_ json: String) {
        let lowercased = json.lowercased()
        let parts = lowercased.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let sign = mantissa[0].hasPrefix("-") ? "-" : ""
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = mantissa[0].drop { $0 == "-" } + fraction
        let leadingZeros = digits.prefix { $0 == "0" }.count
        digits = digits.dropFirst(leadingZeros)
        guard !digits.isEmpty else {
            written = "0"
            return
        }
        // An exponent of more digits than an Int holds is as good as the largest.
        let exponentText = parts.count > 1 ? String(parts[1]) : "0"
        let exponent = Int(exponentText) ?? (exponentText.hasPrefix("-") ? -1_000_000_000 : 1_000_000_000)
        var zeros = exponent.clamped(to: 1_000_000_000) - fraction.count
        while zeros < 0, digits.last == "0" {
            digits.removeLast()
            zeros += 1
        }
        guard zeros >= 0 else { return nil }
        written = sign + digits + String(repeating: "0", count: min(zeros, Self.maximumZeros))
    }
}

extension Int {
    fileprivate func clamped(to bound: Int) -> Int { Swift.min(Swift.max(self, -bound), bound) }
}

extension ProtobufCFieldDescriptor {
    var isInOneof: Bool { flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0 }

    /// What one value takes in the C struct, or in the array of a repeated field.
    var storageBytes: Int {
        switch type {
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_SINT32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_UINT32,
            PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_BOOL, PROTOBUF_C_TYPE_ENUM:
            4
        case PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_STRING: MemoryLayout<ProtobufCBinaryData>.stride
        default: 8
        }
    }
}
