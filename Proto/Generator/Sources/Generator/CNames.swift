import SwiftProtobufPluginLibrary

/// The names that protoc-c gives to what it generates (protobuf-c 1.4, `protoc-c/c_helpers.cc`).
enum CNames {
    /// "quality.type.v1.JournalPosition" -> "Quality__Type__V1__JournalPosition"
    static func type(_ fullName: String) -> String {
        fullName.split(separator: ".").map { camel($0) }.joined(separator: "__")
    }

    /// "quality.type.v1.JournalPosition" -> "quality__type__v1__journal_position__init"
    static func initializer(_ message: Descriptor) -> String {
        message.fullName.split(separator: ".").map { lower($0) }.joined(separator: "__") + "__init"
    }

    /// A field's member of the C struct.
    static func field(_ field: FieldDescriptor) -> String {
        let name = field.name.lowercased()
        return keywords.contains(name) ? name + "_" : name
    }

    /// The member that counts a repeated field.
    static func count(_ field: FieldDescriptor) -> String {
        "n_" + self.field(field)
    }

    /// The member that says which field of a oneof is set: its number, or 0.
    static func discriminator(_ oneof: OneofDescriptor) -> String {
        oneof.name + "_case"
    }

    /// The member that says whether an `optional` field is set: its number, or 0.
    static func discriminator(_ field: FieldDescriptor) -> String {
        presence(ofField: field.name) + "_case"
    }

    /// The oneof that stands for the presence of an `optional` field. See ``Rewriting``.
    static func presence(ofField name: String) -> String {
        name + "_presence"
    }

    private static func camel(_ name: Substring) -> String {
        var result = ""
        var nextIsUpper = true
        for character in name {
            if character == "_" {
                nextIsUpper = true
            } else {
                result += nextIsUpper ? character.uppercased() : String(character)
                nextIsUpper = false
            }
        }
        return result
    }

    private static func lower(_ name: Substring) -> String {
        var result = ""
        var previousWasUpper = true
        for character in name {
            if character.isUppercase, !previousWasUpper { result += "_" }
            result += character.lowercased()
            previousWasUpper = character.isUppercase
        }
        return result
    }

    /// protoc-c appends an underscore to a field named like one of these.
    private static let keywords: Set<String> = [
        "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class", "compl",
        "const", "const_cast", "continue", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
        "explicit", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
        "namespace", "new", "not", "not_eq", "operator", "or", "or_eq", "private", "protected", "public", "register",
        "reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
        "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
        "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    ]
}
