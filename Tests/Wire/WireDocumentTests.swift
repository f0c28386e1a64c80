import Cryptography
import Foundation
import Journal
import Reporting
import Testing

@testable import Wire

/// `Proto/WIRE.md` promises that its examples are what the code writes and reads.
@Suite("The examples of Proto/WIRE.md")
struct WireDocumentTests {
    static let document: WireDocument? = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Proto/WIRE.md")
        return (try? String(contentsOf: path, encoding: .utf8)).flatMap { try? WireDocument(markdown: $0) }
    }()

    private func bytes(_ name: String) throws -> WireDocument.Example {
        let document = try #require(Self.document)
        return try #require(document.encodings[name])
    }

    // MARK: Frames

    /// What a frame says, apart from its type.
    private struct Frame {
        var type: FrameType
        var flags: FrameFlags = []
        var stream: UInt32 = 0
        var payload: [UInt8] = []

        var bytes: [UInt8] {
            var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
            let header = FrameHeader(type, flags: flags, streamID: stream, payloadBytes: payload.count)
            bytes.withUnsafeMutableBytes { header.write(to: $0) }
            return bytes + payload
        }
    }

    private static let checkPath = "quality.rpc.v1.HealthService/Check"

    private static func call(
        _ stream: UInt32, flags: FrameFlags, timeout: UInt64, path: String, caller: String = "", trace: [UInt8] = [],
        metadata: Metadata = Metadata()
    ) throws -> Frame {
        let metadata = try MetadataBlock.encoded(metadata)
        let payload = Array(path.utf8).withUnsafeBytes { path in
            Array(caller.utf8).withUnsafeBytes { caller in
                trace.withUnsafeBytes { trace in
                    metadata.withUnsafeBytes { metadata in
                        let head = CallHead(
                            timeoutMicroseconds: timeout, path: path, caller: caller, trace: trace, metadata: metadata)
                        var bytes = [UInt8](repeating: 0, count: head.encodedBytes)
                        bytes.withUnsafeMutableBytes { head.write(to: $0) }
                        return bytes
                    }
                }
            }
        }
        return Frame(type: .call, flags: flags, stream: stream, payload: payload)
    }

    private static func number(_ type: FrameType, _ stream: UInt32, _ value: UInt32) -> Frame {
        Frame(type: type, stream: stream, payload: withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }

    private static func goAway(_ last: UInt32, _ code: ConnectionError.Code, _ text: String) -> Frame {
        Frame(type: .goAway, payload: GoAway(lastStreamID: last, error: ConnectionError(code, text)).encoded())
    }

    /// Every frame of the document that a client or a server sends, as the code writes it.
    private static func frames() throws -> [String: Frame] {
        let pushPath = "quality.submission.v1.SubmissionService/PushStream"
        let trace: [UInt8] = [
            0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36,
            0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7, 0x01,
        ]
        var sent = Metadata()
        sent.append("client", "city 3.1")
        sent.append("sum-bin", bytes: [0, 255])
        var answered = Metadata()
        answered.append("server", "a")
        let wholeCall: FrameFlags = [.messageEnd, .streamEnd, .idempotent]
        return [
            "hello": Frame(type: .hello, payload: Hello().encoded()),
            "call-unary": try call(1, flags: wholeCall, timeout: 5_000_000, path: checkPath),
            "status-unary": Frame(
                type: .status, flags: .messageEnd, stream: 1, payload: StatusHead.okBytes + [0x08, 0x01]),
            "call-stamped": try call(
                3, flags: wholeCall, timeout: 4_990_000, path: checkPath,
                caller: "spiffe://quality.example/org/410100/reporter"),
            "call-streaming": try call(
                5, flags: .idempotent, timeout: CallHead.noTimeout, path: pushPath, trace: trace, metadata: sent),
            "data-part": Frame(type: .data, stream: 5, payload: [0x0a, 0x0b]),
            "data-message-end": Frame(type: .data, flags: .messageEnd, stream: 5, payload: [0x0c]),
            "data-empty-message": Frame(type: .data, flags: .messageEnd, stream: 5),
            "data-stream-end": Frame(type: .data, flags: .streamEnd, stream: 5),
            "data-last": Frame(type: .data, flags: [.messageEnd, .streamEnd], stream: 5, payload: [0x08, 0x01]),
            "headers": Frame(type: .headers, stream: 5, payload: try MetadataBlock.encoded(answered)),
            "status-ok": Frame(type: .status, stream: 5, payload: StatusHead.encoded(code: .ok)),
            "status-error": Frame(
                type: .status, stream: 5,
                payload: StatusHead.encoded(
                    code: .notFound, message: "no campaign \"x\"\t🙂", details: [0x0a, 8] + Array("campaign".utf8))),
            "status-not-started": Frame(
                type: .status, stream: 7,
                payload: StatusHead.encoded(
                    code: .unavailable, message: "this process is draining; another will serve the call",
                    isNotStarted: true, pushbackMilliseconds: 250)),
            "waiting": Frame(type: .waiting, stream: 5),
            "reset": number(.reset, 5, ResetCode.cancel.rawValue),
            "credit-stream": number(.credit, 5, 32_768),
            "credit-connection": number(.credit, 0, 524_288),
            "credit-lowered": number(.credit, 5, UInt32(bitPattern: -1_000)),
            "ping": Frame(type: .ping, payload: Array(1...8)),
            "ping-answer": Frame(type: .ping, flags: .acknowledgement, payload: Array(1...8)),
            "goaway-warning": goAway(.max, .none, "this process is draining"),
            "goaway-final": goAway(7, .none, "this process is draining"),
            "goaway-client": goAway(0, .none, "leaving"),
            "goaway-error": goAway(7, .protocolViolation, "DATA on stream 9, which was never opened"),
        ]
    }

    /// Frames that the code reads and never writes.
    private static let onlyRead: Set = [
        "hello-shortest", "unknown-skipped", "unknown-refused", "data-too-long", "call-high-id", "call-metadata-cut",
        "call-routed-twice", "headers-reserved",
    ]

    @Test("there is an example for each of these, and none that nobody checks")
    func complete() throws {
        let document = try #require(Self.document)
        #expect(Set(document.frames.keys) == Set(try Self.frames().keys).union(Self.onlyRead))
        #expect(Set(document.encodings.keys) == Self.encodingNames)
        #expect(Set(document.texts.keys) == ["verifier-key", "checkpoint", "tlog-proof"])
    }

    @Test("every frame is what the code writes")
    func written() throws {
        let document = try #require(Self.document)
        for (name, frame) in try Self.frames() {
            #expect(document.frames[name]?.bytes == frame.bytes, "\(name)")
        }
    }

    @Test("every frame is what the code reads")
    func read() throws {
        let document = try #require(Self.document)
        for (name, frame) in try Self.frames() {
            let bytes = try #require(document.frames[name]?.bytes)
            try bytes.withUnsafeBytes { buffer in
                let header = try #require(FrameHeader(parsing: buffer))
                #expect(header.judged(maximumPayloadBytes: 16_384) == .handle(frame.type), "\(name)")
                #expect(header.payloadBytes == buffer.count - FrameHeader.byteCount, "\(name)")
                #expect(header.flags == frame.flags, "\(name)")
                #expect(header.streamID == frame.stream, "\(name)")
                let payload = UnsafeRawBufferPointer(rebasing: buffer[FrameHeader.byteCount...])
                #expect(try rewritten(frame.type, payload) == Array(payload), "\(name)")
            }
        }
    }

    /// Parses a payload and writes what was understood again.
    private func rewritten(_ type: FrameType, _ payload: UnsafeRawBufferPointer) throws -> [UInt8] {
        switch type {
        case .hello:
            return try Hello(parsing: payload).encoded()
        case .call:
            let (head, message) = try CallHead.parse(payload)
            try MetadataBlock.validate(head.metadata)
            var bytes = [UInt8](repeating: 0, count: head.encodedBytes)
            bytes.withUnsafeMutableBytes { head.write(to: $0) }
            return bytes + Array(message)
        case .headers:
            return try MetadataBlock.encoded(MetadataBlock.decoded(payload))
        case .status:
            let (head, message) = try StatusHead.parse(payload)
            let hasPushback = head.pushbackMilliseconds != StatusHead.noPushback
            return StatusHead.encoded(
                code: head.code, message: String(decoding: head.message, as: UTF8.self), details: Array(head.details),
                isNotStarted: head.isNotStarted, pushbackMilliseconds: hasPushback ? head.pushbackMilliseconds : nil,
                metadata: Array(head.metadata)) + Array(message)
        case .goAway:
            return try GoAway(parsing: payload).encoded()
        case .data, .reset, .credit, .ping, .waiting:
            return Array(payload)
        }
    }

    @Test("the frames that are only read are taken, skipped and refused as it says")
    func onlyReadFrames() throws {
        let document = try #require(Self.document)
        func judged(_ name: String) throws -> OnFrameHeader {
            let bytes = try #require(document.frames[name]?.bytes)
            let header = try #require(bytes.withUnsafeBytes { FrameHeader(parsing: $0) })
            return header.judged(maximumPayloadBytes: 16_384)
        }
        #expect(try judged("unknown-skipped") == .skip)
        #expect(
            try judged("unknown-refused")
                == .connectionError(ConnectionError(.protocolViolation, "unknown critical frame type 128")))
        guard case .connectionError(let tooLong) = try judged("data-too-long") else {
            Issue.record("16,385 bytes are taken")
            return
        }
        #expect(tooLong.code == .frameSize)
        #expect(try judged("hello-shortest") == .handle(.hello))
        let shortest = try #require(document.frames["hello-shortest"]?.bytes)
        let hello = try shortest.withUnsafeBytes { try Hello(parsing: UnsafeRawBufferPointer(rebasing: $0[10...])) }
        #expect(hello == Hello())
    }

    /// The payload of an example, and what the machine of a server says to its frame.
    private func callReceived(
        _ name: String
    ) throws -> (action: ServerConnectionMachine.OnCall, payload: [UInt8]) {
        let bytes = try #require(Self.document?.frames[name]?.bytes)
        let header = try #require(bytes.withUnsafeBytes { FrameHeader(parsing: $0) })
        #expect(header.payloadBytes == bytes.count - FrameHeader.byteCount)
        #expect(header.judged(maximumPayloadBytes: 16_384) == .handle(.call))
        var machine = ServerConnectionMachine(limits: ConnectionLimits())
        _ = machine.helloReceived(Hello())
        let payload = Array(bytes[FrameHeader.byteCount...])
        let action = machine.callReceived(header.streamID, messageBytes: 0, flags: header.flags, deadline: nil)
        return (action, payload)
    }

    @Test("calls with a high id, a cut block of metadata or a key twice are taken, and told as it says")
    func oddCalls() throws {
        for name in ["call-high-id", "call-metadata-cut", "call-routed-twice"] {
            let (action, payload) = try callReceived(name)
            #expect(action == .open(messageEnd: true, streamEnd: true), "\(name)")
            try payload.withUnsafeBytes { payload in
                let block = try CallHead.parse(payload).head.metadata
                switch name {
                case "call-metadata-cut":
                    #expect(throws: MetadataBlock.Refusal.self) { try MetadataBlock.validate(block) }
                case "call-routed-twice":
                    try MetadataBlock.validate(block)
                    let metadata = MetadataBlock.decoded(block)
                    #expect(metadata.values(of: "route-service").count == 2)
                    #expect(metadata.text(of: "route-service") == "quality.registry.v1.RegistryService")
                default: try MetadataBlock.validate(block)
                }
            }
        }
        let reserved = try #require(Self.document?.frames["headers-reserved"]?.bytes)
        try reserved.withUnsafeBytes { bytes in
            let block = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.byteCount...])
            try MetadataBlock.validate(block)
            #expect(MetadataBlock.decoded(block).text(of: "quality-x") == "1")
        }
    }

    @Test("the codes have the numbers and names that the tables give")
    func codes() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Proto/WIRE.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        func rows(_ heading: String) throws -> [String] {
            let section = try #require(text.components(separatedBy: "\n### \(heading)\n").dropFirst().first)
            let end = try #require(section.components(separatedBy: "\n#").first)
            return end.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.dropFirst(2).first?.isNumber == true }
                .map { $0.split(separator: "|").prefix(2).joined(separator: "").trimmingCharacters(in: .whitespaces) }
        }
        #expect(try rows("Status codes") == StatusCode.allCases.map { "\($0.rawValue)  \($0.name)" })
        #expect(try rows("Reset codes").count == ResetCode.allCases.count)
        #expect(try rows("Connection error codes").count == ConnectionError.Code.allCases.count)
    }

    // MARK: Journal and receipts

    private static let encodingNames: Set = [
        "statement-accepted", "entry", "leaf", "entry-rejected", "tree", "log-key", "report", "report-digest",
        "personal-value", "personal-commitment",
    ]

    private static let sha256: JournalHashFunction = { bytes in
        JournalHash(filledBy: { SHA256.hash(bytes, into: $0) })
    }

    private static func hash(_ bytes: [UInt8]) -> JournalHash { bytes.withUnsafeBytes(sha256) }

    private static func filled(_ byte: UInt8) throws -> JournalHash {
        try #require(JournalHash([UInt8](repeating: byte, count: 32)))
    }

    private static let sealedUnixMicroseconds: Int64 = 1_569_859_200_000_000

    private static func accepted() throws -> AcceptedReport {
        AcceptedReport(
            campaign: "henan-2019-open-day", form: "open-day-summary", formVersion: 1, reportingUnit: "410100",
            reportVersion: 2, digest: try filled(0x11), timeliness: .onTime, correctedLate: true)
    }

    /// The log of the document: a refused report, and a second later an accepted and a refused one.
    private static func entries() throws -> [LogEntry] {
        func rejected(_ body: [UInt8], at instant: Int64) -> LogEntry {
            LogEntry(
                kind: "report.rejected", sealedUnixMicroseconds: instant, statement: [], bodyHash: hash(body))
        }
        return [
            rejected([], at: sealedUnixMicroseconds - 1_000_000),
            LogEntry(
                kind: AcceptedReport.journalKind, sealedUnixMicroseconds: sealedUnixMicroseconds,
                statement: try accepted().statement, bodyHash: hash([0x0a, 0x00])),
            rejected([0x10, 0x01], at: sealedUnixMicroseconds),
        ]
    }

    private func text(_ name: String) throws -> String {
        let document = try #require(Self.document)
        return try #require(document.texts[name])
    }

    @Test("a statement and an entry are the bytes that are hashed")
    func entry() throws {
        let entries = try Self.entries()
        #expect(try bytes("statement-accepted").bytes == entries[1].statement)
        #expect(AcceptedReport(statement: try bytes("statement-accepted").bytes) == (try Self.accepted()))
        #expect(try bytes("entry").bytes == entries[1].canonicalBytes)
        #expect(LogEntry(canonicalBytes: try bytes("entry").bytes) == entries[1])
        #expect(try bytes("leaf").bytes == entries[1].leafHash(Self.sha256).bytes)
        #expect(try bytes("entry-rejected").bytes == entries[0].canonicalBytes)
    }

    @Test("the tree, the key, the checkpoint and the proof are the example's, and the receipt that they make verifies")
    func log() throws {
        let entries = try Self.entries()
        let leaves = entries.map { $0.leafHash(Self.sha256) }
        let first = GroupTree(before: CompactRange(), leaves: [leaves[0]], Self.sha256)
        let tree = GroupTree(before: first.after, leaves: Array(leaves[1...]), Self.sha256)
        let node = LogTree.node(leaves[0], leaves[1], Self.sha256)
        #expect(try bytes("tree").parts == (leaves + [node, tree.root]).map(\.bytes))

        let parts = try bytes("log-key").parts
        let key = try SigningKey(rawRepresentation: parts[0])
        let epoch = try #require(JournalEpoch(Array(1...16)))
        let origin = try #require(LogOrigin.of(trustDomain: "quality.example", service: "submission", epoch: epoch))
        let noteKey = try NoteKey(name: origin, publicKey: parts[1], Self.sha256)
        #expect(parts[1] == key.verifyingKey.rawRepresentation)
        #expect(parts[2] == withUnsafeBytes(of: noteKey.id.bigEndian) { Array($0) })
        #expect(parts[3] == key.verifyingKey.id)
        #expect(try text("verifier-key") == noteKey.text + "\n")

        let signer = NoteSigner(key: noteKey) { try key.signature(for: $0) }
        let checkpoint = try Checkpoint(origin: origin, size: 3, root: tree.root).signed(by: [signer])
        #expect(try text("checkpoint") == checkpoint.description)
        let inclusion = try #require(tree.inclusionProof(of: 1))
        let proof = LogProof(entry: entries[1], index: 1, path: inclusion.path, checkpoint: checkpoint)
        #expect(try text("tlog-proof") == proof.text)
        #expect(try LogProof(parsing: Array(try text("tlog-proof").utf8)) == proof)

        let receipt = try #require(Receipt(proof, epoch: epoch))
        let fault = receipt.fault(publicKey: parts[1], Self.sha256) { key, signature, text in
            (try? VerifyingKey(rawRepresentation: key.publicKey))?.isValid(signature: signature, for: text) ?? false
        }
        #expect(fault == nil)
    }

    @Test("a report's digest is the example's, in whatever order its cells stand")
    func digest() throws {
        let opened = try #require(CivilDate(year: 2019, month: 9, day: 19))
        let cells = [
            Cell("visitors", .integer(1_200), unit: "人次"), Cell("opened", .date(opened)), Cell("blank", .text(" ")),
            Cell("cost", .decimal(try #require(Decimal(unscaled: 1_250, scale: 2))), unit: "万元"),
        ]
        let report = Report(
            campaign: "henan-2019-open-day", form: "open-day-summary", formVersion: 1, reportingUnit: "410100",
            cells: cells, rows: [Row(table: "hosts", key: "H1", cells: [Cell("name", .text("甲厂"))])])
        #expect(try bytes("report").bytes == ReportDigest.canonicalBytes(of: report))
        #expect(try bytes("report-digest").bytes == ReportDigest.digest(of: report, Self.sha256).bytes)
    }

    @Test("a personal value's commitment is the example's")
    func personalValue() throws {
        let value = PersonalValue(pointer: "/cells/contact", text: "张三")
        let commitment = value.commitment(salt: [UInt8](repeating: 0x55, count: 32), Self.sha256)
        let example = try bytes("personal-commitment").bytes
        #expect(commitment == "commitment:\(try #require(JournalHash(example)))")
        #expect(Self.hash(try bytes("personal-value").bytes).bytes == example)
    }
}
