internal import Messages
package import RPC
internal import Wire

/// .proto files by what they declare. Made from a descriptor set: the one in this executable, or one that another
/// process sent.
package struct DescriptorIndex: Sendable {
    package struct File: Sendable {
        package let name: String
        /// The paths of the files it imports.
        package let imports: [String]
        /// The encoded `FileDescriptorProto`, as it came.
        package let bytes: [UInt8]
    }

    /// Messages declared inside messages; deeper ones are an error.
    static let nestingLimit = 32

    package private(set) var files: [File] = []
    package private(set) var services: [String: DescribedService] = [:]
    package private(set) var messages: [String: DescribedMessage] = [:]
    package private(set) var enums: [String: DescribedEnum] = [:]
    private var fileIndices: [String: Int] = [:]
    /// Every name that a file declares: services, methods, messages, fields, enums and their values.
    private var symbols: [String: Int] = [:]

    package init() {}

    /// - Parameter descriptorSet: an encoded `google.protobuf.FileDescriptorSet`. Throws INVALID_ARGUMENT.
    package init(descriptorSet: [UInt8]) throws(RPCError) {
        for file in try RPCV1.FileDescriptorSet.decode(descriptorSet).file { try add(file: file) }
    }

    /// Adds an encoded `google.protobuf.FileDescriptorProto`, unless a file with its name is there already. Throws
    /// INVALID_ARGUMENT.
    package mutating func add(file bytes: [UInt8]) throws(RPCError) {
        let file = try RPCV1.FileDescriptorProto.decode(bytes)
        guard fileIndices[file.name] == nil else { return }
        fileIndices[file.name] = files.count
        files.append(File(name: file.name, imports: file.dependency, bytes: bytes))
        let comments = Comments(file.sourceCodeInfo)
        for (index, message) in file.messageType.enumerated() {
            try add(message, in: file.package, at: [4, Int32(index)], comments, depth: 1)
        }
        for (index, type) in file.enumType.enumerated() {
            add(type, in: file.package, at: [5, Int32(index)], comments)
        }
        for (index, service) in file.service.enumerated() {
            add(service, in: file.package, at: [6, Int32(index)], comments)
        }
    }

    /// The file that declares `symbol`, then all that it needs; `nil` for a name that is not declared here.
    package func files(containing symbol: String) -> [File]? {
        symbols[symbol].map { closure(of: [$0]).reversed() }
    }

    /// The files that declare the services, and all that these import: an imported file before the one that imports it.
    /// A service that is not declared here is left out.
    package func files(ofServices names: [String]) -> [File] {
        closure(of: names.sorted().compactMap { symbols[$0] })
    }

    private func closure(of roots: [Int]) -> [File] {
        var seen: Set<Int> = []
        var result: [File] = []
        func visit(_ index: Int) {
            guard seen.insert(index).inserted else { return }
            for name in files[index].imports {
                if let imported = fileIndices[name] { visit(imported) }
            }
            result.append(files[index])
        }
        roots.forEach { visit($0) }
        return result
    }

    // MARK: Declarations

    private mutating func declare(_ name: String) {
        symbols[name] = files.count - 1
    }

    private mutating func add(
        _ message: RPCV1.DescriptorProto, in scope: String, at path: [Int32], _ comments: Comments, depth: Int
    ) throws(RPCError) {
        let name = Self.full(message.name, in: scope)
        guard depth <= Self.nestingLimit else {
            throw RPCError(.invalidArgument, "\(name): declared more than \(Self.nestingLimit) messages deep")
        }
        declare(name)
        var fields: [DescribedField] = []
        for (index, field) in message.field.enumerated() {
            declare("\(name).\(field.name)")
            fields.append(
                DescribedField(
                    name: field.name, jsonName: field.jsonName, comment: comments[path + [2, Int32(index)]],
                    number: field.number, type: field.type, typeName: Self.withoutDot(field.typeName),
                    isRepeated: field.label == .repeated, isOptional: field.proto3Optional,
                    oneof: field.proto3Optional ? nil : field.oneofIndex.map(Int.init)))
        }
        let oneofs = message.oneofDecl.enumerated().map { index, oneof in
            DescribedOneof(name: oneof.name, comment: comments[path + [8, Int32(index)]])
        }
        messages[name] = DescribedMessage(name: name, comment: comments[path], fields: fields, oneofs: oneofs)
        for (index, nested) in message.nestedType.enumerated() {
            let nested = try RPCV1.DescriptorProto.decode(nested)
            try add(nested, in: name, at: path + [3, Int32(index)], comments, depth: depth + 1)
        }
        for (index, type) in message.enumType.enumerated() {
            add(type, in: name, at: path + [4, Int32(index)], comments)
        }
    }

    private mutating func add(
        _ type: RPCV1.EnumDescriptorProto, in scope: String, at path: [Int32], _ comments: Comments
    ) {
        let name = Self.full(type.name, in: scope)
        declare(name)
        let values = type.value.enumerated().map { index, value in
            DescribedEnumValue(name: value.name, comment: comments[path + [2, Int32(index)]], number: value.number)
        }
        // A value stands beside its enum, not inside it.
        for value in values { declare(Self.full(value.name, in: scope)) }
        enums[name] = DescribedEnum(name: name, comment: comments[path], values: values)
    }

    private mutating func add(
        _ service: RPCV1.ServiceDescriptorProto, in scope: String, at path: [Int32], _ comments: Comments
    ) {
        let name = Self.full(service.name, in: scope)
        declare(name)
        let methods = service.method.enumerated().map { index, method in
            DescribedMethod(
                name: method.name, comment: comments[path + [2, Int32(index)]],
                input: Self.withoutDot(method.inputType), output: Self.withoutDot(method.outputType),
                isClientStreaming: method.clientStreaming, isServerStreaming: method.serverStreaming,
                idempotency: method.options?.idempotencyLevel ?? .unspecified)
        }
        for method in methods { declare("\(name).\(method.name)") }
        services[name] = DescribedService(name: name, comment: comments[path], methods: methods)
    }

    private static func full(_ name: String, in scope: String) -> String {
        scope.isEmpty ? name : "\(scope).\(name)"
    }

    private static func withoutDot(_ name: String) -> String {
        name.hasPrefix(".") ? String(name.dropFirst()) : name
    }
}

/// A file's comments by where they stand.
private struct Comments {
    private var texts: [[Int32]: String] = [:]

    init(_ info: RPCV1.SourceCodeInfo?) {
        for location in info?.location ?? [] {
            texts[location.path] =
                location.leadingComments.isEmpty ? location.trailingComments : location.leadingComments
        }
    }

    /// The comment's lines without the markers; empty if there is none.
    subscript(path: [Int32]) -> String {
        guard let text = texts[path] else { return "" }
        return text.split(separator: "\n").map { $0.hasPrefix(" ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
    }
}
