import SwiftProtobufPluginLibrary

/// The names of the generated Swift.
enum SwiftNames {
    /// "quality.submission.v1" -> "SubmissionV1"; `nil` for a package that is not words and a version.
    static func namespace(ofPackage package: String) -> String? {
        let parts = package.split(separator: ".")
        guard parts.count >= 2, let version = parts.last, version.first == "v", Int(version.dropFirst()) != nil else {
            return nil
        }
        let word = String(parts[parts.count - 2])
        let name = word == "rpc" ? "RPC" : NamingUtils.toUpperCamelCase(word)
        return name + version.uppercased()
    }

    static func namespace(of file: FileDescriptor) -> String {
        // Refusal.check lets no other package pass.
        namespace(ofPackage: file.package) ?? NamingUtils.toUpperCamelCase(file.package)
    }

    /// "SubmissionV1.Verdict"
    static func type(_ message: Descriptor) -> String {
        qualified(message.name, in: message.containingType, of: message.file)
    }

    /// "TypeV1.Severity"
    static func type(_ type: EnumDescriptor) -> String {
        qualified(type.name, in: type.containingType, of: type.file)
    }

    /// The nested enum of a oneof: "Kind".
    static func type(_ oneof: OneofDescriptor) -> String {
        NamingUtils.toUpperCamelCase(oneof.name)
    }

    static func property(_ field: FieldDescriptor) -> String {
        quoted(NamingUtils.toLowerCamelCase(field.name))
    }

    static func property(_ oneof: OneofDescriptor) -> String {
        quoted(NamingUtils.toLowerCamelCase(oneof.name))
    }

    /// SEVERITY_BLOCKING of Severity -> "blocking"
    static func enumCase(_ value: EnumValueDescriptor) -> String {
        var name = value.name
        let prefix = upperSnake(value.enumType.name) + "_"
        if name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        return quoted(NamingUtils.toLowerCamelCase(name.lowercased()))
    }

    /// "PushStream" -> "pushStream"
    static func method(_ method: MethodDescriptor) -> String {
        quoted(method.name.prefix(1).lowercased() + method.name.dropFirst())
    }

    private static func qualified(_ name: String, in containing: Descriptor?, of file: FileDescriptor) -> String {
        (containing.map { type($0) } ?? namespace(of: file)) + "." + name
    }

    private static func upperSnake(_ camel: String) -> String {
        var result = ""
        for character in camel {
            if character.isUppercase, !result.isEmpty { result += "_" }
            result += character.uppercased()
        }
        return result
    }

    private static func quoted(_ name: String) -> String {
        let isKeyword =
            swiftKeywordsUsedInDeclarations.contains(name) || swiftKeywordsUsedInStatements.contains(name)
            || swiftKeywordsUsedInExpressionsAndTypes.contains(name)
        return isKeyword ? "`\(name)`" : name
    }
}
