import Testing

@testable import Wire

@Suite("HELLO")
struct HelloTests {
    private func parsed(_ bytes: [UInt8]) throws(ConnectionError) -> Hello {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(ConnectionError) in try Hello(parsing: buffer) }
        }
        return try result.get()
    }

    private func error(_ bytes: [UInt8]) -> ConnectionError? {
        do throws(ConnectionError) {
            _ = try parsed(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Version 1, no features, and these settings.
    private func payload(_ settings: [(id: UInt16, value: UInt32)]) -> [UInt8] {
        var writer = ByteWriter()
        for value: UInt16 in [1, 1, 0, 0, UInt16(settings.count)] { writer.write(value) }
        for setting in settings {
            writer.write(setting.id)
            writer.write(setting.value)
        }
        return writer.bytes
    }

    @Test("reads back as it was written")
    func roundTrip() throws {
        let hello = Hello(
            minimumVersion: 1, maximumVersion: 3, features: 0x8000_0001,
            limits: ConnectionLimits(
                framePayloadBytes: 0xff_ffff, concurrentStreams: 0, streamCreditBytes: 1,
                connectionCreditBytes: 0x7fff_ffff, messageBytes: 0xffff_ffff))
        #expect(try parsed(hello.encoded()) == hello)
    }

    @Test("cut anywhere it is an error of HELLO")
    func cutAnywhere() {
        let whole = Hello().encoded()
        for count in 0..<whole.count {
            #expect(error(Array(whole[..<count]))?.code == .hello)
        }
        #expect(error(whole + [0])?.code == .hello)
    }

    @Test("a setting that is missing has its default, an unknown one is skipped, of two alike the last counts")
    func settings() throws {
        #expect(try parsed(payload([])).limits == ConnectionLimits())
        #expect(try parsed(payload([(0, 0), (6, 1), (0xffff, 9)])).limits == ConnectionLimits())
        #expect(try parsed(payload([(2, 10), (2, 20)])).limits.concurrentStreams == 20)
    }

    @Test(
        "a setting out of its range is an error of HELLO",
        arguments: [
            (1, 0), (1, 16_383), (1, 0x100_0000), (3, 0), (3, 0x8000_0000), (4, 0), (4, 0x8000_0000),
        ] as [(UInt16, UInt32)])
    func ranges(id: UInt16, value: UInt32) {
        #expect(error(payload([(id, value)]))?.code == .hello)
    }

    @Test("the version is the lower of the two highest, when both sides speak it")
    func negotiation() throws {
        let old = Hello(minimumVersion: 1, maximumVersion: 1)
        let new = Hello(minimumVersion: 1, maximumVersion: 4)
        let newest = Hello(minimumVersion: 3, maximumVersion: 5)
        #expect(try old.negotiatedVersion(with: new) == 1)
        #expect(try new.negotiatedVersion(with: old) == 1)
        #expect(try new.negotiatedVersion(with: newest) == 4)
        for (one, other) in [(old, newest), (newest, old)] {
            #expect(throws: ConnectionError.self) { try one.negotiatedVersion(with: other) }
        }
        #expect(throws: ConnectionError.self) {
            try old.negotiatedVersion(with: Hello(minimumVersion: 0, maximumVersion: 0))
        }
        #expect(throws: ConnectionError.self) {
            try old.negotiatedVersion(with: Hello(minimumVersion: 2, maximumVersion: 1))
        }
    }
}
