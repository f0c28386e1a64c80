import MessageJSON
import MessageRuntime
import Messages
import Reflection
import TestRandom

/// Random messages as JSON in the form that the mapping writes, made from the .proto files alone.
struct RandomJSON {
    private let index: DescriptorIndex
    private var random: SplitMix

    init(_ catalog: MessageCatalog, seed: UInt64) throws {
        index = try DescriptorIndex(descriptorSet: catalog.descriptorSet)
        random = SplitMix(seed: seed)
    }

    mutating func message(_ name: String) -> JSONValue {
        let fields = index.messages[name]!.fields.sorted { $0.number < $1.number }
        // Of each oneof one field, or none.
        var chosen: [Int: Int32] = [:]
        for field in fields {
            if let oneof = field.oneof, chosen[oneof] == nil {
                let members = fields.filter { $0.oneof == oneof }.map(\.number) + [0]
                chosen[oneof] = members.randomElement(using: &random)
            }
        }
        var members: [JSONValue.Member] = []
        for field in fields where field.oneof.map({ chosen[$0] == field.number }) ?? true {
            guard let value = value(field) else { continue }
            members.append(.init(name: field.jsonName, value: value))
        }
        return JSONValue(.object(members))
    }

    /// `nil` for what would not be written.
    private mutating func value(_ field: DescribedField) -> JSONValue? {
        if field.isRepeated {
            let count = Int.random(in: 0...3, using: &random)
            return count == 0 ? nil : .array((0..<count).map { _ in single(field) })
        }
        let hasPresence = field.isOptional || field.oneof != nil || field.type == .message
        if field.oneof == nil, hasPresence, Bool.random(using: &random) { return nil }
        let value = single(field)
        return hasPresence || !isDefault(value, field) ? value : nil
    }

    private func isDefault(_ value: JSONValue, _ field: DescribedField) -> Bool {
        switch value.content {
        case .flag(let flag): return !flag
        case .number(let digits): return digits == "0" || digits == "0.0"
        case .text(let text):
            if field.type == .enum { return index.enums[field.typeName]!.values[0].name == text }
            return text.isEmpty || field.type != .string && text == "0"
        case .null, .array, .object: return false
        }
    }

    private mutating func single(_ field: DescribedField) -> JSONValue {
        switch field.type {
        case .message, .group: message(field.typeName)
        case .enum: enumValue(field.typeName)
        case .bool: .flag(Bool.random(using: &random))
        case .string: .text(text())
        case .bytes: .text(["", "AA==", "AAEC", "+/8=", "//////8="].randomElement(using: &random)!)
        case .int32, .sint32, .sfixed32: .number(whole(Int32.self))
        case .uint32, .fixed32: .number(whole(UInt32.self))
        case .int64, .sint64, .sfixed64: .text(String(whole(Int64.self)))
        case .uint64, .fixed64: .text(String(whole(UInt64.self)))
        case .double: binary(Double(bitPattern: random.next()))
        case .float: binary(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
        case .unspecified, .unrecognized: preconditionFailure("no type")
        }
    }

    private mutating func whole<T: FixedWidthInteger>(_: T.Type) -> T {
        [0, 1, .min, .max, T(truncatingIfNeeded: random.next())].randomElement(using: &random)!
    }

    private func binary(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> JSONValue {
        if value.isNaN { return .text("NaN") }
        if value.isInfinite { return .text(value < 0 ? "-Infinity" : "Infinity") }
        // protobuf-c does not send minus zero.
        return JSONValue(.number(value == 0 ? "0.0" : value.description))
    }

    private mutating func enumValue(_ name: String) -> JSONValue {
        let values = index.enums[name]!.values
        let at = Int.random(in: 0...values.count, using: &random)
        return at == values.count ? .number(1_000_000) : .text(values[at].name)
    }

    private mutating func text() -> String {
        let pieces = ["质量", "\0", "\"", "\\", "\n", "a", "\u{10FFFF}", "e\u{301}", "\u{7F}", " "]
        let count = Int.random(in: 0...6, using: &random)
        return (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
    }
}
