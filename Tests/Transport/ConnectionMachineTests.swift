import NIOCore
import TLS
import TestRandom
import TestSupport
import Testing
import Wire

@testable import Transport

/// The machines that a connection's handler carries out, in memory.
@Suite("What comes in, in memory")
struct InboundFramesTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    /// What is handed out, as text.
    private func next(_ inbound: inout InboundFrames) -> String? {
        inbound.next().map { String(buffer: $0) }
    }

    private func done(_ inbound: inout InboundFrames, rest: String) {
        var rest = bytes(rest)
        inbound.done(rest: &rest)
    }

    @Test("what comes is read at once, and a part of a frame is kept for what follows it")
    func parts() {
        var inbound = InboundFrames()
        #expect(inbound.received(bytes("abc")) == .read)
        #expect(next(&inbound) == "abc")
        done(&inbound, rest: "c")
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("d")) == .read)
        #expect(next(&inbound) == "cd")
        done(&inbound, rest: "")
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("e")) == .read)
        #expect(next(&inbound) == "e")
    }

    @Test("what comes while somebody reads is kept behind what is being read, in its order")
    func reentrance() {
        var inbound = InboundFrames()
        #expect(inbound.received(bytes("ab")) == .read)
        #expect(next(&inbound) == "ab")
        #expect(inbound.received(bytes("c")) == .keep)
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("d")) == .keep)
        done(&inbound, rest: "b")
        #expect(next(&inbound) == "bcd")
        #expect(inbound.received(bytes("e")) == .keep)
        done(&inbound, rest: "")
        #expect(next(&inbound) == "e")
        done(&inbound, rest: "e")
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("f")) == .read)
        #expect(inbound.received(bytes("g")) == .keep)
        #expect(next(&inbound) == "ef")
        done(&inbound, rest: "")
        #expect(next(&inbound) == "g")
    }

    private func standBack(_ inbound: inout InboundFrames, rest: String) {
        var rest = bytes(rest)
        inbound.standBack(rest: &rest)
    }

    @Test("what stands back is read when it goes on, with what came meanwhile behind it")
    func standingBack() {
        var inbound = InboundFrames()
        #expect(inbound.received(bytes("ab")) == .read)
        #expect(next(&inbound) == "ab")
        #expect(inbound.received(bytes("c")) == .keep)
        standBack(&inbound, rest: "b")
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("d")) == .keep)
        #expect(next(&inbound) == nil)
        inbound.goOn()
        #expect(next(&inbound) == "b")
        done(&inbound, rest: "b")
        #expect(next(&inbound) == "bcd")
        done(&inbound, rest: "")
        inbound.goOn()
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("e")) == .read)
        #expect(next(&inbound) == "e")
        standBack(&inbound, rest: "e")
        inbound.end()
        inbound.goOn()
        #expect(next(&inbound) == nil)
        #expect(inbound.received(bytes("f")) == .drop)
    }

    @Test("after the end nothing is read, kept or said, whether somebody was reading or not", arguments: [0, 1, 2])
    func end(steps: Int) {
        var inbound = InboundFrames()
        if steps > 0 { _ = inbound.received(bytes("ab")) }
        if steps > 1 { #expect(next(&inbound) == "ab") }
        inbound.end()
        #expect(inbound.received(bytes("c")) == .drop)
        #expect(next(&inbound) == nil)
        if steps > 1 { done(&inbound, rest: "b") }
        #expect(inbound.received(bytes("d")) == .drop)
        #expect(next(&inbound) == nil)
    }

    @Test("a part of a frame is added to where it lies")
    func memory() {
        var inbound = InboundFrames()
        /// Reads all but the last byte; returns where that was.
        func read(_ inbound: inout InboundFrames, _ text: String) -> UnsafeRawPointer? {
            #expect(inbound.received(bytes(text)) == .read)
            guard var bytes = inbound.next() else { return nil }
            let address = bytes.withUnsafeReadableBytes { $0.baseAddress }
            bytes.moveReaderIndex(to: bytes.writerIndex - 1)
            inbound.done(rest: &bytes)
            return address
        }
        #expect(read(&inbound, "ab") != nil)
        let own = read(&inbound, "cd")
        #expect(own != nil)
        #expect(read(&inbound, "ef") == own)
        #expect(read(&inbound, "gh") == own)
    }

    @Test("every byte is read once and in order, however frames, pieces and re-entrance fall")
    func anyOrder() {
        var random = SplitMix(seed: 7)
        for _ in 0..<200 {
            var inbound = InboundFrames()
            let sent = (0..<200).map { UInt8($0) }
            var offset = 0, read: [UInt8] = []
            func piece() -> ByteBuffer {
                let count = min(Int.random(in: 0...9, using: &random), sent.count - offset)
                defer { offset += count }
                return ByteBuffer(bytes: sent[offset..<offset + count])
            }
            while offset < sent.count {
                #expect(inbound.received(piece()) == .read)
                while var bytes = inbound.next() {
                    for _ in 0..<Int.random(in: 0...2, using: &random) { #expect(inbound.received(piece()) == .keep) }
                    // Frames are of three bytes here.
                    var isItsTurn = true
                    while isItsTurn, let frame = bytes.readBytes(length: 3) {
                        read += frame
                        isItsTurn = .random(using: &random)
                    }
                    guard !isItsTurn else {
                        inbound.done(rest: &bytes)
                        continue
                    }
                    inbound.standBack(rest: &bytes)
                    for _ in 0..<Int.random(in: 0...2, using: &random) { #expect(inbound.received(piece()) == .keep) }
                    inbound.goOn()
                }
            }
            #expect(read == Array(sent[..<(sent.count / 3 * 3)]))
        }
    }
}

@Suite("What goes out, in memory")
struct OutboundFramesTests {
    private func append(_ outbound: inout OutboundFrames, _ count: Int) -> OutboundFrames.OnAppend {
        outbound.append(FrameHeader(.data, streamID: 1, payloadBytes: count), count: count) {
            $0.initializeMemory(as: UInt8.self, repeating: 7)
        }
    }

    @Test("the first frame asks for a flush, and enough of them for one soon")
    func asks() {
        var outbound = OutboundFrames()
        #expect(append(&outbound, 1) == .schedule)
        for _ in 2..<OutboundFrames.fullFrames { #expect(append(&outbound, 1) == []) }
        #expect(append(&outbound, 1) == .flushSoon)
        #expect(outbound.take()?.frames == OutboundFrames.fullFrames)
        #expect(append(&outbound, 40_000) == [.schedule, .flushSoon])
    }

    @Test("what is taken is gone, and frames that are added while it is written are gathered anew")
    func reentrance() throws {
        var outbound = OutboundFrames()
        _ = append(&outbound, 10)
        let taken = outbound.take()
        let (bytes, frames) = try #require(taken)
        #expect(bytes.readableBytes == FrameHeader.byteCount + 10)
        #expect(frames == 1)
        #expect(append(&outbound, 20) == .schedule)
        outbound.written()
        #expect(outbound.take()?.bytes.readableBytes == FrameHeader.byteCount + 20)
        #expect(outbound.take() == nil)
    }

    @Test("what was taken and written serves again, if nothing was gathered meanwhile", arguments: [false, true])
    func memory(isGatheredMeanwhile: Bool) {
        var outbound = OutboundFrames()
        func address(_ outbound: inout OutboundFrames) -> UnsafeRawPointer? {
            outbound.take()?.bytes.withUnsafeReadableBytes { $0.baseAddress }
        }
        _ = append(&outbound, 10)
        let first = address(&outbound)
        #expect(first != nil)
        if isGatheredMeanwhile { _ = append(&outbound, 10) }
        outbound.written()
        if isGatheredMeanwhile { #expect(address(&outbound) != first) }
        outbound.written()
        _ = append(&outbound, 10)
        #expect((address(&outbound) == first) == !isGatheredMeanwhile)
    }
}

@Suite("A connection's life, in memory")
struct ConnectionLifeTests {
    private let peer = PeerCertificate(
        uri: "spiffe://a.example/org/1/viewer", subject: "", serial: "01", notBeforeUnixSeconds: 0,
        notAfterUnixSeconds: .max)

    private func complete(_ life: inout ConnectionLife, at nanoseconds: UInt64) -> ConnectionLife.OnHandshake {
        life.handshakeCompleted(
            peer, ConnectionTimes(), ageJitter: 0, at: MonotonicInstant(nanoseconds: nanoseconds))
    }

    @Test("a handshake is done once, and took as long as since its beginning")
    func handshake() {
        var life = ConnectionLife()
        life.handshakeBegan(at: MonotonicInstant(nanoseconds: 10))
        #expect(complete(&life, at: 15) == .established(tookNanoseconds: 5))
        #expect(complete(&life, at: 16) == .ignore)
        #expect(life.peer == peer)
    }

    @Test("the end counts once and keeps who the peer was")
    func end() {
        var early = ConnectionLife(), life = ConnectionLife()
        #expect(early.end() == .ended(wasEstablished: false))
        #expect(complete(&early, at: 1) == .ignore)
        #expect(early.peer == nil)
        _ = complete(&life, at: 1)
        #expect(life.end() == .ended(wasEstablished: true))
        #expect(life.end() == .ignore)
        #expect(life.isEnded)
        #expect(life.peer == peer)
        #expect(life.whileEstablished { _ in true } == nil)
    }
}

@Suite("Bytes that wait, in memory")
struct ParkedBytesTests {
    private final class Owner {}

    private let owner = Owner()

    private func account(bytes: Int = 1_000, callerBytes: Int = 100) -> ParkedBytes<Owner> {
        ParkedBytes(BytesInFlightLimits(bytes: bytes, callerBytes: callerBytes))
    }

    @Test("a caller beyond its bound gives way with what has been parked longest, and others are left alone")
    func caller() {
        var parked = account()
        parked.changed(owner, 1, caller: "a", to: 60)
        parked.changed(owner, 3, caller: "b", to: 90)
        parked.changed(owner, 5, caller: "a", to: 40)
        #expect(parked.nextToGiveWay() == nil)
        parked.changed(owner, 7, caller: "a", to: 1)
        #expect(parked.nextToGiveWay()?.id == 1)
        #expect(parked.nextToGiveWay() == nil)
        #expect(parked.bytes == 131)
    }

    @Test("whose bytes move on has not been parked for long; whose grow has")
    func progress() {
        var parked = account()
        parked.changed(owner, 1, caller: "a", to: 40)
        parked.changed(owner, 3, caller: "a", to: 30)
        parked.changed(owner, 5, caller: "a", to: 30)
        parked.changed(owner, 1, caller: "a", to: 39)
        parked.changed(owner, 3, caller: "a", to: 32)
        #expect(parked.nextToGiveWay()?.id == 3)
    }

    @Test("beyond the bound of all the heaviest caller gives way, until it fits")
    func everybody() {
        var parked = account(bytes: 100, callerBytes: 100)
        for id: UInt32 in 0..<5 { parked.changed(owner, id, caller: "a", to: 10) }
        // More than what is left of the first once it has given way.
        parked.changed(owner, 10, caller: "b", to: 41)
        #expect(parked.nextToGiveWay() == nil)
        parked.changed(owner, 11, caller: "c", to: 34)
        #expect(parked.nextToGiveWay()?.id == 0)
        #expect(parked.nextToGiveWay()?.id == 10)
        #expect(parked.nextToGiveWay() == nil)
        #expect(parked.bytes == 74)
    }

    @Test("of callers with equally many bytes the one whose call has been parked for longest gives way, each in turn")
    func equals() {
        var parked = account(bytes: 100, callerBytes: 100)
        // Of many, so that no other order comes out right by chance; the third has moved on since.
        for id: UInt32 in 0..<10 { parked.changed(owner, id, caller: "caller \(id)", to: id == 2 ? 11 : 10) }
        parked.changed(owner, 2, caller: "caller 2", to: 10)
        parked.changed(owner, 20, caller: "light", to: 9)
        var gaveWay: [UInt32] = []
        for id: UInt32 in 30..<34 {
            parked.changed(owner, id, caller: "lighter \(id)", to: 8)
            while let call = parked.nextToGiveWay() { gaveWay.append(call.id) }
        }
        #expect(gaveWay == [0, 1, 3, 4, 5])
    }

    @Test("sums are those of what is there, whatever was said before", arguments: [1, 2, 3] as [UInt64])
    func sums(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var parked = account(bytes: .max, callerBytes: .max)
        var expected: [UInt32: Int] = [:]
        for _ in 0..<2_000 {
            let id = UInt32.random(in: 0..<40, using: &random)
            let bytes = max(0, Int.random(in: -20...50, using: &random))
            expected[id] = bytes > 0 ? bytes : nil
            parked.changed(owner, id, caller: "\(id % 3)", to: bytes)
            #expect(parked.bytes == expected.values.reduce(0, +))
            #expect(parked.count == expected.count)
        }
    }
}
