/// A wall of the suite that bytes from outside meet first. Each takes any bytes at all and must come back: with a value,
/// or with an error of its own. Beyond not crashing each checks a promise of its wall, and traps when that is broken.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// The parsers of HELLO and GOAWAY.
    case hello
    /// The parsers of the heads of CALL and STATUS, and of metadata.
    case heads
    /// A server's connection, from its first byte, with a service behind it. The first bytes are a script of what the
    /// socket does: see `SocketScript`.
    case serverConnection = "server-connection"
    /// A client's connection with calls under way, and the same script.
    case clientConnection = "client-connection"
    /// A server's pipeline from the first record after the handshake on.
    case tlsConnection = "tls-connection"
    /// The decoders of all messages. The first byte chooses one.
    case messages
    /// Messages given as JSON. The first byte chooses one.
    case json
    /// Form definitions: from a message to the checked domain value.
    case forms
    /// Reports: from a message to what the form's check and the digest make of it.
    case reports
    /// Batches of pushes, and messages of a stream.
    case batches
    /// Statements and receipts.
    case receipts
    /// What a journal's log is made of and proved with: entries, frontiers, keys, notes, checkpoints and proofs. The first
    /// byte chooses one.
    case logs
    /// Reports as a sheet or as JSON, and campaign files.
    case reportFiles = "report-files"

    public func run(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .hello: HelloWall.run(bytes)
        case .heads: HeadWall.run(bytes)
        case .serverConnection: ServerConnectionWall.run(bytes)
        case .clientConnection: ClientConnectionWall.run(bytes)
        case .tlsConnection: TLSConnectionWall.run(bytes)
        case .messages: MessageWall.run(bytes)
        case .json: JSONWall.run(bytes)
        case .forms: FormWall.run(bytes)
        case .reports: ReportWall.run(bytes)
        case .batches: BatchWall.run(bytes)
        case .receipts: ReceiptWall.run(bytes)
        case .logs: LogWall.run(bytes)
        case .reportFiles: ReportFileWall.run(bytes)
        }
    }
}
