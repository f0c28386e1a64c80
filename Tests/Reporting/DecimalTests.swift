import Reporting
import Testing

@Suite("Decimals are exact")
struct DecimalTests {
    @Test(
        "what is printed is read back", arguments: ["0", "-1", "36.50", "0.000000001", "-0.05", "9223372036854775807"])
    func roundTrip(text: String) {
        #expect(Decimal(parsing: text)?.description == text)
    }

    @Test(
        "what is no plain decimal is refused",
        arguments: [
            "", "-", ".5", "5.", "1e3", "1,000", " 1", "１", "0x1", "1.0000000000", "9223372036854775808", "--1",
            "1.2.3",
        ])
    func refused(text: String) {
        #expect(Decimal(parsing: text) == nil)
    }

    @Test("the smallest 64-bit number is read")
    func smallest() {
        #expect(Decimal(parsing: "-9223372036854775808")?.unscaled == .min)
        #expect(Decimal(parsing: "-9223372036854775808")?.description == "-9223372036854775808")
    }

    @Test("trailing zeros change neither equality nor hash")
    func equality() throws {
        let short = try #require(Decimal(parsing: "1.5"))
        let long = try #require(Decimal(parsing: "1.500"))
        #expect(short == long)
        #expect(Set([short, long]).count == 1)
        #expect(long.neededScale == 1)
        #expect(try #require(Decimal(parsing: "-1.51")) < #require(Decimal(parsing: "-1.5")))
    }

    @Test("ten times 0.1 is 1")
    func sums() throws {
        let tenth = try #require(Decimal(parsing: "0.1"))
        var sum = Decimal.zero
        for _ in 0..<10 { sum = try #require(sum.adding(tenth)) }
        #expect(sum == Decimal(1))
        #expect(sum.subtracting(Decimal(1)) == .zero)
    }

    @Test("a sum that does not fit is nil, and one that fits with fewer digits is kept")
    func overflow() throws {
        #expect(Decimal(.max).adding(Decimal(1)) == nil)
        #expect(Decimal(.max).multiplied(by: 2) == nil)
        let large = try #require(Decimal(unscaled: 9_000_000_000_000_000_000, scale: 1))
        #expect(large.adding(large) == Decimal(1_800_000_000_000_000_000))
        #expect(Decimal(unscaled: 1, scale: 10) == nil)
    }

    @Test(
        "rounding is half away from zero, once",
        arguments: [("2.345", 2, "2.35"), ("-2.345", 2, "-2.35"), ("2.344999999", 2, "2.34"), ("7", 2, "7.00")])
    func rounding(text: String, digits: UInt8, expected: String) throws {
        #expect(try #require(Decimal(parsing: text)).rounded(toScale: digits)?.description == expected)
    }
}
