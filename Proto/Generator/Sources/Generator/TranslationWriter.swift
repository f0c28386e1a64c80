import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Writes how each message is read from, and made into, protobuf-c's struct. Straight code: no lookup by name and no
/// reflection. The C structs are internal to the module they are generated into.
struct TranslationWriter {
    private(set) var printer: CodePrinter

    var content: String { printer.content }

    init(_ file: FileDescriptor, cModule: String) {
        // The types of protobuf-c.h are CMessages' for Swift, whichever C module a message's own struct is in.
        let cModules = Set(["CMessages", cModule]).sorted().map { "internal import \($0)" }
        printer = CodePrinter(headOf: file, imports: cModules + ["public import MessageRuntime", "public import RPC"])
        for (index, message) in allMessages(file.messages).enumerated() {
            if index > 0 { printer.print("") }
            Self.write(message, to: &printer)
        }
    }

    private static func write(_ message: Descriptor, to printer: inout CodePrinter) {
        let cType = CNames.type(message.fullName)
        printer.block("extension \(SwiftNames.type(message))") { printer in
            printer.print(
                """
                public static let messageName = "\(message.fullName)"

                public static let schema = MessageSchema(\(cType).self, \(CNames.initializer(message)))

                public static func decode(
                    _ bytes: UnsafeRawBufferPointer, limits: DecodingLimits
                ) throws(RPCError) -> Self {
                    try Decoding.decode(bytes, schema, limits) { (c, texts) throws(RPCError) in
                        try Self(fromC: c.assumingMemoryBound(to: \(cType).self), texts)
                    }
                }

                public func withEncodedBytes<Result>(
                    _ body: (UnsafeRawBufferPointer) -> Result
                ) throws(RPCError) -> Result {
                    try Encoding.encode(Self.messageName, { UnsafeRawPointer(makeC(in: $0)) }, body)
                }

                """)
            let members = Member.all(of: message)
            printer.block("init(fromC c: UnsafePointer<\(cType)>, _ texts: TextReader) throws(RPCError)") { printer in
                for member in members {
                    switch member {
                    case .field(let field): writeReading(field, to: &printer)
                    case .oneof(let oneof): writeReading(oneof, to: &printer)
                    }
                }
            }
            printer.print("")
            printer.block("func makeC(in arena: Arena) -> UnsafeMutablePointer<\(cType)>") { printer in
                printer.print("let c = arena.allocate(\(cType).self)", "\(CNames.initializer(message))(c)")
                for member in members {
                    switch member {
                    case .field(let field): writeMaking(field, to: &printer)
                    case .oneof(let oneof): writeMaking(oneof, to: &printer)
                    }
                }
                printer.print("return c")
            }
        }
    }

    // MARK: From C

    private static func writeReading(_ field: FieldDescriptor, to printer: inout CodePrinter) {
        let property = "self.\(SwiftNames.property(field))"
        let member = "c.pointee.\(CNames.field(field))"
        if field.isRepeated {
            let reader = field.type == .message ? "messages" : "array"
            printer.print(
                "\(property) = try Decoding.\(reader)(c.pointee.\(CNames.count(field)), \(member)) "
                    + "{ (element) throws(RPCError) in",
                "    \(reading("element", field))",
                "}")
        } else if field.isProto3Optional {
            printer.print(
                "\(property) = c.pointee.\(CNames.discriminator(field)).rawValue == \(field.number)"
                    + " ? \(reading(member, field)) : nil")
        } else if field.type == .message {
            printer.print(
                "if let message = \(member) {",
                "    \(property) = \(reading("message", field))",
                "} else {",
                "    \(property) = nil",
                "}")
        } else {
            printer.print("\(property) = \(reading(member, field))")
        }
    }

    private static func writeReading(_ oneof: OneofDescriptor, to printer: inout CodePrinter) {
        let property = "self.\(SwiftNames.property(oneof))"
        printer.print("switch c.pointee.\(CNames.discriminator(oneof)).rawValue {")
        for field in oneof.fields {
            let member = "c.pointee.\(CNames.field(field))"
            let name = SwiftNames.property(field)
            printer.print("case \(field.number):")
            if field.type == .message {
                // protobuf-c leaves no message out, but its type says it may.
                printer.print("    if let message = \(member) {")
                printer.print("        \(property) = .\(name)(\(reading("message", field)))")
                printer.print("    } else {", "        \(property) = nil", "    }")
            } else {
                printer.print("    \(property) = .\(name)(\(reading(member, field)))")
            }
        }
        printer.print("default:", "    \(property) = nil", "}")
    }

    /// The Swift value of one C value.
    private static func reading(_ value: String, _ field: FieldDescriptor) -> String {
        switch field.type {
        case .bool: "\(value) != 0"
        case .string: "try texts.text(\(value).data, \(value).len, \"\(field.fullName)\")"
        case .bytes: "Decoding.bytes(\(value).data, \(value).len)"
        case .enum: "\(SwiftNames.type(field.enumType))(rawValue: Int32(truncatingIfNeeded: \(value).rawValue))"
        case .message: "try \(SwiftNames.type(field.messageType))(fromC: \(value), texts)"
        default: value
        }
    }

    // MARK: To C

    private static func writeMaking(_ field: FieldDescriptor, to printer: inout CodePrinter) {
        let property = "self.\(SwiftNames.property(field))"
        let member = "c.pointee.\(CNames.field(field))"
        if field.isRepeated {
            printer.print("(c.pointee.\(CNames.count(field)), \(member)) = arena.copy(\(property)) { element in")
            if field.type == .string || field.type == .bytes {
                printer.print("    let (count, start) = arena.copy(element)")
                printer.print("    return ProtobufCBinaryData(len: count, data: start)")
            } else {
                printer.print("    \(made("element", field))")
            }
            printer.print("}")
        } else if field.isProto3Optional {
            printer.print("if let value = \(property) {")
            printer.print("    c.pointee.\(CNames.discriminator(field)) = .init(rawValue: \(field.number))")
            printer.print("    \(assignment(to: member, "value", field))", "}")
        } else if field.type == .message {
            printer.print("if let value = \(property) {", "    \(assignment(to: member, "value", field))", "}")
        } else {
            printer.print(assignment(to: member, property, field))
        }
    }

    private static func writeMaking(_ oneof: OneofDescriptor, to printer: inout CodePrinter) {
        printer.print("switch self.\(SwiftNames.property(oneof)) {")
        for field in oneof.fields {
            printer.print("case .\(SwiftNames.property(field))(let value):")
            printer.print("    c.pointee.\(CNames.discriminator(oneof)) = .init(rawValue: \(field.number))")
            printer.print("    \(assignment(to: "c.pointee.\(CNames.field(field))", "value", field))")
        }
        printer.print("case nil:", "    break", "}")
    }

    private static func assignment(to member: String, _ value: String, _ field: FieldDescriptor) -> String {
        switch field.type {
        case .string, .bytes: "(\(member).len, \(member).data) = arena.copy(\(value))"
        default: "\(member) = \(made(value, field))"
        }
    }

    /// The C value of one Swift value that is not text or bytes.
    private static func made(_ value: String, _ field: FieldDescriptor) -> String {
        switch field.type {
        case .bool: "\(value) ? 1 : 0"
        case .enum: "\(CNames.type(field.enumType.fullName))(rawValue: .init(truncatingIfNeeded: \(value).rawValue))"
        case .message: "\(value).makeC(in: arena)"
        default: value
        }
    }
}
