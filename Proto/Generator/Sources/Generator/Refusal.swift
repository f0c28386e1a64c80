import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Something in a .proto file that the suite does not support, with the place and what to do instead.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ file: FileDescriptor, _ thing: String, remedy: String) {
        description = "\(file.name): \(thing): \(remedy)"
    }
}

extension Refusal {
    /// Throws the first thing in `file` that is not supported.
    static func check(_ file: FileDescriptor) throws {
        guard file.edition == .proto3 else {
            throw Refusal(file, "only proto3 is supported", remedy: "begin the file with syntax = \"proto3\"")
        }
        guard SwiftNames.namespace(ofPackage: file.package) != nil else {
            throw Refusal(
                file, "package \"\(file.package)\"", remedy: "name it like quality.registry.v1: words, then a version")
        }
        guard file.extensions.isEmpty, file.messages.allSatisfy({ $0.extensions.isEmpty }) else {
            throw Refusal(file, "declares an extension (a custom option)", remedy: "remove it; protoc-c refuses these")
        }
        try checkOptions(file.options, of: "the file", in: file)
        try file.enums.forEach { try check($0, in: file) }
        for message in file.messages {
            try check(message, in: file)
        }
        for service in file.services {
            try checkOptions(service.options, of: service.fullName, in: file)
            for method in service.methods {
                try checkOptions(method.options, of: method.fullName, in: file)
            }
        }
        if let known = file.dependencies.first(where: { $0.name.hasPrefix("google/") }) {
            throw Refusal(file, "imports \(known.name)", remedy: "use a type of the suite, e.g. int64 microseconds")
        }
    }

    private static func check(_ message: Descriptor, in file: FileDescriptor) throws {
        try checkOptions(message.options, of: message.fullName, in: file)
        guard message.extensions.isEmpty else {
            throw Refusal(file, "\(message.fullName) declares an extension", remedy: "remove it")
        }
        if let path = recursion(from: message) {
            throw Refusal(
                file, "message \(message.fullName) contains itself (\(path.joined(separator: " > ")))",
                remedy: "refer by key or nest to a fixed depth; protobuf-c unpacks without a bound on depth")
        }
        try checkName(message.name, of: message.fullName, in: file)
        for oneof in message.realOneofs {
            try checkName(SwiftNames.type(oneof), of: oneof.fullName, in: file)
        }
        guard message.fields.count <= 128 else {
            throw Refusal(
                file, "\(message.fullName) has \(message.fields.count) fields",
                remedy: "nest some; the check of raw bytes marks 128 fields at most")
        }
        for field in message.fields {
            try checkName(SwiftNames.property(field), of: field.fullName, in: file)
            try checkOptions(field.options, of: field.fullName, in: file)
            guard !field.isMap else {
                throw Refusal(file, "\(field.fullName) is a map", remedy: "use a repeated message with key and value")
            }
            guard field.type != .group else {
                throw Refusal(file, "\(field.fullName) is a group", remedy: "use a message")
            }
        }
        try message.enums.forEach { try check($0, in: file) }
        for nested in message.messages {
            try check(nested, in: file)
        }
    }

    private static func check(_ type: EnumDescriptor, in file: FileDescriptor) throws {
        try checkOptions(type.options, of: type.fullName, in: file)
        try checkName(type.name, of: type.fullName, in: file)
        guard !type.options.allowAlias else {
            throw Refusal(file, "enum \(type.fullName) allows aliases", remedy: "give every value its own number")
        }
        for value in type.values {
            try checkOptions(value.options, of: value.fullName, in: file)
            try checkName(SwiftNames.enumCase(value), of: value.fullName, in: file)
        }
    }

    /// A custom option reaches a plugin as an unknown field of the options message.
    private static func checkOptions(
        _ options: some SwiftProtobuf.Message, of owner: String, in file: FileDescriptor
    ) throws {
        guard options.unknownFields.data.isEmpty else {
            throw Refusal(file, "\(owner) has a custom option", remedy: "remove it; protoc-c refuses these")
        }
    }

    /// Not even backticks make these the name of a member.
    private static func checkName(_ name: String, of owner: String, in file: FileDescriptor) throws {
        guard !["Type", "Protocol", "Self", "`Self`", "`self`", "`init`"].contains(name) else {
            throw Refusal(file, "\(owner) has a name that Swift keeps for itself", remedy: "choose another")
        }
    }

    /// The way from a message back to itself, if there is one.
    private static func recursion(from start: Descriptor) -> [String]? {
        var visited: Set<String> = []
        func search(_ message: Descriptor, _ path: [String]) -> [String]? {
            for field in message.fields {
                guard let next = field.messageType else { continue }
                if next.fullName == start.fullName { return path + [next.name] }
                guard visited.insert(next.fullName).inserted else { continue }
                if let found = search(next, path + [next.name]) { return found }
            }
            return nil
        }
        return search(start, [start.name])
    }
}
