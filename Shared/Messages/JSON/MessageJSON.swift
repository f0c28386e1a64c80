internal import CMessages
package import MessageRuntime
internal import Messages
package import RPC
internal import Reflection
internal import Wire

/// Between JSON and encoded messages, by protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/) and
/// through protobuf-c: the C struct of a message is filled, or read, along its compiled-in descriptor.
///
/// The descriptors know every text as bytes (Proto/Generator, `Rewriting`); which is which, and the fields' JSON names,
/// comes from the descriptor set that the catalog carries. It is there for reflection anyway and checked to be current,
/// where a table of its own would be one more thing to generate.
package struct MessageJSON: Sendable {
    /// What the C descriptors do not say of a message type; indices are those of the descriptor's fields.
    struct Names: Sendable {
        /// lowerCamelCase.
        var json: [String] = []
        /// Both names that a field may be given by.
        var indices: [String: Int] = [:]
        var texts: Set<Int> = []
    }

    /// By the address of the C descriptor.
    private let names: [UInt: Names]

    /// - Parameter catalogs: the messages that can be mapped. Throws INVALID_ARGUMENT for a broken descriptor set.
    package init(_ catalogs: [MessageCatalog]) throws(RPCError) {
        var names: [UInt: Names] = [:]
        for catalog in catalogs {
            let index = try DescriptorIndex(descriptorSet: catalog.descriptorSet)
            for message in catalog.messages {
                let described = index.messages[message.messageName]?.fields ?? []
                names[Self.key(message.schema.descriptor)] = Self.names(message.schema.descriptor, described)
            }
        }
        self.names = names
    }

    private static func names(
        _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, _ described: [DescribedField]
    ) -> Names {
        let byNumber = Dictionary(described.map { (UInt32($0.number), $0) }, uniquingKeysWith: { $1 })
        var names = Names()
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[index]
            let original = String(cString: field.name)
            let json = byNumber[field.id]?.jsonName ?? original
            names.json.append(json)
            names.indices[original] = index
            names.indices[json] = index
            if byNumber[field.id]?.type == .string { names.texts.insert(index) }
        }
        return names
    }

    func names(of descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> Names {
        guard let names = names[Self.key(descriptor)] else {
            // A catalog holds the types of all fields: the generator refuses an import from another module.
            preconditionFailure("\(String(cString: descriptor.pointee.name)) is in no catalog")
        }
        return names
    }

    private static func key(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> UInt {
        UInt(bitPattern: descriptor)
    }

    // MARK: The two ways

    /// Encodes a message given as JSON. A field that the type does not have is an error, also when it is null.
    package func bytes(
        of json: JSONValue, as schema: MessageSchema, limits: DecodingLimits = .standard
    ) throws(JSONMappingError) -> [UInt8] {
        var failure: JSONMappingError?
        let bytes = Result { () throws(RPCError) in
            try Encoding.encode(
                schema.name,
                { arena in
                    var filler = MessageFiller(mapping: self, arena: arena, limits: limits)
                    do throws(JSONMappingError) {
                        return UnsafeRawPointer(try filler.message(json, schema.descriptor, depth: 1))
                    } catch {
                        failure = error
                        return UnsafeRawPointer(filler.emptyMessage(schema.descriptor))
                    }
                }, { Array($0) })
        }
        if let failure { throw failure }
        do throws(RPCError) {
            return try bytes.get()
        } catch {
            throw JSONMappingError(pointer: "", line: json.line, column: json.column, message: error.message)
        }
    }

    /// An encoded message as JSON, its fields in the order of their numbers. Throws INVALID_ARGUMENT for what is no
    /// message of the type.
    ///
    /// - Parameter showsDefaults: shows fields that hold nothing but their default; those with presence (`optional`,
    ///   messages, oneofs) show it by being there.
    package func json(
        of bytes: [UInt8], as schema: MessageSchema, limits: DecodingLimits = .standard, showsDefaults: Bool = false
    ) throws(RPCError) -> JSONValue {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(RPCError) in
                try Decoding.decode(buffer, schema, limits) { (message, _) throws(RPCError) in
                    try MessageShower(mapping: self, showsDefaults: showsDefaults)
                        .message(message, schema.descriptor)
                }
            }
        }
        return try result.get()
    }
}

/// Why a JSON value is no message of a type, and where.
package struct JSONMappingError: Error, Equatable, CustomStringConvertible {
    /// RFC 6901; empty for the whole value.
    package let pointer: String
    /// From 1; 0 for a value that was not read from a text.
    package let line: Int
    /// The byte in the line, from 1.
    package let column: Int
    package let message: String

    package var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
}
