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
        #expect(lines.lines(from: .error).first?.metadata == ["error=Strange()", "what=a push"])
    }
}
