import Foundation
import SwiftProtobuf

/// Makes the descriptor set that goes into the executables for reflection: the .proto files as protoc read them, with
/// their comments. Positions in the source stay out; they are two thirds of what `--include_source_info` writes.
enum Describing {
    /// - Parameter serialized: a `FileDescriptorSet`, as `protoc --include_imports --include_source_info` writes it.
    static func forReflection(_ serialized: Data) throws -> Data {
        var set = try Google_Protobuf_FileDescriptorSet(serializedBytes: serialized)
        for index in set.file.indices {
            let commented = set.file[index].sourceCodeInfo.location.compactMap(comments)
            set.file[index].sourceCodeInfo.location = commented
        }
        return try set.serializedBytes()
    }

    private static func comments(
        _ location: Google_Protobuf_SourceCodeInfo.Location
    ) -> Google_Protobuf_SourceCodeInfo.Location? {
        guard location.hasLeadingComments || location.hasTrailingComments else { return nil }
        var location = location
        location.span = []
        location.leadingDetachedComments = []
        return location
    }
}
