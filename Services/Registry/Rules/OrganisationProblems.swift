public import Reporting

extension Organisation {
    /// Everything that speaks against registering this organisation: what is wrong with it by itself, a division that does
    /// not hold on `date` (`nil`: a date that no division is known for, which is not looked at), and a place in the
    /// reporting line that does not hold.
    public func problems(
        joining line: ReportingLine, divisions: DivisionHistory, on date: CivilDate?
    ) -> [DefinitionProblem] {
        let here = "/organisations/\(code)"
        var problems = problems().map { DefinitionProblem(pointer: here, message: $0) }
        if let date, let message = divisionProblem(divisions, on: date) {
            problems.append(DefinitionProblem(pointer: "\(here)/division_code", message: message))
        }
        if reportsTo != code, let message = line.problem(adding: self) {
            problems.append(DefinitionProblem(pointer: "\(here)/reports_to", message: message))
        }
        return problems
    }

    private func divisionProblem(_ divisions: DivisionHistory, on date: CivilDate) -> String? {
        guard Division.isValidCode(divisionCode), divisions.division(divisionCode, on: date) == nil else { return nil }
        guard divisions.isKnown(divisionCode) else { return "机构“\(code)”：没有行政区划代码“\(divisionCode)”" }
        let later = divisions.successors(of: divisionCode).last.map { "（自\($0.since)起为\($0.code)\($0.name)）" } ?? ""
        return "机构“\(code)”：行政区划代码“\(divisionCode)”在\(date)不适用\(later)"
    }
}
