import NIOCore
import Testing
import Wire

@testable import Transport

@Suite("Message bytes that wait for credit or the socket")
struct WaitingMessagesTests {
    @Test("a long message is kept in pieces, its end with the last of them: what has gone out holds no memory")
    func pieces() throws {
        let message = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var waiting = WaitingMessages()
        message.withUnsafeBytes { waiting.append(1, $0, flags: .messageEnd, status: [9], at: 0) }
        #expect(waiting.bytes == 200_000)
        var sent: [UInt8] = []
        while let (id, piece) = waiting.first {
            #expect(id == 1)
            #expect(piece.bytes.storageCapacity <= 65_536)
            let isLast = sent.count + piece.bytes.readableBytes == message.count
            #expect(piece.flags == (isLast ? .messageEnd : []))
            #expect(piece.status == (isLast ? [9] : nil))
            let count = min(16_000, piece.bytes.readableBytes)
            sent += Array(piece.bytes.readableBytesView.prefix(count))
            waiting.advance(by: count, pieceIsDone: count == piece.bytes.readableBytes, at: 1)
            #expect(waiting.bytes(1) == message.count - sent.count)
        }
        #expect(sent == message)
        #expect(waiting.bytes == 0)
    }

    @Test("a message without bytes waits too, for its end")
    func empty() {
        var waiting = WaitingMessages()
        waiting.append(1, UnsafeRawBufferPointer(start: nil, count: 0), flags: .messageEnd, status: nil, at: 0)
        #expect(waiting.count(1) == 1)
        #expect(waiting.first?.piece.flags == .messageEnd)
    }
}
