import Testing

@testable import Wire

@Suite("Credit")
struct CreditTests {
    @Test("no more is granted than there is, nor than was asked for")
    func take() {
        var credit = SendCredit(10)
        #expect(credit.take(upTo: 4) == 4)
        #expect(credit.take(upTo: 100) == 6)
        #expect(credit.take(upTo: 1) == 0)
        #expect(credit.take(upTo: 0) == 0)
    }

    @Test("credit lowered below what was sent is negative, and nothing goes until it is positive again")
    func negative() {
        var credit = SendCredit(10)
        #expect(credit.take(upTo: 8) == 8)
        #expect(credit.apply(-12) == true)
        #expect(credit.bytes == -10)
        #expect(credit.take(upTo: 1) == 0)
        #expect(credit.apply(10) == true)
        #expect(credit.take(upTo: 1) == 0)
        #expect(credit.apply(3) == true)
        #expect(credit.take(upTo: 5) == 3)
    }

    @Test("a zero increment and a sum outside of 32 bits are refused and change nothing")
    func refused() {
        var credit = SendCredit(0x7fff_fffe)
        #expect(credit.apply(0) == false)
        #expect(credit.apply(1) == true)
        #expect(credit.apply(1) == false)
        #expect(credit.bytes == 0x7fff_ffff)
        var low = SendCredit(1)
        #expect(low.apply(.min) == true)
        #expect(low.bytes == Int64(Int32.min) + 1)
        #expect(low.apply(-2) == false)
        #expect(low.apply(-1) == true)
    }

    @Test("a window takes exactly its bytes before it is given back")
    func window() {
        var window = ReceiveWindow(10)
        #expect(window.receive(10) == true)
        var full = window
        #expect(full.receive(1) == false)
        #expect(window.consume(4) == nil)
        #expect(window.consume(1) == 5)
        #expect(window.receive(5) == true)
        #expect(window.receive(1) == false)
    }

    @Test("a window of one byte gives it back each time")
    func smallestWindow() {
        var window = ReceiveWindow(1)
        for _ in 0..<100 {
            #expect(window.receive(1) == true)
            #expect(window.consume(1) == 1)
        }
        #expect(window.consume(0) == nil)
    }

    @Test("300 KB in frames of five bytes are accounted for to the byte")
    func smallFrames() {
        var window = ReceiveWindow(65_536)
        var credit = SendCredit(65_536)
        var sent = 0
        while sent < 300_000 {
            let granted = credit.take(upTo: 5)
            #expect(granted == 5)
            sent += granted
            #expect(window.receive(granted) == true)
            if let increment = window.consume(granted) { #expect(credit.apply(increment) == true) }
        }
        // What is not given back yet is what is missing at the sender, and is less than half of the window.
        let missing = 65_536 - Int(credit.bytes)
        #expect(missing == 300_000 % 32_770)
        #expect(missing < 32_768)
    }
}
