import Testing

@testable import Wire

@Suite("Metadata")
struct MetadataTests {
    private func validate(_ bytes: [UInt8]) throws(MetadataBlock.Refusal) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(MetadataBlock.Refusal) in try MetadataBlock.validate(buffer) }
        }
        try result.get()
    }

    private func isAllowed(_ key: String, _ value: [UInt8]) -> Bool {
        (try? MetadataBlock.encoded(Metadata([.init(key: key, value: value)]))) != nil
    }

    @Test("text and bytes, in order and with duplicates, come out as they went in")
    func roundTrip() throws {
        var metadata = Metadata()
        metadata.append("trace.vendor_1", "a b~")
        metadata.append("key-bin", bytes: [0, 255, 10])
        metadata.append("trace.vendor_1", "")
        metadata.append("z", "1")
        let block = try MetadataBlock.encoded(metadata)
        try validate(block)
        #expect(block.withUnsafeBytes { MetadataBlock.decoded($0) } == metadata)
        #expect(metadata.values(of: "trace.vendor_1") == [Array("a b~".utf8), []])
        #expect(metadata.text(of: "z") == "1")
        #expect(metadata.text(of: "key-bin") == nil)
        #expect(metadata.text(of: "absent") == nil)
    }

    @Test("an empty block is two zero bytes")
    func empty() throws {
        #expect(try MetadataBlock.encoded(Metadata()) == MetadataBlock.empty)
        #expect(MetadataBlock.empty.withUnsafeBytes { MetadataBlock.decoded($0) }.isEmpty)
        try validate(MetadataBlock.empty)
    }

    @Test("a key is 1 to 64 of a-z 0-9 . _ -")
    func keys() {
        #expect(isAllowed(String(repeating: "k", count: 64), []))
        for key in ["", String(repeating: "k", count: 65), "Key", "a b", "ä", "a/b", "a\0"] {
            #expect(!isAllowed(key, []))
        }
    }

    @Test("a key that begins with quality- is the protocol's")
    func reserved() {
        #expect(!isAllowed("quality-caller", []))
        #expect(isAllowed("quality", []))
    }

    @Test("a value is printable ASCII unless its key ends in -bin")
    func values() {
        #expect(isAllowed("k", Array(" ~".utf8)))
        for byte: UInt8 in [0, 9, 10, 0x1f, 0x7f, 0x80, 0xff] {
            #expect(!isAllowed("k", [byte]))
            #expect(isAllowed("k-bin", [byte]))
            #expect(!isAllowed("-bin", [byte]))
        }
    }

    @Test("128 entries pass, 129 do not")
    func entryLimit() throws {
        let entries = (0..<129).map { Metadata.Entry(key: "k\($0)", value: []) }
        try validate(try MetadataBlock.encoded(Metadata(Array(entries.prefix(128)))))
        #expect(throws: MetadataBlock.Refusal.self) { try MetadataBlock.encoded(Metadata(entries)) }
    }

    @Test("a block of 8,192 bytes passes, one byte more does not")
    func byteLimit() throws {
        func block(valueBytes: Int) -> Metadata {
            Metadata([.init(key: "k-bin", value: [UInt8](repeating: 7, count: valueBytes))])
        }
        // Count (2), key length (1), key (5), value length (2).
        #expect(try MetadataBlock.encoded(block(valueBytes: 8_182)).count == 8_192)
        for count in [8_183, 8_193, 65_535, 65_536, 1_000_000] {
            #expect(throws: MetadataBlock.Refusal.self) { try MetadataBlock.encoded(block(valueBytes: count)) }
        }
    }

    @Test("a block cut anywhere, or followed by a stray byte, is refused")
    func cutAnywhere() throws {
        var metadata = Metadata()
        metadata.append("first", "value")
        metadata.append("second-bin", bytes: [1, 2, 3])
        let whole = try MetadataBlock.encoded(metadata)
        for count in 0..<whole.count {
            #expect(throws: MetadataBlock.Refusal.self) { try validate(Array(whole[..<count])) }
        }
        #expect(throws: MetadataBlock.Refusal.self) { try validate(whole + [0]) }
    }

    @Test("a block that claims more entries than are allowed is refused by its count alone")
    func claimedCount() {
        #expect(throws: MetadataBlock.Refusal.self) { try validate([0xff, 0xff]) }
    }
}
