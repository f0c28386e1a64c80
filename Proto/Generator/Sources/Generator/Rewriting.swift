import Foundation
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Makes the descriptor set that protoc-c sees. The wire format stays the same.
enum Rewriting {
    /// - Parameter serialized: a `FileDescriptorSet`, as `protoc --include_imports --descriptor_set_out` writes it.
    /// - Throws: ``Refusal`` for what the suite does not support.
    static func forProtobufC(_ serialized: Data) throws -> Data {
        var set = try Google_Protobuf_FileDescriptorSet(serializedBytes: serialized)
        // Imported files come first in a set; the file that imports says better what is wrong.
        for file in DescriptorSet(proto: set).files.reversed() {
            try Refusal.check(file)
        }
        for index in set.file.indices {
            rewrite(&set.file[index])
        }
        return try set.serializedBytes()
    }

    private static func rewrite(_ file: inout Google_Protobuf_FileDescriptorProto) {
        // A method named like a C keyword would not compile, and nothing calls protobuf-c's service stubs.
        file.service = []
        file.clearSourceCodeInfo()
        for index in file.messageType.indices {
            rewrite(&file.messageType[index])
        }
    }

    private static func rewrite(_ message: inout Google_Protobuf_DescriptorProto) {
        for index in message.field.indices {
            // protobuf-c cuts a string at a NUL and accepts invalid UTF-8; bytes keep their length.
            if message.field[index].type == .string {
                message.field[index].type = .bytes
            }
            // protoc-c does not know proto3's `optional`. Without the mark, what is left is a oneof of one field, which
            // has the same presence.
            if message.field[index].proto3Optional {
                message.field[index].clearProto3Optional()
                let oneof = Int(message.field[index].oneofIndex)
                message.oneofDecl[oneof].name = CNames.presence(ofField: message.field[index].name)
            }
        }
        for index in message.nestedType.indices {
            rewrite(&message.nestedType[index])
        }
    }
}
