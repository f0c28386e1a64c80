import Foundation
import SwiftProtobufPluginLibrary

/// The generator is three programs in one. Run by protoc (`--plugin`) it writes Swift; run as
/// `protoc-gen-quality rewrite IN OUT` it prepares a descriptor set for protoc-c, and as
/// `protoc-gen-quality describe IN OUT` one for reflection.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let mode = arguments.first else {
            SwiftGenerator.main()
            return
        }
        guard ["rewrite", "describe"].contains(mode), arguments.count == 3, let input = arguments.dropFirst().first,
            let output = arguments.last
        else {
            fail("usage: protoc-gen-quality rewrite|describe IN OUT (or run by protoc as a plugin)")
        }
        do {
            let set = try Data(contentsOf: URL(fileURLWithPath: input))
            let made = mode == "rewrite" ? try Rewriting.forProtobufC(set) : try Describing.forReflection(set)
            try made.write(to: URL(fileURLWithPath: output))
        } catch {
            fail("protoc-gen-quality: \(error)")
        }
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(1)
    }
}
