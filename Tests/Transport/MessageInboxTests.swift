import NIOCore
import TestSupport
import Testing

@testable import Transport

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
        #expect(taken?.message.readableBytes == 35)
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

    @Test("what is kept is counted, whole or not, until it is taken")
    func keptBytes() {
        var inbox = MessageInbox()
        _ = receive(&inbox, 10, messageEnd: true)
        _ = receive(&inbox, 20, messageEnd: true)
        _ = receive(&inbox, 5, messageEnd: false)
        #expect(inbox.bytes == 35)
        _ = inbox.take()
        #expect(inbox.bytes == 25)
        _ = receive(&inbox, 0, messageEnd: true)
        _ = inbox.take()
        _ = inbox.take()
        #expect(inbox.bytes == 0)
    }

    @Test("a last message that was credited already gives nothing more")
    func lastMessage() {
        var inbox = MessageInbox()
        [1, 2, 3].withUnsafeBytes { inbox.receiveLast($0) }
        #expect(inbox.hasEnded)
        #expect(inbox.take()?.credit == 0)
    }

    @Test("a message of no bytes is a message")
    func emptyMessage() {
        var inbox = MessageInbox()
        #expect(receive(&inbox, 0, messageEnd: true) == 0)
        #expect(inbox.count == 1)
        #expect(inbox.take()?.message.readableBytes == 0)
    }
}
