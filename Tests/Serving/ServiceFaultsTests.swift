import Logging
import RPC
import Serving
import Storage
import TestStores
import Testing
import Wire

@Suite("What a failure is to the caller and to the log")
struct ServiceFaultsTests {
    private let lines = LogLines()
    private var faults: ServiceFaults { ServiceFaults("submission", Logger(label: "test") { [lines] _ in lines }) }

    @Test("a call that was given up is no error: CANCELLED, and a line for who debugs")
    func givenUp() {
        #expect(faults.status(of: CancellationError(), doing: "a push").code == .cancelled)
        #expect(faults.status(of: RPCError(.cancelled, "the call is over"), doing: "a push").code == .cancelled)
        #expect(lines.lines(from: .info).isEmpty)
        #expect(lines.all.map(\.level) == [.debug])
    }

    @Test("what the store could not do is told by what the caller can do, and logged where something is wrong")
    func storage() {
        func code(_ code: StorageError.Code) -> StatusCode {
            faults.status(of: StorageError(code, "words", detail: "/path and SQL"), doing: "a push").code
        }
        #expect(code(.overloaded) == .resourceExhausted)
        #expect(code(.closed) == .unavailable)
        #expect(lines.lines(from: .info).isEmpty)
        #expect(code(.full) == .unavailable)
        #expect(code(.ioFailure) == .unavailable)
        #expect(code(.malformedData) == .internal)
        #expect(lines.lines(from: .error).count == 3)
        let told = faults.status(of: StorageError(.full, "the disk is full", detail: "/path and SQL"), doing: "a push")
        #expect(!told.message.contains("/path"))
    }

    @Test("what nobody foresaw is INTERNAL, with its cause in the log only")
    func unforeseen() {
        struct Strange: Error {}
        let error = faults.status(of: Strange(), doing: "a push")
        #expect(error.code == .internal)
        #expect(!error.message.contains("Strange"))
        #expect(lines.lines(from: .error).first?.metadata == ["attempts=1", "error=Strange()", "what=a push"])
    }

    @Test("what fails call by call is one line, then one a minute with their number, and one when writes work again")
    func outage() {
        let clock = ManualClock()
        let faults = ServiceFaults("submission", lines.logger, now: { clock.now })
        func fail() {
            let error = faults.status(of: StorageError(.full, "the disk is full", detail: "13"), doing: "a push")
            #expect(error.code == .unavailable)
        }
        faults.wrote()
        #expect(lines.all.isEmpty)
        for _ in 0..<600 {
            fail()
            // A small write goes well all the same.
            faults.wrote()
            clock.advance(by: .milliseconds(200))
        }
        #expect(lines.all.map(\.level) == [.error, .error])
        #expect(lines.all.map { $0.metadata.first } == ["attempts=1", "attempts=300"])
        clock.advance(by: .seconds(5))
        faults.wrote()
        faults.wrote()
        #expect(lines.all.count == 3)
        #expect(lines.all.last?.level == .notice)
        #expect(lines.all.last?.metadata == ["after_seconds=125", "failed=600"])
        fail()
        #expect(lines.all.last?.level == .error)
    }

    @Test("copies of it tell of one and the same outage")
    func copies() {
        let faults = faults
        let copy = faults
        _ = faults.status(of: StorageError(.full, "full", detail: ""), doing: "a push")
        _ = copy.status(of: StorageError(.full, "full", detail: ""), doing: "a report")
        #expect(lines.all.count == 1)
    }

    @Test("what nobody foresaw is no line for each call either")
    func floods() {
        struct Strange: Error {}
        let faults = faults
        for _ in 0..<100 { _ = faults.status(of: Strange(), doing: "a push") }
        #expect(lines.lines(from: .error).count == 1)
    }
}
