import MessageRuntime
import RPC
import TestRandom
import Testing
import TestingMessages
import Wire

@Suite("Bytes that are no message, or cost too much, are INVALID_ARGUMENT")
struct HostileBytesTests {
    /// Decodes and expects a refusal whose message holds every one of `words`.
    private func expectRefusal(
        _ bytes: [UInt8], limits: DecodingLimits = .standard, _ words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(RPCError) in try EveryKind.decode(buffer, limits: limits) }
        }
        guard case .failure(let error) = outcome else {
            Issue.record("was accepted", sourceLocation: sourceLocation)
            return
        }
        #expect(error.code == .invalidArgument, sourceLocation: sourceLocation)
        for word in words {
            #expect(error.message.contains(word), "\(error.message)", sourceLocation: sourceLocation)
        }
    }

    @Test(
        "text that is not UTF-8 names its field",
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x61, 0x80, 0x62],
        ] as [[UInt8]])
    func badText(text: [UInt8]) {
        expectRefusal(Bytes.delimited(14, text), "quality.testing.v1.EveryKind.one_string", "UTF-8")
        expectRefusal(Bytes.delimited(34, text), "quality.testing.v1.EveryKind.maybe_string", "UTF-8")
        expectRefusal(
            Bytes.text(54, "good") + Bytes.delimited(54, text), "quality.testing.v1.EveryKind.many_string", "UTF-8")
        expectRefusal(Bytes.delimited(74, text), "quality.testing.v1.EveryKind.choice_string", "UTF-8")
        expectRefusal(
            Bytes.delimited(17, Bytes.delimited(2, Bytes.delimited(1, text))),
            "quality.testing.v1.EveryKind.Inner.Innermost.text", "UTF-8")
        // Bytes are bytes.
        #expect(throws: Never.self) { try EveryKind.decode(Bytes.delimited(15, text)) }
    }

    @Test("cut off at any byte: refused, or fields at the end are missing; never another value")
    func truncated() throws {
        let bytes = try EveryKind.full.encodedBytes()
        var accepted = 0
        for count in 0..<bytes.count {
            do {
                let message = try EveryKind.decode(Array(bytes[..<count]))
                // Only between two fields, and what was read is what was sent.
                accepted += 1
                #expect(try message.encodedBytes() == Array(bytes[..<count]), "cut at \(count)")
            } catch {
                #expect(error.code == .invalidArgument)
            }
        }
        #expect(accepted > 50)
        #expect(accepted < bytes.count / 2)
    }

    @Test("a cut inside a nested message is refused, though the length before it is right")
    func truncatedInside() {
        expectRefusal(Bytes.delimited(17, [0x08]), "EveryKind.Inner", "cut off")
        expectRefusal(Bytes.delimited(17, [0x12, 5, 0x0A]), "EveryKind.Inner.innermost", "cut off")
    }

    @Test("a length beyond the end, however large, allocates nothing and is refused")
    func lengths() {
        expectRefusal([0x72, 0x05, 0x61], "one_string", "cut off")
        expectRefusal(Bytes.field(14, wireType: 2, Bytes.varint(.max)), "one_string", "cut off")
        expectRefusal(Bytes.field(14, wireType: 2, Bytes.varint(UInt64(Int64.max))), "one_string", "cut off")
        expectRefusal(Bytes.field(17, wireType: 2, Bytes.varint(0xFFFF_FFFF)), "one_inner", "cut off")
        expectRefusal(Bytes.field(43, wireType: 2, Bytes.varint(0x8000_0000)), "many_int32", "cut off")
        expectRefusal(Bytes.field(9999, wireType: 2, Bytes.varint(1 << 40)), "EveryKind", "cut off")
    }

    @Test("more bytes, elements, depth or memory than the limits allow")
    func limits() throws {
        let text = Bytes.text(14, "12345678")
        expectRefusal(text, limits: .init(messageBytes: 9), "EveryKind", "at most 9 bytes")
        #expect(throws: Never.self) { try decode(text, .init(messageBytes: 10)) }

        let ten = (0..<10).flatMap { _ in Bytes.delimited(57, []) }
        expectRefusal(ten, limits: .init(elements: 9), "many_inner", "9 elements")
        #expect(throws: Never.self) { try decode(ten, .init(elements: 10)) }
        expectRefusal(Bytes.delimited(53, Array(repeating: 0, count: 10)), limits: .init(elements: 10), "many_bool")
        expectRefusal(Bytes.delimited(49, Array(repeating: 0, count: 40)), limits: .init(elements: 10), "many_fixed32")
        let unknown = (0..<10).flatMap { _ in Bytes.number(9999, 0) }
        expectRefusal(unknown, limits: .init(elements: 9), "EveryKind", "9 elements")

        let deep = Bytes.delimited(17, Bytes.delimited(2, []))
        expectRefusal(deep, limits: .init(depth: 2), "EveryKind.Inner.Innermost", "2 deep")
        #expect(throws: Never.self) { try decode(deep, .init(depth: 3)) }

        expectRefusal(ten, limits: .init(arenaBytes: 1000), "EveryKind", "1000 bytes of memory")
        let unknownBytes = Bytes.delimited(9999, Array(repeating: 0, count: 5000))
        expectRefusal(unknownBytes, limits: .init(arenaBytes: 5000), "EveryKind", "5000 bytes of memory")
    }

    private func decode(_ bytes: [UInt8], _ limits: DecodingLimits) throws -> EveryKind {
        try bytes.withUnsafeBytes { try EveryKind.decode($0, limits: limits) }
    }

    @Test("a million empty messages in two million bytes are refused by the standard limits")
    func amplification() {
        let empty = Bytes.delimited(57, [])
        var bytes: [UInt8] = []
        for _ in 0...1_000_000 { bytes += empty }
        expectRefusal(bytes, "many_inner", "elements")
    }

    @Test("bytes nested as deep as they are long cost neither stack nor time")
    func nestingThatTheSchemaDoesNotHave() throws {
        // Field 2 of Inner.Innermost does not exist: what looks like nesting is one field to skip.
        var bytes: [UInt8] = []
        for _ in 0..<2_000 { bytes = Bytes.delimited(2, bytes) }
        #expect(throws: Never.self) { try TestingV1.FewKinds.decode(bytes) }
    }

    @Test("a field with another wire type than its own")
    func wireTypes() {
        expectRefusal(Bytes.fixed(3, UInt32(1)), "one_int32")
        expectRefusal(Bytes.fixed(3, UInt64(1)), "one_int32")
        expectRefusal(Bytes.delimited(3, [1]), "one_int32")
        expectRefusal(Bytes.delimited(13, [1]), "one_bool")
        expectRefusal(Bytes.number(9, 1), "one_fixed32")
        expectRefusal(Bytes.number(14, 1), "one_string")
        expectRefusal(Bytes.number(17, 1), "one_inner")
        expectRefusal(Bytes.fixed(43, UInt32(1)), "many_int32")
        expectRefusal(Bytes.delimited(49, [1, 2, 3]), "many_fixed32", "cut off")
        expectRefusal(Bytes.delimited(43, [0x80]), "many_int32", "cut off")
        expectRefusal(Bytes.delimited(63, [1]), "choice_int32")
    }

    @Test("groups, wire types that do not exist, field 0 and numbers of eleven bytes")
    func malformed() {
        for wireType: UInt64 in [3, 4, 6, 7] {
            expectRefusal(Bytes.field(14, wireType: wireType, []), "one_string", "wire type \(wireType)")
            expectRefusal(Bytes.field(9999, wireType: wireType, []), "EveryKind", "wire type \(wireType)")
            expectRefusal(Bytes.delimited(17, Bytes.field(9999, wireType: wireType, [])), "wire type \(wireType)")
        }
        expectRefusal([0x00, 0x00], "field number 0")
        expectRefusal([0x82, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00], "EveryKind")
        expectRefusal(Bytes.varint(.max) + [0], "EveryKind")
        expectRefusal([0x18] + Array(repeating: 0x80, count: 10) + [0], "one_int32", "10 bytes")
    }

    @Test("a message that occurs twice in a place for one is refused, not half merged")
    func duplicates() {
        let inner = Bytes.delimited(17, Bytes.number(1, 1))
        expectRefusal(inner + inner, "one_inner", "twice")
        let choice = Bytes.delimited(77, [])
        expectRefusal(choice + Bytes.number(63, 1) + choice, "choice_inner", "twice")
        // The last of the fields, so that the mark of a high index is tried too.
        expectRefusal(Bytes.delimited(37, []) + inner + Bytes.delimited(37, []), "maybe_inner", "twice")
    }

    @Test("bytes changed at random: a message or INVALID_ARGUMENT, and a message encodes again")
    func mutations() throws {
        var random = SplitMix(seed: 20_190_901)
        let original = try EveryKind.full.encodedBytes()
        var accepted = 0
        for _ in 0..<5_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
                default:
                    let at = Int.random(in: 0...bytes.count, using: &random)
                    bytes.insert(.random(in: 0...255, using: &random), at: at)
                }
            }
            do {
                let message = try EveryKind.decode(bytes)
                accepted += 1
                let again = try message.encodedBytes()
                // Bytes, not values: a NaN is not equal to itself.
                #expect(try EveryKind.decode(again).encodedBytes() == again)
            } catch {
                #expect(error.code == .invalidArgument)
            }
        }
        #expect(accepted > 0)
    }
}
