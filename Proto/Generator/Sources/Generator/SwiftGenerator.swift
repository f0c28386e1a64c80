import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Writes three Swift files for a .proto file: its values, their translation to and from the C messages, and its
/// services; and one for all of them, their catalog. The parameter `c_module=NAME` names the module with the C messages,
/// `catalog=NAME` the catalog.
struct SwiftGenerator: CodeGenerator {
    let supportedFeatures: [Google_Protobuf_Compiler_CodeGeneratorResponse.Feature] = [.proto3Optional]

    func generate(
        files: [FileDescriptor], parameter: any CodeGeneratorParameter, protoCompilerContext: any ProtoCompilerContext,
        generatorOutputs: any GeneratorOutputs
    ) throws {
        let cModule = parameter.parsedPairs.first { $0.key == "c_module" }?.value ?? "CMessages"
        var declaredNamespaces: Set<String> = []
        let files = files.sorted { $0.name < $1.name }
        for file in files {
            try Refusal.check(file)
            for dependency in file.dependencies where !files.contains(where: { $0.name == dependency.name }) {
                throw Refusal(
                    file, "imports \(dependency.name), which belongs to another module",
                    remedy: "generate both files in one run")
            }
            let name = baseName(file)
            let namespace = SwiftNames.namespace(of: file)
            let declaresNamespace = declaredNamespaces.insert(namespace).inserted
            try generatorOutputs.add(
                fileName: "\(name).swift", contents: ValueWriter(file, declaresNamespace: declaresNamespace).content)
            if !file.messages.isEmpty {
                try generatorOutputs.add(
                    fileName: "\(name)Translation.swift", contents: TranslationWriter(file, cModule: cModule).content)
            }
            if !file.services.isEmpty {
                try generatorOutputs.add(fileName: "\(name)Service.swift", contents: ServiceWriter(file).content)
            }
        }
        if let catalog = parameter.parsedPairs.first(where: { $0.key == "catalog" })?.value {
            try generatorOutputs.add(
                fileName: "Catalog.swift", contents: CatalogWriter(files, name: catalog, cModule: cModule).content)
        }
    }

    /// "quality/type/v1/type.proto" -> "Type"
    private func baseName(_ file: FileDescriptor) -> String {
        let last = file.name.split(separator: "/").last ?? ""
        return NamingUtils.toUpperCamelCase(String(last.dropLast(".proto".count)))
    }
}

extension CodePrinter {
    /// A printer that has written the head of a generated file.
    init(headOf file: FileDescriptor, imports: [String]) {
        self.init(indent: "    ".unicodeScalars, addNewlines: true)
        print(
            "// Generated from Proto/\(file.name) by Proto/generate. Do not edit.", "// swift-format-ignore-file", "")
        imports.forEach { print($0) }
        print("")
    }

    /// Prints `head {`, what `body` prints, and `}`.
    mutating func block(_ head: String, _ body: (inout CodePrinter) -> Void) {
        print(head + " {")
        withIndentation(body: body)
        print("}")
    }

    /// The comment of a declaration in the .proto file, as a doc comment.
    mutating func printComment(of declaration: some ProvidesSourceCodeLocation) {
        let comment = declaration.protoSourceComments()
        if !comment.isEmpty {
            print(String(comment.dropLast()))
        }
    }
}

/// Every message of a file, nested ones after the one that contains them.
func allMessages(_ messages: [Descriptor]) -> [Descriptor] {
    messages.flatMap { [$0] + allMessages($0.messages) }
}
