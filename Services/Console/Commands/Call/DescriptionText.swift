internal import MessageJSON
internal import Messages
internal import Reflection

/// How services and messages are written for a person: as in the .proto, with full names.
struct DescriptionText {
    /// Deeper ones stay out of a template; the generator refuses recursive types.
    private static let depthLimit = 32

    let index: DescriptorIndex

    func service(_ service: DescribedService) -> String {
        let methods = service.methods.map { Self.method($0, indentation: "  ") }
        return Self.comment(service.comment) + "service \(service.name) {\n" + methods.joined() + "}\n"
    }

    /// The method with everything that its messages are made of.
    func method(_ method: DescribedMethod, of service: String) -> String {
        Self.comment("\(service)/\(method.name)") + Self.method(method, indentation: "") + "\n"
            + types(from: [method.input, method.output])
    }

    /// Messages and enums by name, each followed by those it needs, and no one twice.
    func types(from names: [String]) -> String {
        var seen: Set<String> = []
        var texts: [String] = []
        var waiting = names[...]
        while let name = waiting.popFirst() {
            guard seen.insert(name).inserted else { continue }
            if let message = index.messages[name] {
                texts.append(text(message))
                waiting += message.fields.map(\.typeName).filter { !$0.isEmpty }
            } else if let type = index.enums[name] {
                texts.append(text(type))
            }
        }
        return texts.joined(separator: "\n")
    }

    // MARK: Declarations

    private static func method(_ method: DescribedMethod, indentation: String) -> String {
        let input = (method.isClientStreaming ? "stream " : "") + method.input
        let output = (method.isServerStreaming ? "stream " : "") + method.output
        let option =
            switch method.idempotency {
            case .unspecified, .unrecognized: ";"
            case .noSideEffects: " { option idempotency_level = NO_SIDE_EFFECTS; }"
            case .idempotent: " { option idempotency_level = IDEMPOTENT; }"
            }
        return comment(method.comment, indentation)
            + "\(indentation)rpc \(method.name)(\(input)) returns (\(output))\(option)\n"
    }

    private func text(_ message: DescribedMessage) -> String {
        var text = Self.comment(message.comment) + "message \(message.name) {\n"
        var oneof: Int?
        for field in message.fields {
            if field.oneof != oneof {
                if oneof != nil { text += "  }\n" }
                if let next = field.oneof, message.oneofs.indices.contains(next) {
                    text +=
                        Self.comment(message.oneofs[next].comment, "  ") + "  oneof \(message.oneofs[next].name) {\n"
                }
                oneof = field.oneof
            }
            text += Self.text(field, indentation: oneof == nil ? "  " : "    ")
        }
        return text + (oneof == nil ? "}\n" : "  }\n}\n")
    }

    private static func text(_ field: DescribedField, indentation: String) -> String {
        let label = field.isRepeated ? "repeated " : field.isOptional ? "optional " : ""
        let type = field.typeName.isEmpty ? scalarName(field.type) : field.typeName
        return comment(field.comment, indentation) + "\(indentation)\(label)\(type) \(field.name) = \(field.number);\n"
    }

    private func text(_ type: DescribedEnum) -> String {
        let values = type.values.map { Self.comment($0.comment, "  ") + "  \($0.name) = \($0.number);\n" }
        return Self.comment(type.comment) + "enum \(type.name) {\n" + values.joined() + "}\n"
    }

    private static func comment(_ text: String, _ indentation: String = "") -> String {
        text.split(separator: "\n").map { "\(indentation)// \($0)\n" }.joined()
    }

    private static func scalarName(_ type: RPCV1.FieldType) -> String {
        switch type {
        case .double: "double"
        case .float: "float"
        case .int64: "int64"
        case .uint64: "uint64"
        case .int32: "int32"
        case .fixed64: "fixed64"
        case .fixed32: "fixed32"
        case .bool: "bool"
        case .string: "string"
        case .group: "group"
        case .message: "message"
        case .bytes: "bytes"
        case .uint32: "uint32"
        case .enum: "enum"
        case .sfixed32: "sfixed32"
        case .sfixed64: "sfixed64"
        case .sint32: "sint32"
        case .sint64: "sint64"
        case .unspecified, .unrecognized: "type_\(type.rawValue)"
        }
    }

    // MARK: Templates

    /// A message with something in every field: of a oneof in the first, of an array one.
    func template(_ name: String) -> JSONValue {
        template(name, depth: 1)
    }

    private func template(_ name: String, depth: Int) -> JSONValue {
        guard let message = index.messages[name], depth <= Self.depthLimit else { return .object([:]) }
        var members: [JSONValue.Member] = []
        var oneofs: Set<Int> = []
        for field in message.fields {
            if let oneof = field.oneof, !oneofs.insert(oneof).inserted { continue }
            let value = value(field, depth: depth)
            members.append(.init(name: field.jsonName, value: field.isRepeated ? .array([value]) : value))
        }
        return JSONValue(.object(members))
    }

    private func value(_ field: DescribedField, depth: Int) -> JSONValue {
        switch field.type {
        case .message, .group: return template(field.typeName, depth: depth + 1)
        case .enum:
            let values = index.enums[field.typeName]?.values ?? []
            return .text((values.first { $0.number != 0 } ?? values.first)?.name ?? "")
        case .string, .bytes: return .text("")
        case .bool: return .flag(false)
        case .int64, .uint64, .fixed64, .sfixed64, .sint64: return .text("0")
        case .double, .float, .int32, .uint32, .fixed32, .sfixed32, .sint32, .unspecified, .unrecognized:
            return .number(0)
        }
    }
}
