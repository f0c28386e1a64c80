import Testing

@testable import Wire

@Suite("Heads of CALL and STATUS, GOAWAY")
struct HeadTests {
    /// The parts of a CALL payload as values.
    private struct Call: Equatable {
        var timeout: UInt64
        var path: [UInt8]
        var caller: [UInt8]
        var trace: [UInt8]
        var metadata: [UInt8]
        var message: [UInt8] = []
    }

    private func encoded(_ call: Call) -> [UInt8] {
        call.path.withUnsafeBytes { path in
            call.caller.withUnsafeBytes { caller in
                call.trace.withUnsafeBytes { trace in
                    call.metadata.withUnsafeBytes { metadata in
                        let head = CallHead(
                            timeoutMicroseconds: call.timeout, path: path, caller: caller, trace: trace,
                            metadata: metadata)
                        var bytes = [UInt8](repeating: 0, count: head.encodedBytes)
                        bytes.withUnsafeMutableBytes { head.write(to: $0) }
                        return bytes + call.message
                    }
                }
            }
        }
    }

    private func parsed(_ payload: [UInt8]) throws(ConnectionError) -> Call {
        let result = payload.withUnsafeBytes { buffer in
            Result { () throws(ConnectionError) in
                let (head, message) = try CallHead.parse(buffer)
                return Call(
                    timeout: head.timeoutMicroseconds, path: Array(head.path), caller: Array(head.caller),
                    trace: Array(head.trace), metadata: Array(head.metadata), message: Array(message))
            }
        }
        return try result.get()
    }

    private let example = Call(
        timeout: 5_000_000, path: Array("quality.rpc.v1.HealthService/Check".utf8),
        caller: Array("spiffe://quality.example/org/410100/reporter".utf8), trace: Array(1...25),
        metadata: [0, 1, 1, 0x6b, 0, 1, 0x76])

    @Test("a CALL head reads back as it was written, with the message behind it")
    func callRoundTrip() throws {
        var call = example
        #expect(try parsed(encoded(call)) == call)
        call.message = [1, 2, 3]
        #expect(try parsed(encoded(call)) == call)
        call.caller = []
        call.trace = []
        call.metadata = MetadataBlock.empty
        call.timeout = CallHead.noTimeout
        #expect(try parsed(encoded(call)) == call)
        call.path = [UInt8](repeating: 0x61, count: 255)
        call.caller = call.path
        #expect(try parsed(encoded(call)) == call)
    }

    @Test("a CALL payload cut within its head is an error")
    func callCutAnywhere() {
        let whole = encoded(example)
        for count in 0..<whole.count {
            #expect(throws: ConnectionError.self) { try parsed(Array(whole[..<count])) }
        }
    }

    @Test("a CALL head whose parts do not fit in its length is an error")
    func callPartsTooLong() {
        var bytes = encoded(example)
        bytes[10] = 255
        #expect(throws: ConnectionError.self) { try parsed(bytes) }
    }

    @Test("a path has at least three bytes, a trace none or twenty-five", arguments: [0, 1, 2])
    func callPartsOfWrongLength(pathBytes: Int) {
        var call = example
        call.path = Array(call.path.prefix(pathBytes))
        #expect(throws: ConnectionError.self) { try parsed(encoded(call)) }
        call = example
        call.trace = Array(call.trace.prefix(24))
        #expect(throws: ConnectionError.self) { try parsed(encoded(call)) }
    }

    private struct Status: Equatable {
        var code: StatusCode
        var isNotStarted = false
        var pushback: Int32 = StatusHead.noPushback
        var text = ""
        var details: [UInt8] = []
        var metadata = MetadataBlock.empty
        var message: [UInt8] = []
    }

    private func parsedStatus(_ payload: [UInt8]) throws(ConnectionError) -> Status {
        let result = payload.withUnsafeBytes { buffer in
            Result { () throws(ConnectionError) in
                let (head, message) = try StatusHead.parse(buffer)
                return Status(
                    code: head.code, isNotStarted: head.isNotStarted, pushback: head.pushbackMilliseconds,
                    text: String(decoding: head.message, as: UTF8.self), details: Array(head.details),
                    metadata: Array(head.metadata), message: Array(message))
            }
        }
        return try result.get()
    }

