/// Says that no more calls are taken: the payload of a GOAWAY frame.
///
/// With code NONE it is orderly and comes twice: first with the greatest id, as a warning, then with the id of the last
/// call that was taken. With any other code the connection ends.
public struct GoAway: Sendable, Hashable {
    /// Calls above this id were not started.
    public var lastStreamID: UInt32
    public var error: ConnectionError

    public init(lastStreamID: UInt32, error: ConnectionError) {
        self.lastStreamID = lastStreamID
        self.error = error
    }

    /// The payload: last stream id (4), code (4), text length (2), text (UTF-8, at most 255 bytes).
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        let text = Array(error.reason.cut(toUTF8Bytes: 255).utf8)
        writer.write(lastStreamID)
        writer.write(error.code.rawValue)
        writer.write(UInt16(text.count))
        writer.write(bytes: text)
        return writer.bytes
    }

    /// Reads a payload. An unknown code is INTERNAL; what follows the text is ignored.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(ConnectionError) {
        var reader = ByteReader(bytes)
        guard let lastStreamID = reader.readUInt32(), let code = reader.readUInt32(),
            let text = reader.readUInt16().flatMap({ reader.readBytes(Int($0)) })
        else { throw ConnectionError(.frameSize, "GOAWAY is cut short") }
        self.lastStreamID = lastStreamID
        error = ConnectionError(
            ConnectionError.Code(rawValue: code) ?? .internal, String(decoding: text, as: UTF8.self))
    }
}
