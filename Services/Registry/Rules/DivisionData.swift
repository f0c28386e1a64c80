import Reporting

/// One row of `division_changes.csv`, as it stands there.
struct DivisionChange {
    /// The row's line in the file, from 1.
    var line: Int
    /// A change is dated by year. It takes effect on the year's 31 December.
    var effectiveOn: CivilDate
    /// 更名, 撤县设区, 撤销, 新设 ...
    var kind: String
    var level: Division.Level
    var oldCode: String
    var oldName: String
    var oldParentCode: String
    var newCode: String
    var newName: String

    /// The year's changes that have `kind` 撤销 and 撤区设区 merge the old unit into one that was there before, by the same
    /// code; all others that name a new unit make it, under its code, in that year.
    var makesNewUnit: Bool { kind != "撤销" && kind != "撤区设区" }
}

/// An error in the division data: ours, since it is shipped with the registry.
public struct DivisionDataError: Error, Hashable, CustomStringConvertible {
    public var file: String
    /// From 1.
    public var line: Int
    public var reason: String

    public init(file: String, line: Int, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    public var description: String { "division data: \(file), line \(line): \(reason)" }
}

/// Reads the two files: comma separated, CRLF or LF, a header line, no quotes.
enum DivisionData {
    static func divisions(_ text: String) throws(DivisionDataError) -> [Division] {
        let file = "divisions.csv"
        var result: [Division] = []
        for (line, fields) in rows(of: text) {
            guard fields.count == 4, Division.isValidCode(String(fields[0])), !fields[1].isEmpty,
                let level = UInt8(fields[2]).flatMap(Division.Level.init(rawValue:))
            else { throw DivisionDataError(file: file, line: line, reason: "not code,name,level,parent_code") }
            guard (level == .province) == fields[3].isEmpty else {
                throw DivisionDataError(file: file, line: line, reason: "only a province has no parent")
            }
            result.append(
                Division(
                    code: String(fields[0]), name: String(fields[1]), level: level,
                    parentCode: fields[3].isEmpty ? nil : String(fields[3])))
        }
        return result
    }

    static func changes(_ text: String) throws(DivisionDataError) -> [DivisionChange] {
        var result: [DivisionChange] = []
        for (line, fields) in rows(of: text) {
            guard fields.count >= 9, let year = Int(fields[0]),
                let effectiveOn = CivilDate(year: year, month: 12, day: 31),
                let level = UInt8(fields[2]).flatMap(Division.Level.init(rawValue:))
            else {
                throw DivisionDataError(
                    file: "division_changes.csv", line: line, reason: "not year,type,level,old unit,new unit")
            }
            result.append(
                DivisionChange(
                    line: line, effectiveOn: effectiveOn, kind: String(fields[1]), level: level,
                    oldCode: String(fields[3]), oldName: String(fields[4]), oldParentCode: String(fields[5]),
                    newCode: String(fields[6]), newName: String(fields[7])))
        }
        return result
    }

    /// The lines after the header that hold anything, with their numbers.
    private static func rows(of text: String) -> [(line: Int, fields: [Substring])] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().dropFirst()
            .filter { !$0.element.isEmpty }
            .map { ($0.offset + 1, $0.element.split(separator: ",", omittingEmptySubsequences: false)) }
    }
}
