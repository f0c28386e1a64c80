import TestRandom
import Testing

@testable import Wire

@Suite("Frame headers")
struct FrameHeaderTests {
    private static let limitBytes = 16_384

    private func judged(_ type: UInt8, flags: UInt8 = 0, stream: UInt32, bytes: Int) -> OnFrameHeader {
        FrameHeader(type: type, flags: FrameFlags(rawValue: flags), streamID: stream, payloadBytes: bytes)
            .judged(maximumPayloadBytes: Self.limitBytes)
    }

    private func errorCode(_ action: OnFrameHeader) -> ConnectionError.Code? {
        switch action {
        case .connectionError(let error): error.code
        case .handle, .skip: nil
        }
    }

    @Test("a header is ten bytes, big-endian, and reads back as it was written")
    func roundTrip() {
        var generator = SplitMix(seed: 1)
        for _ in 0..<1_000 {
            let header = FrameHeader(
                type: UInt8.random(in: 0...255, using: &generator),
                flags: FrameFlags(rawValue: UInt8.random(in: 0...255, using: &generator)),
                streamID: UInt32.random(in: 0...UInt32.max, using: &generator),
                payloadBytes: Int(UInt32.random(in: 0...UInt32.max, using: &generator)))
            var bytes = [UInt8](repeating: 0xee, count: 12)
            bytes.withUnsafeMutableBytes { header.write(to: $0) }
            #expect(bytes[10...] == [0xee, 0xee])
            #expect(bytes.withUnsafeBytes { FrameHeader(parsing: $0) } == header)
        }
    }

    @Test("fewer than ten bytes are no header yet", arguments: 0..<10)
    func cut(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(bytes.withUnsafeBytes { FrameHeader(parsing: $0) } == nil)
    }

    /// Type, shortest and longest payload, the stream a frame of the type may stand on, the critical flags it defines.
    static let rules: [(type: FrameType, bytes: ClosedRange<Int>, streams: [UInt32], flags: UInt8)] = [
        (.hello, 10...1_024, [0], 0x00),
        (.call, 2...16_384, [7], 0x07),
        (.data, 0...16_384, [7], 0x03),
        (.headers, 2...16_384, [7], 0x00),
        (.status, 2...16_384, [7], 0x01),
        (.reset, 4...4, [7], 0x00),
        (.credit, 4...4, [0, 7], 0x00),
        (.ping, 8...8, [0], 0x01),
        (.goAway, 10...1_024, [0], 0x00),
        (.waiting, 0...0, [7], 0x00),
    ]

    /// How a frame that is not as its type has it ends the connection; `nil`: it is skipped, as by who does not know it.
    private func expect(
        _ action: OnFrameHeader, isWrongFor type: FrameType, _ code: ConnectionError.Code,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if type == .waiting {
            #expect(action == .skip, sourceLocation: sourceLocation)
        } else {
            #expect(errorCode(action) == code, sourceLocation: sourceLocation)
        }
    }

    @Test("every type has a rule here")
    func rulesAreComplete() {
        #expect(Set(Self.rules.map(\.type)) == Set(FrameType.allCases))
    }

    @Test("each type takes exactly the lengths it may have", arguments: FrameType.allCases)
    func lengths(type: FrameType) throws {
        let rule = try #require(Self.rules.first { $0.type == type })
        let stream = rule.streams[0]
        for bytes in [rule.bytes.lowerBound, rule.bytes.upperBound] {
            #expect(judged(type.rawValue, stream: stream, bytes: bytes) == .handle(type))
        }
        for bytes in [rule.bytes.lowerBound - 1, rule.bytes.upperBound + 1] where bytes >= 0 {
            let action = judged(type.rawValue, stream: stream, bytes: bytes)
            if bytes > Self.limitBytes {
                #expect(errorCode(action) == .frameSize)
            } else {
                expect(action, isWrongFor: type, .frameSize)
            }
        }
    }

    @Test("each type stands only on the streams it may stand on", arguments: FrameType.allCases)
    func streams(type: FrameType) throws {
        let rule = try #require(Self.rules.first { $0.type == type })
        for stream: UInt32 in [0, 7] {
            let action = judged(type.rawValue, stream: stream, bytes: rule.bytes.lowerBound)
            if rule.streams.contains(stream) {
                #expect(action == .handle(type))
            } else {
                expect(action, isWrongFor: type, .protocolViolation)
            }
        }
    }

    @Test(
        "an unknown flag of the low half ends the connection, one of the high half is ignored",
        arguments: FrameType.allCases)
    func flags(type: FrameType) throws {
        let rule = try #require(Self.rules.first { $0.type == type })
        for bit in 0..<8 {
            let flag = UInt8(1) << bit
            let action = judged(type.rawValue, flags: flag, stream: rule.streams[0], bytes: rule.bytes.lowerBound)
            if bit >= 4 || rule.flags & flag != 0 {
                #expect(action == .handle(type))
            } else {
                expect(action, isWrongFor: type, .protocolViolation)
            }
        }
    }

    @Test("types that came later, which others skip, are the ones that may be skipped when they are not right")
    func skippable() {
        #expect(FrameType.allCases.filter(\.mayBeSkipped) == [.waiting])
        #expect(FrameType.allCases.filter(\.mayBeSkipped).allSatisfy { $0.rawValue <= FrameType.lastIgnorable })
    }

    @Test("an unknown type up to 0x7f is skipped whatever else it says, one above ends the connection")
    func unknownTypes() {
        let known = Set(FrameType.allCases.map(\.rawValue))
        for type in UInt8.min...UInt8.max where !known.contains(type) {
            let action = judged(type, flags: 0xff, stream: 4, bytes: 100)
            if type <= 0x7f {
                #expect(action == .skip)
            } else {
                #expect(errorCode(action) == .protocolViolation)
            }
        }
    }

    @Test(
        "a frame longer than this side allows is refused before its type is looked at", arguments: UInt8.min...UInt8.max
    )
    func tooLong(type: UInt8) {
        #expect(errorCode(judged(type, stream: 1, bytes: Self.limitBytes + 1)) == .frameSize)
        #expect(errorCode(judged(type, stream: 1, bytes: Int(UInt32.max))) == .frameSize)
    }
}
