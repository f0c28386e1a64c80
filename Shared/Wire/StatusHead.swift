/// What ends a call, as it stands in a STATUS frame: a length (2) and that many bytes of head, then, with the flag
/// MESSAGE_END, one whole last message.
///
/// The head: code (1), bits (1; 0x01 "not started"), retry pushback in milliseconds (4, signed; the least number for
/// none), message length (2) and text (UTF-8), details length (2) and details, metadata.
public struct StatusHead {
    public static let noPushback = Int32.min
    /// Where the pushback stands in what ``encoded(code:message:details:isNotStarted:pushbackMilliseconds:metadata:)``
    /// made.
    public static let pushbackOffset = 4
    /// The head of an OK without metadata.
    public static let okBytes: [UInt8] = [0, 12, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    public var code: StatusCode
    public var isNotStarted: Bool
    public var pushbackMilliseconds: Int32
    public var message: UnsafeRawBufferPointer
    public var details: UnsafeRawBufferPointer
    public var metadata: UnsafeRawBufferPointer

    /// Reads a STATUS payload; returns the head and the message bytes behind it. An unknown code is UNKNOWN.
    public static func parse(
        _ payload: UnsafeRawBufferPointer
    ) throws(ConnectionError) -> (head: StatusHead, message: UnsafeRawBufferPointer) {
        var reader = ByteReader(payload)
        guard let length = reader.readUInt16(), let block = reader.readBytes(Int(length)) else {
            throw ConnectionError(.protocolViolation, "STATUS head is cut short")
        }
        let rest = UnsafeRawBufferPointer(rebasing: payload[(2 + block.count)...])
        reader = ByteReader(block)
        guard let code = reader.readUInt8(), let bits = reader.readUInt8(), let pushback = reader.readUInt32(),
            let message = reader.readUInt16().flatMap({ reader.readBytes(Int($0)) }),
            let details = reader.readUInt16().flatMap({ reader.readBytes(Int($0)) }),
            let metadata = reader.readBytes(reader.remaining)
        else { throw ConnectionError(.protocolViolation, "STATUS head is cut short") }
        let head = StatusHead(
            code: StatusCode(rawValue: code) ?? .unknown, isNotStarted: bits & 1 != 0,
            pushbackMilliseconds: Int32(bitPattern: pushback), message: message, details: details, metadata: metadata)
        return (head, rest)
    }

    /// Encodes a head (with its length), which must fit in the smallest frame a peer may allow (16 KiB): the text is cut
    /// at 2,048 bytes, at a character's end, and details that do not fit beside text and metadata are left out with a
    /// note in the text. `metadata` is an encoded block.
    public static func encoded(
        code: StatusCode, message: String = "", details: [UInt8] = [], isNotStarted: Bool = false,
        pushbackMilliseconds: Int32? = nil, metadata: [UInt8] = MetadataBlock.empty
    ) -> [UInt8] {
        if code == .ok, message.isEmpty, details.isEmpty, !isNotStarted, pushbackMilliseconds == nil,
            metadata == MetadataBlock.empty
        {
            return okBytes
        }
        let fits = details.count <= 16_384 - 12 - maximumTextBytes - metadata.count
        let text = fits ? truncated(message) : truncated(message, note: " (details left out: \(details.count) bytes)")
        let sentDetails = fits ? details : []
        var writer = ByteWriter()
        writer.write(UInt16(10 + text.utf8.count + sentDetails.count + metadata.count))
        writer.write(code.rawValue)
        writer.write(UInt8(isNotStarted ? 1 : 0))
        writer.write(pushbackMilliseconds ?? noPushback)
        writer.write(UInt16(text.utf8.count))
        writer.write(bytes: text.utf8)
        writer.write(UInt16(sentDetails.count))
        writer.write(bytes: sentDetails)
        writer.write(bytes: metadata)
        return writer.bytes
    }

    static let maximumTextBytes = 2048

    /// The text, cut so that `note` behind it still has room.
    private static func truncated(_ text: String, note: String = "") -> Substring {
        text.cut(toUTF8Bytes: maximumTextBytes - note.utf8.count) + note
    }
}

extension String {
    /// As much from the beginning as fits in `count` bytes of UTF-8, up to the end of a character.
    func cut(toUTF8Bytes count: Int) -> Substring {
        guard utf8.count > count else { return self[...] }
        var end = utf8.index(utf8.startIndex, offsetBy: count)
        while String.Index(end, within: self) == nil { end = utf8.index(before: end) }
        return self[..<end]
    }
}
