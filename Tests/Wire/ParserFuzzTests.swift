import TestRandom
import Testing

@testable import Wire

/// Parsers are given anything: they answer with a value or an error, and never reach outside the bytes they were given.
@Suite("Parsers and hostile bytes")
struct ParserFuzzTests {
    private func parseAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            if let header = FrameHeader(parsing: buffer) {
                _ = header.judged(maximumPayloadBytes: 16_384)
            }
            _ = try? Hello(parsing: buffer)
            if let (head, _) = try? CallHead.parse(buffer), (try? MetadataBlock.validate(head.metadata)) != nil {
                #expect(MetadataBlock.decoded(head.metadata).entries.count <= MetadataBlock.maximumEntries)
            }
            _ = try? StatusHead.parse(buffer)
            _ = try? GoAway(parsing: buffer)
            if (try? MetadataBlock.validate(buffer)) != nil {
                let metadata = MetadataBlock.decoded(buffer)
                let keepsReserved = metadata.entries.contains { $0.key.hasPrefix("quality-") }
                #expect(keepsReserved || (try? MetadataBlock.encoded(metadata)) == bytes)
            }
            // Not validated, and still harmless.
            _ = MetadataBlock.decoded(buffer)
        }
    }

    @Test("random bytes", arguments: [11, 12, 13, 14] as [UInt64])
    func randomBytes(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        for _ in 0..<5_000 {
            parseAll(generator.bytes(Int.random(in: 0...80, using: &generator)))
        }
    }

    @Test("valid bytes with some of them changed, cut or doubled", arguments: [21, 22, 23, 24] as [UInt64])
    func mutatedBytes(seed: UInt64) throws {
        var metadata = Metadata()
        metadata.append("key", "value")
        metadata.append("key-bin", bytes: [0, 1, 2])
        let block = try MetadataBlock.encoded(metadata)
        let call = [0, 37] + [UInt8](repeating: 0, count: 8) + [3, 0x61, 0x2f, 0x62, 0, 0] + block
        let valid = [
            Hello().encoded(), block, call, StatusHead.encoded(code: .aborted, message: "text", metadata: block),
        ]
        var generator = SplitMix(seed: seed)
        for _ in 0..<5_000 {
            var bytes = valid[Int.random(in: 0..<valid.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.removeSubrange(place...)
                default: bytes.insert(contentsOf: bytes[place...], at: place)
                }
            }
            parseAll(bytes)
        }
    }
}