    @Test("every code reads back as it was written", arguments: StatusCode.allCases)
    func statusRoundTrip(code: StatusCode) throws {
        let text = "a\ttab,\na line and 🙂 质量月"
        for pushback: Int32? in [nil, 0, 250, -1] {
            let bytes = StatusHead.encoded(
                code: code, message: text, details: [1, 2, 3], isNotStarted: true, pushbackMilliseconds: pushback,
                metadata: [0, 1, 1, 0x6b, 0, 1, 0x76])
            let expected = Status(
                code: code, isNotStarted: true, pushback: pushback ?? StatusHead.noPushback, text: text,
                details: [1, 2, 3], metadata: [0, 1, 1, 0x6b, 0, 1, 0x76], message: [9])
            #expect(try parsedStatus(bytes + [9]) == expected)
        }
        #expect(try parsedStatus(StatusHead.encoded(code: code)) == Status(code: code))
    }

    @Test("the ready-made OK is what encoding an OK would give")
    func okBytes() throws {
        #expect(try parsedStatus(StatusHead.okBytes) == Status(code: .ok))
        let withMetadata = StatusHead.encoded(code: .ok, metadata: [0, 1, 1, 0x6b, 0, 1, 0x76])
        #expect(withMetadata.count == StatusHead.okBytes.count + 5)
        #expect(withMetadata[2..<12] == StatusHead.okBytes[2..<12])
    }

    @Test("a code nobody knows is UNKNOWN", arguments: [17, 100, 255] as [UInt8])
    func unknownCode(code: UInt8) throws {
        var bytes = StatusHead.okBytes
        bytes[2] = code
        #expect(try parsedStatus(bytes).code == .unknown)
    }

    @Test("a STATUS payload cut within its head is an error")
    func statusCutAnywhere() {
        let whole = StatusHead.encoded(code: .internal, message: "text", details: [1, 2, 3])
        for count in 0..<whole.count {
            #expect(throws: ConnectionError.self) { try parsedStatus(Array(whole[..<count])) }
        }
    }

    @Test("a status text over 2,048 bytes is cut at a character's end")
    func longText() throws {
        let text = String(repeating: "a", count: 2_047) + "月" + "b"
        let status = try parsedStatus(StatusHead.encoded(code: .internal, message: text))
        #expect(status.text == String(repeating: "a", count: 2_047))
        let exact = String(repeating: "a", count: 2_045) + "月"
        #expect(try parsedStatus(StatusHead.encoded(code: .internal, message: exact)).text == exact)
    }

    @Test("details that do not fit in the smallest frame are left out, and the text says so")
    func longDetails() throws {
        let fit = [UInt8](repeating: 1, count: 16_384 - 12 - 2_048 - 2)
        let bytes = StatusHead.encoded(code: .internal, message: String(repeating: "x", count: 5_000), details: fit)
        #expect(bytes.count == 16_384)
        #expect(try parsedStatus(bytes).details == fit)
        let status = try parsedStatus(
            StatusHead.encoded(code: .internal, message: String(repeating: "x", count: 5_000), details: fit + [1]))
        #expect(status.details.isEmpty)
        #expect(status.text.hasSuffix("x (details left out: 14323 bytes)"))
        #expect(status.text.utf8.count == 2_048)
    }

    @Test("GOAWAY reads back as it was written, and cut anywhere is an error")
    func goAway() throws {
        for code in ConnectionError.Code.allCases {
            let goAway = GoAway(lastStreamID: 0xffff_ffff, error: ConnectionError(code, "text 月"))
            let bytes = goAway.encoded()
            #expect(try bytes.withUnsafeBytes { try GoAway(parsing: $0) } == goAway)
            #expect(try (bytes + [1, 2]).withUnsafeBytes { try GoAway(parsing: $0) } == goAway)
            for count in 0..<bytes.count {
                #expect(throws: ConnectionError.self) {
                    try bytes.prefix(count).withUnsafeBytes { try GoAway(parsing: $0) }
                }
            }
        }
        let unknown: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 99, 0, 0]
        #expect(try unknown.withUnsafeBytes { try GoAway(parsing: $0) }.error.code == .internal)
    }

    @Test("a GOAWAY text over 255 bytes is cut at a character's end")
    func longGoAwayText() throws {
        let text = String(repeating: "a", count: 253) + "月月"
        let bytes = GoAway(lastStreamID: 1, error: ConnectionError(.none, text)).encoded()
        #expect(
            try bytes.withUnsafeBytes { try GoAway(parsing: $0) }.error.reason == String(repeating: "a", count: 253))
    }

    @Test("every reset code of a server gives its call a status other than OK", arguments: ResetCode.allCases)
    func resetStatus(code: ResetCode) {
        #expect(code.status != .ok)
        #expect((code == .refused) == (code.status == .unavailable))
    }
}
