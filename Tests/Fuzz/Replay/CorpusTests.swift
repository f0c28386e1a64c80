import Foundation
import FuzzTargets
import Testing

/// The inputs that the fuzzer found worth keeping, and those that once broke something, on every run of the tests.
@Suite("The fuzzer's corpus")
struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus")

    private func inputs(_ target: FuzzTarget) throws -> [Data] {
        try FileManager.default.contentsOfDirectory(
            at: Self.corpus.appending(path: target.rawValue), includingPropertiesForKeys: nil
        ).map { try Data(contentsOf: $0) }
    }

    @Test(
        "holds inputs of every target, and every one of them keeps the target's promises",
        arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let inputs = try inputs(target)
        #expect(!inputs.isEmpty)
        for input in inputs { input.withUnsafeBytes { target.run($0) } }
    }
}
