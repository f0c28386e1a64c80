import SwiftProtobufPluginLibrary

/// Writes the Swift structs and enums of a .proto file.
struct ValueWriter {
    private(set) var printer: CodePrinter

    var content: String { printer.content }

    init(_ file: FileDescriptor, declaresNamespace: Bool) {
        printer = CodePrinter(headOf: file, imports: file.messages.isEmpty ? [] : ["public import MessageRuntime"])
        let namespace = SwiftNames.namespace(of: file)
        if declaresNamespace {
            printer.print("/// Messages and services of `\(file.package)`.", "public enum \(namespace) {}", "")
        }
        printer.block("extension \(namespace)") { printer in
            var separated = Separated()
            for type in file.enums {
                separated.print(&printer) { Self.write(type, to: &$0) }
            }
            for message in file.messages {
                separated.print(&printer) { Self.write(message, to: &$0) }
            }
        }
    }

    // MARK: Messages

    private static func write(_ message: Descriptor, to printer: inout CodePrinter) {
        printer.printComment(of: message)
        printer.block("public struct \(message.name): GeneratedMessage, Hashable, Sendable") { printer in
            let members = Member.all(of: message)
            for member in members {
                printer.printComment(of: member)
                printer.print("public var \(member.name): \(member.type)")
            }
            if !members.isEmpty { printer.print("") }
            writeInitializer(members, to: &printer)
            for oneof in message.realOneofs {
                printer.print("")
                write(oneof, to: &printer)
            }
            for type in message.enums {
                printer.print("")
                write(type, to: &printer)
            }
            for nested in message.messages {
                printer.print("")
                write(nested, to: &printer)
            }
        }
    }

    private static func writeInitializer(_ members: [Member], to printer: inout CodePrinter) {
        guard !members.isEmpty else {
            printer.print("public init() {}")
            return
        }
        printer.print("public init(")
        printer.withIndentation { printer in
            for (index, member) in members.enumerated() {
                let comma = index == members.count - 1 ? "" : ","
                printer.print("\(member.name): \(member.type) = \(member.defaultValue)\(comma)")
            }
        }
        printer.block(")") { printer in
            for member in members {
                printer.print("self.\(member.name) = \(member.name)")
            }
        }
    }

    private static func write(_ oneof: OneofDescriptor, to printer: inout CodePrinter) {
        printer.print("/// The cases of `\(NamingUtils.toLowerCamelCase(oneof.name))`: one at most is set.")
        printer.block("public enum \(SwiftNames.type(oneof)): Hashable, Sendable") { printer in
            for field in oneof.fields {
                printer.printComment(of: field)
                printer.print("case \(SwiftNames.property(field))(\(FieldType(field).element))")
            }
        }
    }

    // MARK: Enums

    private static func write(_ type: EnumDescriptor, to printer: inout CodePrinter) {
        printer.printComment(of: type)
        printer.block("public enum \(type.name): RawRepresentable, Hashable, Sendable") { printer in
            for value in type.values {
                printer.printComment(of: value)
                printer.print("case \(SwiftNames.enumCase(value))")
            }
            printer.print(
                "/// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.",
                "case unrecognized(Int32)", "")
            printer.block("public init(rawValue: Int32)") { printer in
                printer.print("switch rawValue {")
                for value in type.values {
                    printer.print("case \(value.number): self = .\(SwiftNames.enumCase(value))")
                }
                printer.print("default: self = .unrecognized(rawValue)", "}")
            }
            printer.print("")
            printer.block("public var rawValue: Int32") { printer in
                printer.print("switch self {")
                for value in type.values {
                    printer.print("case .\(SwiftNames.enumCase(value)): \(value.number)")
                }
                printer.print("case .unrecognized(let number): number", "}")
            }
        }
    }
}

/// Puts one blank line between things.
private struct Separated {
    private var isFirst = true

    mutating func print(_ printer: inout CodePrinter, _ body: (inout CodePrinter) -> Void) {
        if !isFirst { printer.print("") }
        isFirst = false
        body(&printer)
    }
}
