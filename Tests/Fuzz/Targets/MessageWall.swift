internal import MessageJSON
internal import MessageRuntime
internal import Messages
internal import RPC

/// Every message that a process may be sent.
enum MessageWall {
    private static let types = MessageCatalog.suite.messages

    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let choice = bytes.first else { return }
        types[Int(choice) % types.count].meet(UnsafeRawBufferPointer(rebasing: bytes[1...]))
    }
}

extension GeneratedMessage {
    fileprivate static func meet(_ bytes: UnsafeRawBufferPointer) {
        guard let message = try? Self.decode(bytes), let encoded = try? message.encodedBytes() else { return }
        // What was understood is said again, and is understood alike.
        let again = encoded.withUnsafeBytes { try? Self.decode($0) }
        precondition(again == message, "\(Self.self) reads its own encoding otherwise")
    }
}

/// Any message, given as JSON. The first byte chooses its type.
enum JSONWall {
    private static let types = MessageCatalog.suite.messages
    private static let mapping: MessageJSON = {
        do throws(RPCError) {
            return try MessageJSON([.suite])
        } catch {
            preconditionFailure("the suite's own descriptors cannot be read: \(error)")
        }
    }()

    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let choice = bytes.first else { return }
        let schema = types[Int(choice) % types.count].schema
        var reader = JSONReader(Array(bytes.dropFirst()))
        guard let value = try? reader.document(), let encoded = try? mapping.bytes(of: value, as: schema) else {
            return
        }
        // What was accepted is a message, and says the same when it is shown and read again.
        let shown = try? mapping.json(of: encoded, as: schema)
        let again = shown.flatMap { try? mapping.bytes(of: $0, as: schema) }
        precondition(again == encoded, "\(schema.name) does not come back from JSON as it was")
    }
}
