import Reporting
import Testing

@Suite("Civil dates are those of Asia/Shanghai")
struct CivilDateTests {
    @Test(
        "a date begins at midnight +08:00",
        arguments: [
            ("2019-09-01", 1_567_267_200_000_000 as Int64), ("2000-02-29", 951_753_600_000_000),
            ("2100-12-31", 4_133_865_600_000_000),
        ])
    func start(text: String, instant: Int64) throws {
        let date = try #require(CivilDate(parsing: text))
        #expect(date.startUnixMicroseconds == instant)
        #expect(CivilDate(containing: instant) == date)
        #expect(CivilDate(containing: instant - 1) == date.advanced(byDays: -1))
        #expect(date.description == text)
    }

    @Test("every day from 2000 to 2100 follows the one before")
    func everyDay() throws {
        var date = try #require(CivilDate(year: 2000, month: 1, day: 1))
        var count = 1
        while let next = date.advanced(byDays: 1) {
            #expect(next.startUnixMicroseconds == date.endUnixMicroseconds)
            #expect(CivilDate(containing: date.endUnixMicroseconds) == next)
            date = next
            count += 1
        }
        #expect(date.description == "2100-12-31")
        #expect(count == 36_890)
    }

    @Test(
        "what is no date is refused",
        arguments: [
            "2019-02-29", "2100-02-29", "2019-13-01", "2019-00-10", "2019-9-1", "1999-12-31", "2101-01-01", "x",
        ])
    func refused(text: String) {
        #expect(CivilDate(parsing: text) == nil)
    }

    @Test("a clock on the wall in Shanghai")
    func wallClock() throws {
        let due = try #require(CivilDate(parsing: "2019-09-01")).endUnixMicroseconds
        #expect(ShanghaiTime(unixMicroseconds: due - 1000)?.description == "2019-09-01 23:59:59.999")
        #expect(ShanghaiTime(unixMicroseconds: due)?.description == "2019-09-02 00:00:00.000")
        #expect(ShanghaiTime(unixMicroseconds: .max) == nil)
    }
}
