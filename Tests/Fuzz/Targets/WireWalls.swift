internal import Wire

enum HelloWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        if let hello = try? Hello(parsing: bytes) {
            // What was understood can be said again, and is understood alike.
            let again = hello.encoded().withUnsafeBytes { try? Hello(parsing: $0) }
            precondition(again == hello)
            _ = try? Hello().negotiatedVersion(with: hello)
        }
        if let goAway = try? GoAway(parsing: bytes) {
            let again = goAway.encoded().withUnsafeBytes { try? GoAway(parsing: $0) }
            precondition(again?.lastStreamID == goAway.lastStreamID && again?.error.code == goAway.error.code)
        }
    }
}

enum HeadWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        if let header = FrameHeader(parsing: bytes) {
            _ = header.judged(maximumPayloadBytes: 16_384)
        }
        if let (head, message) = try? CallHead.parse(bytes) {
            precondition(head.encodedBytes + message.count == bytes.count)
            metadata(head.metadata)
        }
        if let (head, message) = try? StatusHead.parse(bytes) {
            precondition(message.count <= bytes.count)
            metadata(head.metadata)
        }
        metadata(bytes)
    }

    private static func metadata(_ block: UnsafeRawBufferPointer) {
        let decoded = MetadataBlock.decoded(block)
        guard (try? MetadataBlock.validate(block)) != nil else { return }
        precondition(decoded.entries.count <= MetadataBlock.maximumEntries)
        // A block that is valid is the only encoding of what it says. Reserved keys are read, but never written here.
        guard !decoded.entries.contains(where: { $0.key.hasPrefix("quality-") }) else { return }
        let again = try? MetadataBlock.encoded(decoded)
        precondition(again.map { $0.elementsEqual(block) } ?? false)
    }
}
