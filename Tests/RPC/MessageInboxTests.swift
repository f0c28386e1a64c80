import Testing

@testable import RPC

@Suite("Messages that wait to be taken")
struct MessageInboxTests {
    private func receive(_ inbox: inout MessageInbox, _ count: Int, messageEnd: Bool) -> Int {
        [UInt8](repeating: 1, count: count).withUnsafeBytes {
            inbox.receive($0, messageEnd: messageEnd, streamEnd: false)
        }
    }

    @Test("a whole message holds its credit until it is taken")
    func wholeMessage() {
        var inbox = MessageInbox()
        #expect(receive(&inbox, 10, messageEnd: true) == 0)
        #expect(inbox.take()?.credit == 10)
        #expect(inbox.take() == nil)
    }

    @Test("the parts of a first message are credited as they come, since it may be longer than the window")
    func parts() {
        var inbox = MessageInbox()
        #expect(receive(&inbox, 10, messageEnd: false) == 10)
        #expect(receive(&inbox, 20, messageEnd: false) == 20)
        #expect(receive(&inbox, 5, messageEnd: true) == 0)
        let taken = inbox.take()
        #expect(taken?.message.count == 35)
        #expect(taken?.credit == 5)
    }

    @Test("the parts of a later message are credited when those before it are taken")
    func laterParts() {
        var inbox = MessageInbox()
        #expect(receive(&inbox, 10, messageEnd: true) == 0)
        #expect(receive(&inbox, 20, messageEnd: false) == 0)
        #expect(inbox.take()?.credit == 30)
        #expect(receive(&inbox, 1, messageEnd: false) == 1)
    }

    @Test("a message of no bytes is a message, and a part of no bytes is none")
    func emptyMessage() {
        var inbox = MessageInbox()
        #expect(receive(&inbox, 0, messageEnd: false) == 0)
        #expect(inbox.count == 0)
        #expect(receive(&inbox, 0, messageEnd: true) == 0)
        #expect(inbox.count == 1)
        #expect(inbox.take()?.message == [])
    }

    @Test("the bytes that are kept are those of whole messages and of the one that is coming in")
    func keptBytes() {
        var inbox = MessageInbox()
        _ = receive(&inbox, 10, messageEnd: true)
        _ = receive(&inbox, 7, messageEnd: false)
        #expect(inbox.bytes == 17)
        _ = inbox.take()
        #expect(inbox.bytes == 7)
        _ = receive(&inbox, 3, messageEnd: true)
        #expect(inbox.bytes == 10)
        _ = inbox.take()
        #expect(inbox.bytes == 0)
    }

    @Test("a long queue comes out in order while more comes in")
    func order() {
        var inbox = MessageInbox()
        var sent = 0, taken = 0
        func take() {
            while let message = inbox.take()?.message {
                #expect(message.count == taken % 7)
                taken += 1
                if taken % 3 == 0 { break }
            }
        }
        for round in 0..<500 {
            for _ in 0..<(round % 5) {
                _ = receive(&inbox, sent % 7, messageEnd: true)
                sent += 1
            }
            take()
        }
        while inbox.count > 0 { take() }
        #expect(taken == sent)
        #expect(inbox.bytes == 0)
    }
}
