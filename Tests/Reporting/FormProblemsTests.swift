import Reporting
import Testing

@Suite("A form definition is checked before it is published")
struct FormProblemsTests {
    @Test("a right form has no problem")
    func right() {
        #expect(Sample.form.problems() == [])
    }

    @Test("all errors come at once, each with its place")
    func everything() {
        var form = Sample.form
        form.code = "Bad Code"
        form.version = 0
        form.title = " "
        form.lockDate = CivilDate(parsing: "2019-10-09")!
        form.fields[0].maximum = Decimal(-1)
        form.fields[1].code = "visitors_total"
        form.fields[2].decimals = 2
        form.fields[3].decimals = 10
        form.fields[4].unit = "个"
        form.fields[6].isPersonal = true
        form.tables[0].minimumRows = 4
        form.tables[0].fields = []
        form.rules[0].code = "range"
        form.rules[1].left = [.init(field: "nowhere", factor: 0)]
        form.rules[2].right = [.init(field: "theme")]
        form.reporters = .listed(["henan-kaifeng", "henan-kaifeng", "?"])
        let pointers = form.problems(at: "/forms/x").map(\.pointer)
        #expect(
            pointers == [
                "/forms/x/code", "/forms/x/version", "/forms/x/title", "/forms/x/lock_date",
                "/forms/x/fields/visitors_total", "/forms/x/fields/visitors_total", "/forms/x/fields/visitors_staff",
                "/forms/x/fields/fakes_value", "/forms/x/fields/theme", "/forms/x/fields/plan_made",
                "/forms/x/tables/hosts", "/forms/x/tables/hosts", "/forms/x/rules/range",
                "/forms/x/rules/range", "/forms/x/rules/staff_share", "/forms/x/rules/staff_share",
                "/forms/x/rules/few_visitors", "/forms/x/expected_reporters/henan-kaifeng",
                "/forms/x/expected_reporters/?",
            ])
    }

    @Test("a deadline that includes its day falls due at the next midnight +08:00")
    func deadlines() {
        #expect(Sample.form.dueUnixMicroseconds == CivilDate(parsing: "2019-10-11")!.startUnixMicroseconds)
        #expect(Sample.form.lockUnixMicroseconds == CivilDate(parsing: "2020-01-01")!.startUnixMicroseconds)
    }
}
