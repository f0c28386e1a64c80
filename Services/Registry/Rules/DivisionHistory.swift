public import Reporting

/// The administrative divisions of GB/T 2260 with the civil dates between which each record holds.
///
/// Made of today's tree and the changes that led to it: undoing every change later than a date, newest first, gives the
/// tree of that date. A change is dated by year and takes effect on 31 December of that year, so 淮阳县 (411626) holds
/// until 2019-12-30 and 淮阳区 (411603) from 2019-12-31. Before 2010, where the changes begin, the oldest tree stands for
/// all dates.
///
/// The list of changes was compiled from notices and yearly snapshots and is not clean. A row is left out, and named in
/// ``skipped``, when it
/// - has no codes: sentences such as "蒙自县设立蒙自市", transfers of townships, rows with nothing in them;
/// - makes a province: the snapshots begin to list 台湾, 香港 and 澳门 in 2013, which were there before;
/// - changes nothing, or ends a unit that is in force with that code and name afterwards (余杭区 in 2021);
/// - makes a unit that no later row and not today's tree knows under that code and name.
///
/// A parent that a row does not name, or names by a code that is no division (500200 stands for "counties of 重庆" and
/// is none), is the prefecture of the code's first four digits, else the province of its first two.
public struct DivisionHistory: Sendable {
    /// A row of the changes that could not be used.
    public struct SkippedChange: Sendable, Hashable {
        public enum Reason: Sendable, Hashable, CaseIterable {
            case hasNoCodes
            case makesProvince
            case changesNothing
            case endsUnitInForce
            case makesUnknownUnit
        }

        /// From 1.
        public var line: Int
        public var reason: Reason
    }

    /// What became of a code that no longer holds.
    public struct Successor: Sendable, Hashable {
        public var code: String
        public var name: String
        /// The first date on which the old code no longer held.
        public var since: CivilDate
    }

    /// Every record, by code and then by date.
    public let records: [Division]
    /// Rows of the changes that were left out, in their order.
    public let skipped: [SkippedChange]

    private let indicesByCode: [String: Range<Int>]
    private let childIndicesByParent: [String: [Int]]
    private let successorsByCode: [String: [Successor]]

    /// Reads the two files of the data set. Throws only for today's tree or for a row that has not the file's columns:
    /// both would be an error of ours.
    public init(divisions: String, changes: String) throws(DivisionDataError) {
        let tree = try DivisionData.divisions(divisions)
        let changes = try DivisionData.changes(changes)
        var undoing = DivisionUndoing(tree)
        for year in Dictionary(grouping: changes, by: \.effectiveOn).sorted(by: { $0.key > $1.key }) {
            undoing.undo(year.value, effectiveOn: year.key)
        }
        records = undoing.allRecords
        skipped = undoing.skipped.sorted { $0.line < $1.line }

        var indicesByCode: [String: Range<Int>] = [:]
        var childIndices: [String: [Int]] = [:]
        for (index, record) in records.enumerated() {
            let start = indicesByCode[record.code]?.lowerBound ?? index
            indicesByCode[record.code] = start..<(index + 1)
            childIndices[record.parentCode ?? "", default: []].append(index)
        }
        self.indicesByCode = indicesByCode
        childIndicesByParent = childIndices
        successorsByCode = Dictionary(grouping: changes.filter { !$0.oldCode.isEmpty && !$0.newCode.isEmpty }) {
            $0.oldCode
        }
        .mapValues { changes in
            changes.map { Successor(code: $0.newCode, name: $0.newName, since: $0.effectiveOn) }
        }
    }

    /// The record of a code on a date, or `nil`.
    public func division(_ code: String, on date: CivilDate) -> Division? {
        indicesByCode[code].flatMap { range in records[range].first { $0.isEffective(on: date) } }
    }

    /// From the parent up to the province, as they hold on the date.
    public func ancestors(of division: Division, on date: CivilDate) -> [Division] {
        var result: [Division] = []
        var next = division.parentCode
        // Three levels: a longer chain would be a circle in the data.
        while let code = next, result.count < 3, let parent = self.division(code, on: date) {
            result.append(parent)
            next = parent.parentCode
        }
        return result
    }

    /// The divisions directly below one, by code; `nil`: the provinces.
    public func children(of parentCode: String?, on date: CivilDate) -> [Division] {
        (childIndicesByParent[parentCode ?? ""] ?? []).map { records[$0] }.filter { $0.isEffective(on: date) }
    }

    /// True when the code ever held.
    public func isKnown(_ code: String) -> Bool { indicesByCode[code] != nil }

    /// What became of a code, oldest first: for the message that says why it does not hold.
    public func successors(of code: String) -> [Successor] { successorsByCode[code] ?? [] }
}
