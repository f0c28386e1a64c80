import Reporting

/// Today's tree, with changes undone year by year, newest first.
struct DivisionUndoing {
    /// The tree as it was before the oldest year undone so far, by code.
    private var open: [String: Division] = [:]
    /// Records whose beginning has been found.
    private var closed: [Division] = []
    private(set) var skipped: [DivisionHistory.SkippedChange] = []

    init(_ tree: [Division]) {
        open = Dictionary(tree.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every record found, by code and then by date.
    var allRecords: [Division] {
        (closed + open.values).sorted {
            ($0.code, $0.effectiveFrom?.startUnixMicroseconds ?? .min)
                < ($1.code, $1.effectiveFrom?.startUnixMicroseconds ?? .min)
        }
    }

    /// Undoes one year's changes together: first the new units go, then the old ones come back, so that a code that
    /// passes from one unit to another in the year (八道江区 to 浑江区) is free when it is needed.
    mutating func undo(_ changes: [DivisionChange], effectiveOn date: CivilDate) {
        let usable = changes.filter { change in
            guard let reason = reasonToSkip(change) else { return true }
            skipped.append(.init(line: change.line, reason: reason))
            return false
        }
        var made: Set<String> = []
        for change in usable where change.makesNewUnit && !change.newCode.isEmpty && !made.contains(change.newCode) {
            guard var unit = open[change.newCode], unit.name == change.newName else {
                skipped.append(.init(line: change.line, reason: .makesUnknownUnit))
                continue
            }
            made.insert(change.newCode)
            open[change.newCode] = nil
            unit.effectiveFrom = date
            closed.append(unit)
        }
        var ended: [String] = []
        for change in usable where !change.oldCode.isEmpty {
            guard open[change.oldCode] == nil else {
                if skipped.last?.line != change.line {
                    skipped.append(.init(line: change.line, reason: .endsUnitInForce))
                }
                continue
            }
            open[change.oldCode] = Division(
                code: change.oldCode, name: change.oldName, level: change.level, parentCode: change.oldParentCode,
                effectiveUntil: date)
            ended.append(change.oldCode)
        }
        for code in ended {
            let parentCode = parent(of: code)
            open[code]?.parentCode = parentCode
        }
        splitChildrenOfNewParents(on: date)
    }

    private func reasonToSkip(_ change: DivisionChange) -> DivisionHistory.SkippedChange.Reason? {
        if change.level == .province { return .makesProvince }
        if !Division.isValidCode(change.oldCode), !Division.isValidCode(change.newCode) { return .hasNoCodes }
        if change.oldCode == change.newCode, change.oldName == change.newName { return .changesNothing }
        return nil
    }

    /// The parent that the row names, if it is a division then; else the one that the code's digits say.
    private func parent(of code: String) -> String? {
        let named = open[code]?.parentCode ?? ""
        if open[named] != nil { return named }
        let prefecture = code.prefix(4) + "00"
        if prefecture != code, open[String(prefecture)] != nil { return String(prefecture) }
        return code.prefix(2) + "0000"
    }

    /// A unit that no row mentions but whose parent is made in this year stood under another parent before.
    private mutating func splitChildrenOfNewParents(on date: CivilDate) {
        for child in open.values {
            guard let parentCode = child.parentCode, open[parentCode] == nil, child.effectiveUntil != date else {
                continue
            }
            var after = child
            after.effectiveFrom = date
            closed.append(after)
            let formerParentCode = parent(of: child.code)
            open[child.code]?.effectiveUntil = date
            open[child.code]?.parentCode = formerParentCode
        }
    }
}
